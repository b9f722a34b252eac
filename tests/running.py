"""Run cases on a runtime, without a pytest session around them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping

import msgspec

from pytest_podconform.experiment.background import BackgroundSource
from pytest_podconform.experiment.catalogue import load_catalogue
from pytest_podconform.experiment.live import LiveRun, RunSettings
from pytest_podconform.experiment.plan import PlannedCase
from pytest_podconform.experiment.summary import RunSummary
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.runtimes.interface import Runtime

CATALOGUE = load_catalogue("documented")
RUNTIME = "simulated"
"""What is named as the runtime in commands that repeat a case."""


def planned(*cases: str) -> list[PlannedCase]:
    """Return cases as a run plans them."""
    return CATALOGUE.plan(cases, RUNTIME)


def source(load_runtime: Callable[[], type[Runtime]], *, nominal: Mapping[str, float] | None = None) -> BackgroundSource:
    """Return the source of verdicts of a live run that has not started yet."""
    catalogue = msgspec.structs.replace(CATALOGUE, nominal=nominal or {})
    work = LiveRun(load_runtime, catalogue.profile, RunSettings(RUNTIME), lambda _message: None)
    return BackgroundSource(work, functools.partial(catalogue.plan, runtime=RUNTIME), {})


def run(
    runtime: type[Runtime], cases: Iterable[str], *, nominal: Mapping[str, float] | None = None
) -> tuple[RunSummary, dict[str, CaseResult]]:
    """Run these cases; without their nominal lengths each of them may take an hour of the runtime's clock."""
    names = list(cases)
    verdicts = source(lambda: runtime, nominal=nominal)
    verdicts.start(names)
    results = {name: verdicts.result(name, timeout=120) for name in names}
    summary = verdicts.stop()
    assert summary is not None
    return summary, results
