"""Judge one case: feed its monitors as the record becomes complete, and combine what they decide.

Events arrive late and out of order: a log is read after it was written, a status is polled. So each monitor gets only
what is certain: the events of its own sources, in the order of time, up to the watermark of those sources.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.evidence.events import Event, order

from .monitors import begun, sent
from .step import END, Step, Until
from .verdict import Decision, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_podconform.evidence.base import Source
    from pytest_podconform.evidence.certainty import Doubt

    from .monitors import Monitor
    from .tolerance import Allowance


class Judgement(msgspec.Struct, frozen=True):
    """What a case came to: the verdict, and the decision of each expectation."""

    verdict: Verdict
    decisions: tuple[Decision, ...]

    @property
    def first_red(self) -> Decision | None:
        """The decision that a failure is explained by: the worst one, of equals the earliest."""
        red = [decision for decision in self.decisions if decision.verdict is not Verdict.PASS]
        ranked = sorted(red, key=lambda decision: (decision.verdict is not self.verdict, decision.at))
        return ranked[0] if ranked else None

    def strictly(self) -> Judgement:
        """Return it as it is where the documentation alone decides: a pass on the kubelet's side of a contradiction fails."""
        if self.verdict is not Verdict.PASS:
            return self  # what could not be judged is no failure, whoever decides
        decisions = tuple(map(_strictly, self.decisions))
        return Judgement(worst(self.verdict, *(decision.verdict for decision in decisions)), decisions)


def _strictly(decision: Decision) -> Decision:
    if decision.verdict is not Verdict.PASS or decision.takes != "kubelet":
        return decision
    seen = f"{decision.seen}: what the kubelet does, and the documentation does not say"
    return msgspec.structs.replace(decision, verdict=Verdict.FAIL, seen=seen)


class Judge:
    """The judge of one experiment."""

    def __init__(self, monitors: Sequence[Monitor], allowance: Allowance) -> None:
        self._watches = [_Watched(monitor, allowance) for monitor in monitors]
        self._heard_target = False
        self._doubts: list[Doubt] = []

    def feed(self, event: Event) -> None:
        """Take an event, in whatever order it arrives."""
        self._heard_target = self._heard_target or event.source == "target"
        for watched in self._watches:
            watched.feed(event)

    def advance(self, complete: Mapping[Source, float]) -> None:
        """Take note of how far each source is complete, in seconds."""
        for watched in self._watches:
            watched.advance(min(complete[source] for source in watched.sources))

    def doubt(self, doubt: Doubt) -> None:
        """Take note of why a count may be off; whatever rests on a count is inconclusive from then on."""
        self._doubts.append(doubt)

    def close(self) -> None:
        """Close the record: what is still open is decided by who owed it."""
        for watched in self._watches:
            watched.close()

    @property
    def judgement(self) -> Judgement | None:
        """The verdict, as soon as nothing that may still come can change it."""
        known = [self._doubted(watched) for watched in self._watches if watched.decision is not None]
        if len(known) < len(self._watches) and all(decision.verdict is not Verdict.FAIL for decision in known):
            return None
        return Judgement(self._verdict(known), tuple(known))

    def _verdict(self, decisions: Iterable[Decision]) -> Verdict:
        verdict = worst(Verdict.PASS, *(decision.verdict for decision in decisions))
        return Verdict.SETUP_ERROR if verdict is Verdict.FAIL and self._silent else verdict

    @property
    def _silent(self) -> bool:
        """Whether a failure says nothing of the runtime, for the target that should have told never ran."""
        needs_target = any("target" in watched.sources for watched in self._watches)
        return needs_target and not self._heard_target

    def _doubted(self, watched: _Watched) -> Decision:
        decision = watched.decision
        assert decision is not None
        doubts = [doubt for doubt in self._doubts if not 0 < decision.at <= doubt.since]  # at 0: by the end of the record
        if not doubts or decision.verdict not in watched.monitor.in_doubt:
            return decision
        seen = f"{decision.seen}; {doubts[0].reason}"
        return msgspec.structs.replace(decision, verdict=Verdict.INCONCLUSIVE, seen=seen)


class _Watched:
    """A monitor with the events that wait for its watermark."""

    def __init__(self, monitor: Monitor, allowance: Allowance) -> None:
        self.monitor = monitor
        self.sources = monitor.sources
        self.decision: Decision | None = None
        self._watch = begun(monitor, allowance)
        self._waiting: list[tuple[float, int, int, int, Event]] = []
        self._arrivals = 0
        self._until = -math.inf

    def feed(self, event: Event) -> None:
        if self.decision is None and event.source in self.sources:
            self._arrivals += 1
            heapq.heappush(self._waiting, (*order(event), self._arrivals, event))

    def advance(self, until: float) -> None:
        if until <= self._until:
            return
        self._until = until
        while self._waiting and self._waiting[0][0] <= until:
            self._send(heapq.heappop(self._waiting)[-1])
        self._send(Until(until))

    def close(self) -> None:
        """End the record; what lies beyond the watermark is no evidence, for something before it may be missing."""
        if self.decision is None and self._waiting and self._waiting[0][0] > self._until:
            seen = f"the record is complete up to {self._until:.2f} s only, and there is more after that"
            self.decision = Decision(Verdict.INCONCLUSIVE, self.monitor.expected, seen, max(self._until, 0))
        while self._waiting:
            self._send(heapq.heappop(self._waiting)[-1])
        self._send(END)

    def _send(self, step: Step) -> None:
        if self.decision is None:
            self.decision = sent(self._watch, step)


def so_far(
    monitors: Sequence[Monitor],
    events: Iterable[Event],
    complete: Mapping[Source, float],
    allowance: Allowance,
    doubts: Iterable[Doubt] = (),
) -> Judge:
    """Return the judge of a record that may go on, as far as it is complete."""
    judge_of_case = Judge(monitors, allowance)
    for event in events:
        judge_of_case.feed(event)
    for doubt in doubts:
        judge_of_case.doubt(doubt)
    judge_of_case.advance(complete)
    return judge_of_case


def judge(
    monitors: Sequence[Monitor],
    events: Iterable[Event],
    complete: Mapping[Source, float],
    allowance: Allowance,
    doubts: Iterable[Doubt] = (),
) -> Judgement:
    """Judge a finished record, be it of this run or one that was written down."""
    judge_of_case = so_far(monitors, events, complete, allowance, doubts)
    if judge_of_case.judgement is None:
        judge_of_case.close()
    judgement = judge_of_case.judgement
    assert judgement is not None
    return judgement
