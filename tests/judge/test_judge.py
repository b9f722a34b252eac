"""How monitors are fed, and what becomes of their decisions."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_podconform.evidence.base import Source
from pytest_podconform.evidence.certainty import Doubt
from pytest_podconform.evidence.events import Event
from pytest_podconform.evidence.status import PodReady, PodUnready
from pytest_podconform.evidence.target import TermReceived
from pytest_podconform.judge.judge import Judge, judge
from pytest_podconform.judge.moment import READY, RESTARTED, UNREADY, Moment, hit, looked_up
from pytest_podconform.judge.tolerance import Allowance
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.judge.vocabulary import Monitor, at_most, eventually, exactly, never, not_sooner, soon, spaced

from .making import began, probed

if TYPE_CHECKING:
    from collections.abc import Sequence


def complete(at: float, **other: float) -> dict[Source, float]:
    return {"target": at, "status": at, "harness": at, **other}  # type: ignore[dict-item]


def test_nothing_is_decided_beyond_the_watermark() -> None:
    case = Judge([never(RESTARTED, before=hit(2))], Allowance())
    case.feed(probed(1, 1))
    case.feed(probed(2, 2))

    case.advance(complete(1.9))
    assert case.judgement is None

    case.feed(began(1.5, 1))  # a line that was read late
    case.advance(complete(2.5))
    assert case.judgement is not None
    assert case.judgement.verdict is Verdict.FAIL


def test_a_monitor_waits_for_its_own_sources_only() -> None:
    case = Judge([eventually(hit(1))], Allowance())
    case.feed(probed(1, 1))

    case.advance(complete(5, status=0))

    assert case.judgement is not None


def test_of_simultaneous_events_the_cause_comes_first() -> None:
    both: list[Event] = [probed(4, 4), PodReady(at=4)]
    for events in (both, both[::-1]):
        judgement = judge([never(READY, before=hit(4)), soon(READY, after=hit(4))], events, complete(5), Allowance())

        assert judgement.verdict is Verdict.PASS


def test_the_first_failure_ends_a_case_and_a_pass_needs_all() -> None:
    monitors = [never(RESTARTED, before=hit(9)), eventually(hit(1))]
    case = Judge(monitors, Allowance())
    case.feed(probed(1, 1))
    case.advance(complete(2))
    assert case.judgement is None

    case.feed(began(3, 1))
    case.advance(complete(4))
    assert case.judgement is not None
    assert case.judgement.first_red is not None
    assert case.judgement.first_red.expected == "no restart before probe #9"


def test_a_target_that_never_said_a_word_is_no_fault_of_the_runtime() -> None:
    silent = judge([never(READY, before=hit(1))], [PodUnready(at=1)], complete(60), Allowance())
    refused = judge([never(READY, before=UNREADY)], [PodReady(at=1)], complete(60), Allowance())

    assert silent.verdict is Verdict.SETUP_ERROR
    assert refused.verdict is Verdict.FAIL


def test_what_the_target_owes_is_a_setup_error() -> None:
    judgement = judge([eventually(looked_up("a"))], [began(1)], complete(60), Allowance())

    assert judgement.verdict is Verdict.SETUP_ERROR


def test_a_failure_that_rests_on_a_count_is_inconclusive_in_doubt() -> None:
    events: list[Event] = [probed(1, 1), began(2, 1)]
    monitors = [exactly(2, hit(), before=RESTARTED)]

    assert judge(monitors, events, complete(3), Allowance()).verdict is Verdict.FAIL
    assert judge(monitors, events, complete(3), Allowance(), [Doubt("late")]).verdict is Verdict.INCONCLUSIVE


def test_doubt_spoils_whatever_rests_on_a_count_and_nothing_else() -> None:
    counted = judge([exactly(1, hit(), before=READY)], [probed(1, 1), PodReady(at=2)], complete(3), Allowance(), [Doubt("x")])
    fails = judge([soon(READY, after=RESTARTED)], [began(1, 1)], complete(60), Allowance(), [Doubt("x")])

    assert counted.verdict is Verdict.INCONCLUSIVE
    assert fails.verdict is Verdict.FAIL


def test_what_is_measured_from_the_nth_probe_is_in_doubt_where_one_left_no_trace() -> None:
    kill = Moment(name="TERM", event=TermReceived)
    killed_before: list[Event] = [began(1), TermReceived(at=8), probed(9, 2)]
    killed_late: list[Event] = [probed(1, 2), TermReceived(at=9)]
    monitor = not_sooner(kill, than=3, after=hit(2))

    for events, sure in ((killed_before, Verdict.FAIL), (killed_late, Verdict.PASS)):
        assert judge([monitor], events, complete(20), Allowance()).verdict is sure
        assert judge([monitor], events, complete(20), Allowance(), [Doubt("late")]).verdict is Verdict.INCONCLUSIVE


def test_what_had_been_decided_before_the_doubt_is_certain() -> None:
    events: list[Event] = [probed(1, 1), began(2, 1), PodReady(at=5)]
    doubt = Doubt("instance 1 listened too late", since=2)

    before = judge([exactly(1, hit(), before=RESTARTED)], events, complete(9), Allowance(), [doubt])
    after = judge([exactly(1, hit(), before=READY)], events, complete(9), Allowance(), [doubt])
    never_came = judge([exactly(1, hit(), before=UNREADY)], events, complete(9), Allowance(), [doubt])

    assert before.verdict is Verdict.PASS
    assert after.verdict is Verdict.INCONCLUSIVE
    assert never_came.verdict is Verdict.INCONCLUSIVE, "decided by the end of the record, which the doubt is part of"


def test_a_failure_that_nobody_has_seen_can_only_hasten_what_shall_not_come() -> None:
    passes: list[Event] = [probed(1, 1), probed(2, 2), began(3, 1)]
    fails: list[Event] = [probed(1, 1), began(2, 1)]
    no_restart, no_hit = never(RESTARTED, before=hit(2)), never(hit(7), before=hit(2))

    assert judge([no_restart], passes, complete(9), Allowance(), [Doubt("x")]).verdict is Verdict.PASS
    assert judge([no_restart], fails, complete(9), Allowance(), [Doubt("x")]).verdict is Verdict.INCONCLUSIVE
    assert judge([no_hit], passes, complete(9), Allowance(), [Doubt("x")]).verdict is Verdict.INCONCLUSIVE, "it may be the one"


MONITORS: list[Monitor] = [
    never(RESTARTED, before=hit(3)),
    soon(READY, after=hit(2)),
    eventually(UNREADY),
    exactly(2, hit(), before=READY),
    at_most(1, hit(), since=READY, before=RESTARTED),
    spaced(hit(), period=1, count=3),
    not_sooner(hit(2), than=1, after=READY),
]

some_events = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.sampled_from(["hit1", "hit2", "hit3", "start", "ready", "unready"]),
    ),
    max_size=12,
)


def events_from(drawn: Sequence[tuple[int, str]]) -> list[Event]:
    made: list[Event] = []
    for number, (tenths, what) in enumerate(drawn):
        at = tenths / 10
        if what.startswith("hit"):
            made.append(probed(at, int(what[3:]), seq=number))
        elif what == "start":
            made.append(began(at, 1, seq=number))
        else:
            made.append(PodReady(at=at, seq=number) if what == "ready" else PodUnready(at=at, seq=number))
    return made


@settings(max_examples=400)
@given(some_events, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(drawn: list[tuple[int, str]], chance: random.Random) -> None:
    events = events_from(drawn)
    shuffled = events[:]
    chance.shuffle(shuffled)

    for monitor in MONITORS:
        assert judge([monitor], events, complete(30), Allowance()) == judge([monitor], shuffled, complete(30), Allowance())


@settings(max_examples=400)
@given(some_events, st.floats(0, 30))
def test_a_decision_never_changes(drawn: list[tuple[int, str]], cut: float) -> None:
    """What is decided with the record up to some time is what is decided with all of it."""
    events = events_from(drawn)
    for monitor in MONITORS:
        live = Judge([monitor], Allowance())
        for event in events:
            live.feed(event)
        live.advance(complete(cut))
        early = live.judgement

        late = judge([monitor], events, complete(30), Allowance())

        assert early is None or early == late


@settings(max_examples=400)
@given(some_events)
def test_a_decision_comes_as_early_as_it_can(drawn: list[tuple[int, str]]) -> None:
    """A monitor is decided by the time that its decision names: it never waits longer than it must."""
    events = events_from(drawn)
    for monitor in MONITORS:
        late = judge([monitor], events, complete(30), Allowance())
        decided_at = late.decisions[0].at
        if not decided_at or decided_at > 29:
            continue  # decided by the end of the record

        live = Judge([monitor], Allowance())
        for event in events:
            live.feed(event)
        live.advance(complete(decided_at + 0.001))

        assert live.judgement == late


def test_what_lies_beyond_the_watermark_is_no_evidence() -> None:
    """A restart may have happened in the part of the record that is missing."""
    events: list[Event] = [probed(1, 1), probed(6, 2)]

    judgement = judge([never(RESTARTED, before=hit(2))], events, {**complete(20), "target": 1.0}, Allowance())

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "complete up to 1.00 s only" in judgement.decisions[0].seen
