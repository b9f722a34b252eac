"""What the suites make of a simulated node in bad weather: no good runtime fails, and the same seed is the same day."""

from __future__ import annotations

import pytest

from pytest_podconform.experiment.catalogue import load_catalogue
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.verdict import BROKEN, Verdict
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from pytest_podconform.runtimes.simulated.weather import Weather
from tests.running import run

CATALOGUE = load_catalogue("documented", slow=False)


def day(weather: Weather) -> dict[str, CaseResult]:
    """Run the suites in that weather."""
    runtime = type("Outdoors", (SimulatedRuntime,), {"weather": weather})
    return run(runtime, CATALOGUE.cases, nominal=CATALOGUE.nominal)[1]


def by_verdict(outcomes: dict[str, CaseResult], *verdicts: Verdict) -> list[str]:
    return [name for name, outcome in outcomes.items() if outcome.verdict in verdicts]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_under_load_no_pass_becomes_a_fail(seed: int) -> None:
    outcomes = day(Weather(seed=seed, jitter=0.1 * (1 + seed % 3), status_latency=0.5 * (seed % 2), late_logs=0.4))

    assert by_verdict(outcomes, *BROKEN, Verdict.HARNESS_ERROR, Verdict.SETUP_ERROR) == []
    assert len(by_verdict(outcomes, Verdict.PASS)) > 90


@pytest.mark.long
def test_the_same_seed_is_the_same_day() -> None:
    weather = Weather(seed=7, jitter=0.3, late_logs=0.3)

    one, other = day(weather), day(weather)

    assert {name: result.timeline for name, result in one.items()} == {name: result.timeline for name, result in other.items()}


@pytest.mark.long
def test_lost_tails_are_seen_where_the_status_tells_of_an_end() -> None:
    """Only at the end of the whole Pod there is no status any more that could tell that lines are missing."""
    outcomes = day(Weather(seed=1, late_logs=0.4, lost_tails=True))

    assert len(by_verdict(outcomes, Verdict.SETUP_ERROR)) > 15
    assert set(by_verdict(outcomes, *BROKEN)) <= {
        "lifecycle/sidecars/ends-after-the-app-in-reverse",
        "lifecycle/termination/grace-is-not-waited-for",
        "lifecycle/termination/grace-is-given",
        "probes/kills/a-deletion-has-the-pods",
    }
