"""Each monitor: what makes it pass, what makes it fail, and when that is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from pytest_podconform.evidence.certainty import Jitter
from pytest_podconform.evidence.status import PodReady
from pytest_podconform.evidence.target import NameResolved, ProbeHit, ProgramStarted
from pytest_podconform.judge.check import Look, PairCheck, SeriesCheck
from pytest_podconform.judge.moment import READY, RESTARTED, Moment, hit, looked_up, resolves, started
from pytest_podconform.judge.monitors import Monitor, begun, sent
from pytest_podconform.judge.step import END, Step, Until
from pytest_podconform.judge.tolerance import REACTION_MAX, STATUS_MAX, Allowance
from pytest_podconform.judge.verdict import Decision, Verdict
from pytest_podconform.judge.vocabulary import (
    agree,
    all_different,
    at_least,
    at_most,
    chain,
    collected,
    either,
    eventually,
    every,
    exactly,
    first,
    from_elsewhere,
    has,
    header,
    longer,
    never,
    not_sooner,
    noted,
    soon,
    spaced,
    told,
)

from .making import began, probed, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PASS, FAIL, OPEN = "pass", "fail", "open"


def restarted(at: float) -> ProgramStarted:
    return began(at, 1)


def became_ready(at: float) -> PodReady:
    return PodReady(at=at)


def decide(monitor: Monitor, *steps: Step, allowance: Allowance | None = None) -> tuple[str, int, Decision | None]:
    """Return the verdict, the number of steps that it took, and the decision."""
    watch = begun(monitor, allowance or Allowance())
    for number, step in enumerate(steps, start=1):
        decision = sent(watch, step)
        if decision is not None:
            return decision.verdict.value, number, decision
    return OPEN, len(steps), None


def verdict(monitor: Monitor, *steps: Step) -> tuple[str, int]:
    return decide(monitor, *steps)[:2]


def test_never() -> None:
    monitor = never(RESTARTED, before=hit(2))

    assert verdict(monitor, probed(1, 1), probed(2, 2)) == (PASS, 2)
    assert verdict(monitor, probed(1, 1), restarted(1.5)) == (FAIL, 2)
    assert verdict(monitor, probed(1, 1), Until(100)) == (OPEN, 2)


def test_never_is_no_pass_when_the_record_ends() -> None:
    assert verdict(never(RESTARTED, before=hit(2)), probed(1, 1), END) == (FAIL, 2)
    assert verdict(never(RESTARTED, before=looked_up("a")), probed(1, 1), END) == ("setup-error", 2)


def test_soon() -> None:
    monitor = soon(RESTARTED, after=hit(1))

    assert verdict(monitor, probed(1, 1), restarted(1 + REACTION_MAX)) == (PASS, 2)
    assert verdict(monitor, probed(1, 1), Until(1 + REACTION_MAX), Until(1.1 + REACTION_MAX)) == (FAIL, 3)
    assert verdict(monitor, probed(1, 1), probed(1.1 + REACTION_MAX, 2)) == (FAIL, 2)
    assert verdict(monitor, probed(1, 1), restarted(1.1 + REACTION_MAX)) == (FAIL, 2)
    assert verdict(monitor, restarted(0.5), Until(100)) == (OPEN, 2)
    assert verdict(monitor, END) == (FAIL, 1)
    assert verdict(monitor, probed(1, 1), Until(3), END) == ("inconclusive", 3), "the record is too short to tell"


def test_soon_allows_for_the_status_and_for_jitter() -> None:
    monitor = soon(READY, after=hit(1), within=2)
    allowance = Allowance(status_latency=1, jitter=Jitter(harness=0.25, target=0.5))
    limit = 1 + 2 + REACTION_MAX + STATUS_MAX + 1 + 0.5

    assert decide(monitor, probed(1, 1), became_ready(limit - 0.5), allowance=allowance)[0] == PASS
    assert decide(monitor, probed(1, 1), became_ready(limit), allowance=allowance)[0] == "inconclusive"
    assert decide(monitor, probed(1, 1), Until(limit + 0.01), allowance=allowance)[0] == FAIL


def test_eventually() -> None:
    assert verdict(eventually(READY), Until(1000), became_ready(1001)) == (PASS, 2)
    assert verdict(eventually(READY), Until(1000), END) == (FAIL, 2)


def test_exactly() -> None:
    monitor = exactly(2, hit(), before=RESTARTED)

    assert verdict(monitor, probed(1, 1), probed(2, 2), restarted(3)) == (PASS, 3)
    assert verdict(monitor, probed(1, 1), restarted(3)) == (FAIL, 2)
    assert verdict(monitor, probed(1, 1), probed(2, 2), probed(3, 3)) == (FAIL, 3)
    assert verdict(monitor, probed(1, 1), probed(2, 2), END) == (FAIL, 3)


def test_at_least() -> None:
    monitor = at_least(2, hit(), before=RESTARTED)

    assert verdict(monitor, probed(1, 1), probed(2, 2), probed(3, 3), restarted(4)) == (PASS, 4)
    assert verdict(monitor, probed(1, 1), restarted(3)) == (FAIL, 2)


def test_counting_since_something() -> None:
    monitor = at_most(1, hit(), since=READY, before=RESTARTED)

    assert verdict(monitor, probed(1, 1), probed(2, 2), became_ready(3), probed(4, 3), restarted(5)) == (PASS, 5)
    assert verdict(monitor, became_ready(3), probed(4, 3), probed(5, 4)) == (FAIL, 3)
    assert verdict(monitor, probed(1, 1), END) == (FAIL, 2)


def test_spaced() -> None:
    monitor = spaced(hit(), period=1, count=3)

    assert verdict(monitor, probed(1, 1), probed(2, 2), probed(3.1, 3)) == (PASS, 3)
    assert verdict(monitor, probed(1, 1), probed(1.2, 2)) == (FAIL, 2)
    assert verdict(monitor, probed(1, 1), Until(2.6), Until(2.7)) == (FAIL, 3)
    assert verdict(monitor, probed(1, 1), END) == (FAIL, 2)


def at_times(*times: float, period: float = 2) -> str:
    steps = [probed(at, n) for n, at in enumerate(times, start=1)]
    return verdict(spaced(hit(), period=period, count=len(times)), *steps, END)[0]


@pytest.mark.parametrize(
    "times",
    [
        (4.57, 6.14, 8.20, 10.2),  # as it was seen: the first one, of `docker exec`
        (4, 6.6, 8, 10),
        (4, 6, 8, 10.6),
        (4.5, 6, 8.5, 10),
        (4, 5.5, 8, 10),  # the others may have been late
    ],
)
def test_executions_that_may_have_come_late_say_nothing(times: tuple[float, ...]) -> None:
    assert at_times(*times) == "inconclusive"


@pytest.mark.parametrize(
    "times",
    [
        (4, 5.5, 7, 8.5, 10),
        (4, 6.5, 9, 11.5),
        (4, 5, 6),
        (4, 4.1, 6, 6.1),
        (4, 4.6, 8, 10),
        (4, 6, 8, 11.4),
    ],
)
def test_no_lateness_makes_a_wrong_period_right(times: tuple[float, ...]) -> None:
    assert at_times(*times) == FAIL


def test_of_a_long_period_its_share_is_all_there_is() -> None:
    assert at_times(4, 15.4, period=10) == PASS
    assert at_times(4, 15.6, period=10) == FAIL
    assert at_times(4, 9, period=10) == FAIL


def test_spaced_is_inconclusive_where_the_machine_was_too_late() -> None:
    steps = [probed(1, 1), probed(2, 2), probed(3, 3)]

    assert decide(spaced(hit(), period=1, count=3), *steps, allowance=Allowance(jitter=Jitter(0.2)))[0] == "inconclusive"


def test_not_sooner() -> None:
    monitor = not_sooner(hit(1), than=3, after=READY)

    assert verdict(monitor, became_ready(1), probed(4, 1)) == (PASS, 2)
    assert verdict(monitor, became_ready(1), probed(3.9, 1)) == (FAIL, 2)
    assert verdict(monitor, probed(3, 1)) == (FAIL, 1)
    assert verdict(monitor, became_ready(1), END) == (FAIL, 2)


def test_first_and_every_look_at_details() -> None:
    assert verdict(first(hit(), has("answer", 200)), probed(1, 1, answer=200)) == (PASS, 1)
    assert verdict(first(hit(), has("answer", 200)), probed(1, 1, answer=503)) == (FAIL, 1)
    assert verdict(every(hit(), has("answer", 200), count=2), probed(1, 1, answer=200), probed(2, 2, answer=503)) == (FAIL, 2)
    assert verdict(every(hit(), has("answer", 200), count=2), probed(1, 1, answer=200), END) == (FAIL, 2)


@dataclass(frozen=True)
class Count(SeriesCheck[ProbeHit]):
    wanted: int

    kinds = (ProbeHit,)

    @property
    def expected(self) -> str:
        return f"{self.wanted} of them"

    def look(self, events: Sequence[ProbeHit]) -> Look:
        return Look(len(events) == self.wanted, str(len(events)))


def test_collected_takes_all_up_to_something() -> None:
    two = Count(2)

    assert verdict(collected(hit(), two, before=READY), probed(1, 1), probed(2, 2), became_ready(3)) == (PASS, 3)
    assert verdict(collected(hit(), two, before=READY), probed(1, 1), became_ready(3)) == (FAIL, 2)
    assert verdict(collected(hit(), two, before=hit(2)), probed(1, 1), probed(2, 2)) == (PASS, 2)


def test_chain_wants_one_after_the_other_and_tells_the_delays() -> None:
    monitor = chain(hit(1), READY, hit(2))

    decision = decide(monitor, probed(1, 1), became_ready(1.5), probed(3.5, 2))[2]
    assert decision is not None
    assert (decision.verdict, decision.seen) == (Verdict.PASS, "probe #1, Ready 0.50 s later, probe #2 2.00 s later")
    assert verdict(monitor, became_ready(0), probed(1, 1), probed(2, 2), END) == (FAIL, 4)


def test_noted_changes_nothing_but_what_is_told() -> None:
    steps: list[Step] = [probed(1, 1), became_ready(2)]
    plain, marked = (decide(monitor, *steps)[2] for monitor in (chain(hit(1), READY), noted(chain(hit(1), READY))))

    assert plain is not None
    assert not plain.noted
    assert marked == msgspec.structs.replace(plain, noted=True)


@dataclass(frozen=True)
class SameTime(PairCheck[PodReady, NameResolved]):
    kinds_of_one = (PodReady,)
    kinds_of_other = (NameResolved,)

    @property
    def expected(self) -> str:
        return "same second"

    def look(self, one: PodReady, other: NameResolved) -> Look:
        return Look(int(one.at) == int(other.at), f"{one.at:g} and {other.at:g}")


def test_agree_waits_for_both() -> None:
    monitor = agree(READY, resolves("a"), SameTime())
    one, other = became_ready(1.2), resolved("a", "10.0.0.1", at=1.5)

    assert verdict(monitor, other, one) == (PASS, 2)
    assert verdict(monitor, one, resolved("a", "10.0.0.1", at=2)) == (FAIL, 2)
    assert verdict(monitor, one, became_ready(1.6), other) == (PASS, 3), "the first of each"
    assert verdict(monitor, one, Until(5)) == (OPEN, 2)
    assert verdict(monitor, one, END) == (FAIL, 2)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: first(hit(), has("anwser", 200)), "ProbeHit has no detail 'anwser', only probe, n,"),
        (lambda: every(READY, told("reason"), count=2), "PodReady has no detail 'reason', only none at all"),
        (lambda: collected(looked_up("a"), all_different("peer"), before=READY), "NameResolved has no detail 'peer'"),
        (lambda: first(started(), header("Host")), "looks at ProbeHit, not at ProgramStarted"),
        (lambda: agree(hit(1), READY, from_elsewhere()), "looks at PodIPAssigned, not at ProbeHit"),
        (lambda: Moment(name="x", event=ProbeHit, where=(("number", 1),)), "ProbeHit has no detail 'number'"),
    ],
)
def test_what_an_event_has_not_is_an_error_before_anything_runs(wrong: Callable[[], object], says: str) -> None:
    with pytest.raises(TypeError, match=says):
        wrong()


def test_an_expectation_shows_itself_to_a_debugger() -> None:
    assert repr(soon(RESTARTED, after=hit(1), within=2)) == (
        "Soon(wanted=<restart: ProgramStarted>, after=<probe #1: ProbeHit>, within=2)"
    )
    assert repr(first(hit(1), has("answer", 200))) == (
        "Every(moment=<probe #1: ProbeHit>, checks=(Has(key='answer', value=200),), count=1)"
    )
    assert repr(noted(exactly(1, hit(), before=READY))) == (
        "Noted(monitor=Exactly(count=1, counted=<probe: ProbeHit>, before=<Ready: PodReady>, since=None))"
    )


@pytest.mark.parametrize(
    ("monitor", "expected", "seen"),
    [
        (never(RESTARTED, before=hit(6)), "no restart before probe #6", "restart at 5.09 s"),
        (exactly(1, hit(probe="liveness"), before=READY), "exactly 1 x liveness probe before Ready", "number 2 at 5.00 s"),
    ],
)
def test_a_failure_is_explained(monitor: Monitor, expected: str, seen: str) -> None:
    _, _, decision = decide(monitor, probed(4, 4), probed(5, 5), restarted(5.09))

    assert decision is not None
    assert (decision.verdict, decision.expected, decision.seen) == (Verdict.FAIL, expected, seen)


EITHER = either(documented=never(RESTARTED, before=hit(2)), kubelet=soon(RESTARTED, after=hit(1)))


def test_either_says_which_side_was_taken() -> None:
    documented = decide(EITHER, probed(1, 1), probed(2, 2))[2]
    kubelet = decide(EITHER, probed(1, 1), restarted(1.5))[2]

    assert documented is not None
    assert kubelet is not None
    assert (documented.verdict, documented.takes) == (Verdict.PASS, "documented")
    assert (kubelet.verdict, kubelet.takes) == (Verdict.PASS, "kubelet")
    assert documented.expected == kubelet.expected == EITHER.expected


def test_either_fails_when_both_sides_have() -> None:
    assert verdict(EITHER, probed(1, 1), Until(2 + REACTION_MAX)) == (OPEN, 2)
    assert verdict(EITHER, restarted(0.5), probed(1, 1), Until(2 + REACTION_MAX)) == (FAIL, 3)
    assert verdict(EITHER, probed(1, 1), END) == (FAIL, 2)


def test_either_is_not_decided_by_a_side_that_cannot_tell() -> None:
    owed = either(documented=eventually(looked_up("a")), kubelet=eventually(READY))

    assert verdict(owed, became_ready(1)) == (PASS, 1)
    assert verdict(owed, END) == (FAIL, 1)


LONGER = longer((hit(2), started(2)), than=(hit(1), started(1)), by=3)


@pytest.mark.parametrize(("second", "expected"), [(14.0, PASS), (13.0, PASS), (12.9, FAIL), (10.0, FAIL)])
def test_longer_compares_two_distances(second: float, expected: str) -> None:
    again = began(20 + second, 2)

    assert verdict(LONGER, probed(1, 1), restarted(11), probed(20, 2), again) == (expected, 4)


def test_longer_cannot_tell_where_the_machine_was_later_than_the_difference() -> None:
    again = began(40, 2)
    steps = probed(1, 1), restarted(11), probed(20, 2), again

    assert decide(LONGER, *steps, allowance=Allowance(jitter=Jitter(target=4)))[0] == "inconclusive"
    assert verdict(LONGER, *steps[:3], END) == (FAIL, 4)


def test_not_sooner_allows_for_a_little_and_cannot_tell_for_much() -> None:
    monitor = not_sooner(RESTARTED, than=10, after=hit(1))
    little, much = Allowance(jitter=Jitter(target=0.5)), Allowance(jitter=Jitter(target=9.5))

    assert decide(monitor, probed(1, 1), restarted(10.6), allowance=little)[0] == PASS
    assert decide(monitor, probed(1, 1), restarted(10.4), allowance=little)[0] == FAIL
    assert decide(monitor, probed(1, 1), restarted(2), allowance=much)[0] == "inconclusive"
    assert decide(monitor, probed(1, 1), restarted(11), allowance=much)[0] == PASS
