"""The machine with the kubelet's policy lives 60 recorded lives again: the same probes, kills and restarts, in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from pytest_podconform.model.pod import PROBE_TYPES, ProbeResult
from pytest_podconform.podmachine import worker
from pytest_podconform.podmachine.container import Life
from pytest_podconform.podmachine.worker import Worker

from .recorded import RecordedRelists, Recording, load, nearest, relists_of

Guard = Callable[[Worker, float], bool]

BATCHES = [(relists_of(batch), batch) for batch in load()]
LIVES = [(one, relists) for relists, batch in BATCHES for one in batch]

ENOUGH = 5
LATE = 0.1  # seconds that a tick may have been late


def max_period(one: Recording) -> float:
    container = one.pod.spec.containers[0]
    return max(probe.period for kind in PROBE_TYPES if (probe := container.probe(kind)))


@pytest.mark.parametrize(("one", "relists"), LIVES, ids=[one.name for one, _ in LIVES])
def test_a_life_is_lived_again(one: Recording, relists: RecordedRelists) -> None:
    found = nearest(one, relists)

    assert found.differs_at is None
    assert found.flips_agree
    assert found.apart < max_period(one) + LATE, "times agree to within a tick"


@pytest.mark.long
def test_nearly_all_agree_to_a_tenth_of_a_second() -> None:
    apart = sorted(nearest(one, relists).apart for one, relists in LIVES)

    assert len(apart) == 60
    assert apart[55] < LATE


def one_failure_more(right: Guard) -> Guard:
    def guard(each: Worker, now: float) -> bool:
        return right(each, now) and (each.last is ProbeResult.SUCCESS or each.streak > each.probe.failures)

    return guard


def one_success_more(right: Guard) -> Guard:
    def guard(each: Worker, now: float) -> bool:
        return right(each, now) and (each.last is ProbeResult.FAILURE or each.streak > each.probe.successes)

    return guard


def ungated(each: Worker, _now: float) -> bool:
    return each.seen.running


MISTAKES: dict[str, Callable[[Guard], Guard]] = {
    "reaches_threshold": one_success_more,
    "is_final": one_failure_more,
    "may_probe": lambda _right: ungated,
}


@pytest.mark.long
@pytest.mark.parametrize("guard", MISTAKES)
def test_a_worker_with_a_mistake_lives_other_lives(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules for what a recording cannot tell are not so wide that a mistake slips through."""
    wrong = MISTAKES[guard](getattr(worker, guard))
    rows = [row._replace(guard=wrong) if row.guard.__name__ == guard else row for row in worker.TABLE]
    monkeypatch.setattr(worker, "TABLE", tuple(rows))

    assert differing() == ENOUGH


@pytest.mark.long
def test_a_backoff_with_a_mistake_lives_other_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Life, "delayed_from", property(lambda life: life.exit and life.exit.finished_at))

    assert differing() == ENOUGH


def differing() -> int:
    """Count lives that come out differently, up to five: some mistakes cost a long search for the nearest life."""
    wrong = (one for one, relists in LIVES if not nearest(one, relists).same)
    return len(list(itertools.islice(wrong, ENOUGH)))
