"""One case before its judge: what is known of its objects so far, and what that comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.evidence.events import order
from pytest_podconform.evidence.status_log import StatusLog
from pytest_podconform.evidence.target import ProgramListening
from pytest_podconform.evidence.target_log import TargetLog
from pytest_podconform.evidence.timeline import Timeline
from pytest_podconform.judge.judge import Judge, Judgement, judge, so_far
from pytest_podconform.judge.tolerance import Allowance
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.runtimes.interface import Interrupted

from .instantiate import earliest_tick
from .shared import alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_podconform.evidence.events import Event, OfHarness
    from pytest_podconform.judge.moment import Moment
    from pytest_podconform.judge.result import CaseResult
    from pytest_podconform.model.status import PodStatus
    from pytest_podconform.runtimes.interface import Manifest

    from .shared import PlacedCase


class Hearing:
    """A case, its timeline and its judge; where its container shares a Pod, it hears of that one alone.

    Once its verdict stands it takes nothing more: the Pod may live on for others.
    """

    def __init__(self, placed: PlacedCase, status_latency: float, lag: Callable[[], float]) -> None:
        self._planned = placed.planned
        self._case = placed.case
        self._place = placed.place
        self._latency = status_latency
        self._lag = lag
        self._timeline = Timeline(status_latency)
        self._judge = Judge(self._case.expectations, Allowance(status_latency=status_latency))
        self._looked_twice = False
        self._stood: tuple[float, Allowance] | None = None
        """Since when the verdict stands, and what the machine had been late by then."""

    # ---- what comes in

    def follow(self, manifest: Manifest, origin: float) -> None:
        """Expect logs and statuses of a Pod; `origin` is the beginning on the clock of the logs."""
        pod, spec = manifest["metadata"]["name"], manifest["spec"]
        self._timeline.statuses[pod] = StatusLog(pod)
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            if self._place.container in {"", container["name"]}:
                log = TargetLog(pod, container["name"], origin=origin, earliest_tick=earliest_tick(container))
                self._timeline.targets[pod, container["name"]] = log

    def note(self, event: OfHarness) -> None:
        """Take something that the harness itself did or met."""
        self._take(lambda: [self._timeline.note(event)])

    def status(self, pod: str, status: PodStatus, at: float) -> None:
        """Take a snapshot of a Pod's status."""
        mine = alone(status, self._place.container) if self._place.container else status
        self._take(lambda: self._timeline.status(self._timeline.statuses[pod], mine, at))

    def endpoints(self, service: str, found: Mapping[str, bool], at: float) -> None:
        """Take who stands behind a Service."""
        self._take(lambda: self._timeline.endpoints(service, found, at))

    def log(self, pod: str, container: str, piece: bytes) -> None:
        """Take a piece of a container's log, if it is one of the case's."""
        target = self._timeline.targets.get((pod, container))
        if target is not None:
            self._take(lambda: self._timeline.log(target, piece))

    def end(self, pod: str) -> None:
        """Take note that a Pod is gone and its logs have been read."""
        self._take(lambda: self._timeline.end(pod))

    def _take(self, events: Callable[[], Iterable[Event]]) -> None:
        if not self.stands:
            for event in events():
                self._judge.feed(event)

    # ---- what is known

    def has_happened(self, moment: Moment) -> bool:
        """Tell whether something has happened."""
        return any(map(moment.matches, self._timeline.events))

    def listens(self, pod: str) -> bool:
        """Tell whether a Pod's program has begun to listen."""
        return any(isinstance(event, ProgramListening) and event.pod == pod for event in self._timeline.events)

    @property
    def decided(self) -> bool:
        """Whether there is a verdict; one that `is_doubtful` is looked at once more."""
        return self._judge.judgement is not None

    @property
    def is_doubtful(self) -> bool:
        """Whether it looks like a failure, and nobody has asked yet whether the machine was late."""
        judgement = self._judge.judgement
        return judgement is not None and judgement.verdict is Verdict.FAIL and not self._looked_twice

    @property
    def stands(self) -> bool:
        """Whether nothing can change the verdict any more."""
        return self.decided and not self.is_doubtful

    def advance(self, now: float) -> None:
        """Let the judge see as far as the record is complete."""
        if not self.stands:
            self._judge.advance(self._timeline.complete(now))
            self._settle(now)

    def look_twice(self, now: float) -> None:
        """Judge what looks like a failure once more, knowing by how much the machine was late.

        Where that makes it good, the observation goes on: it was not the runtime that ended it.
        """
        again = so_far(self._case.expectations, self._timeline.events, self._timeline.complete(now), self._allowance())
        if again.judgement is None:
            self._judge = again
        else:
            self._looked_twice = True
            self._settle(now)

    def _settle(self, now: float) -> None:
        if self.stands:
            self._stood = now, self._allowance()

    def _allowance(self) -> Allowance:
        return Allowance(status_latency=self._latency, jitter=self._timeline.jitter(self._lag()))

    # ---- the result

    def result(self, now: float, failed: BaseException | None, *, together: Sequence[str]) -> CaseResult:
        """Return what it came to at the end; `failed` says what has ended the experiment before, if something did."""
        lasted, allowance = self._stood or (now, self._allowance())
        complete, doubts = self._timeline.complete(lasted), tuple(self._timeline.doubts)
        judgement = self._judgement(failed) or judge(
            self._case.expectations, self._timeline.events, complete, allowance, doubts
        )
        trouble = self._timeline.trouble + (self._timeline.lost_ends if judgement.verdict is Verdict.FAIL else [])
        if failed is not None:
            trouble.append(str(failed))
        elif trouble:
            judgement = Judgement(Verdict.SETUP_ERROR, judgement.decisions)
        evidence = msgspec.structs.replace(
            self._planned.result(judgement.verdict, "; ".join(trouble), together=together),
            place=self._place,
            timeline=tuple(sorted(self._timeline.events, key=order)),
            complete=complete,
            allowance=allowance,
            doubts=tuple(doubt.reason for doubt in doubts),
            doubtful_since_s=doubts[0].since if doubts else 0.0,
            duration_s=round(lasted, 3),
        )
        return evidence.judged(judgement)

    @staticmethod
    def _judgement(failed: BaseException | None) -> Judgement | None:
        """Return what is to be said where the experiment has ended before its time."""
        if failed is None:
            return None
        return Judgement(Verdict.INCONCLUSIVE if isinstance(failed, Interrupted) else Verdict.HARNESS_ERROR, ())
