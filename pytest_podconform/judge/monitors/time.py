"""Expectations of how long something takes."""

from __future__ import annotations

import itertools
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Final

from pytest_podconform.judge.moment import Moment
from pytest_podconform.judge.spacing import fits, late_at_most, may_be_late
from pytest_podconform.judge.step import END
from pytest_podconform.judge.verdict import Decision, Verdict

from .base import Monitor, Watch, doubt_of_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_podconform.judge.tolerance import Allowance

SMALL_SHARE: Final = 0.1
"""What the machine may have been late, as a share of a distance, for the distance to be judged all the same."""


@dataclass(frozen=True)
class Soon(Monitor):
    """Expect that one thing follows another without delay, or within that many seconds more than the least possible.

    Passes when `wanted` comes after `after`; fails when its window is over. Inconclusive where it comes within what the
    machine was late only, or where the record ends before the window. `wanted` before `after` is not looked at here:
    `never` does that.
    """

    wanted: Moment
    _: KW_ONLY
    after: Moment
    within: float = 0.0

    @property
    def expected(self) -> str:
        more = f", within {self.within:g} s" if self.within else ""
        return f"{self.wanted} soon after {self.after}{more}"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return self.wanted, self.after

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """Both, where it counts."""
        return doubt_of_numbers(self.wanted, self.after)

    @property
    def extra_time(self) -> float:
        """Seconds that it may wait beyond what is nominal."""
        return self.within

    def watch(self, allowance: Allowance) -> Watch:
        while not self.after.matches(step := (yield)):
            if step is END:
                return self.missing(self.after)
        since = complete_to = step.at
        window = self.within + allowance.reaction(through_status="status" in self.sources)
        limit = since + window
        while True:
            step = yield
            if step is END:
                return self._cut_short(complete_to - since, window, complete_to)
            complete_to = step.at
            if step.at > limit:
                return self.failed(f"no sign of {self.wanted} within {limit - since:.1f} s after {self.after}", limit)
            if self.wanted.matches(step):
                seen = f"{self.wanted} {step.at - since:.2f} s after {self.after}"
                if step.at > limit - allowance.jitter.worst:
                    return self.unclear(f"{seen}, within what the machine was late", step.at)
                return self.passed(seen, step.at)

    def _cut_short(self, lasted: float, window: float, at: float) -> Decision:
        return self.unfinished(f"{self.wanted}, {lasted:.1f} of {window:.1f} s after {self.after}", at)


@dataclass(frozen=True)
class Spaced(Monitor):
    """Expect the first `count` of one thing at equal distances, from start to start, in seconds.

    Fails as soon as they cannot have been started at such distances, however late each of them came, or a gap is far too
    long; passes with the last one. Where the distances are wrong and the starts may have been right it is inconclusive; so
    it is where the machine was so late that half a period would have passed, too.
    """

    moment: Moment
    _: KW_ONLY
    period: float
    count: int

    @property
    def expected(self) -> str:
        return f"{self.moment} each {self.period:g} s, {self.count} times"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return (self.moment,)

    def watch(self, allowance: Allowance) -> Watch:
        slack, drift = allowance.period(self.period), allowance.drift(self.period)
        longest = self.period + slack + late_at_most(self.period)
        times: list[float] = []
        while len(times) < self.count:
            step = yield
            if step is END:
                return self.missing(self.moment)
            if times and step.at > times[-1] + longest:
                seen = f"nothing for {longest:.2f} s after {times[-1]:.2f} s; {_gaps(times)}"
                return self.failed(seen, times[-1] + longest)
            if self.moment.matches(step):
                times.append(step.at)
                if not fits(times, self.period, slack) and not may_be_late(times, self.period, drift):
                    return self.failed(f"{_gaps(times)}, first at {times[0]:.2f} s", step.at)
        if slack >= self.period / 2:
            return self.unclear(f"timers came up to {slack / 2:.2f} s late", times[-1])
        if not fits(times, self.period, slack):
            return self.unclear(f"{_gaps(times)}: started, or only seen, late", times[-1])
        return self.passed(_gaps(times), times[-1])


def _gaps(times: Sequence[float]) -> str:
    return "gaps: " + ", ".join(f"{b - a:.2f}" for a, b in itertools.pairwise(times)) + " s"


@dataclass(frozen=True)
class NotSooner(Monitor):
    """Expect that something does not come earlier than that many seconds after something else.

    Decided when `wanted` comes: by the distance, less what the machine was late; inconclusive where that is much. At the
    end of the record whoever owed it is at fault.
    """

    wanted: Moment
    _: KW_ONLY
    than: float
    after: Moment

    @property
    def expected(self) -> str:
        return f"{self.wanted} not sooner than {self.than:g} s after {self.after}"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return self.wanted, self.after

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """Both, where it counts."""
        return doubt_of_numbers(self.wanted, self.after)

    def watch(self, allowance: Allowance) -> Watch:
        while not self.after.matches(step := (yield)):
            if self.wanted.matches(step):
                return self.failed(f"{self.wanted} at {step.at:.2f} s, before {self.after}", step.at)
            if step is END:
                return self.missing(self.after)
        since = step.at
        while not self.wanted.matches(step := (yield)):
            if step is END:
                return self.missing(self.wanted)
        return self._judged(step.at - since, step.at, allowance.jitter.worst)

    def _judged(self, distance: float, at: float, late: float) -> Decision:
        seen = f"{self.wanted} {distance:.2f} s after {self.after}"
        if distance >= self.than:
            return self.passed(seen, at)
        if distance < self.than - late:
            return self.failed(seen, at)
        small = late <= SMALL_SHARE * self.than
        return self.passed(seen, at) if small else self.unclear(f"{seen}, within what the machine was late", at)


@dataclass(frozen=True)
class Longer(Monitor):
    """Expect the time between two moments to be longer than that between two others, by at least so many seconds.

    Decided with the last of the four; inconclusive where the machine was late by more than that. At the end of the record
    whoever owed what is missing is at fault.
    """

    second: tuple[Moment, Moment]
    _: KW_ONLY
    than: tuple[Moment, Moment]
    by: float

    @property
    def expected(self) -> str:
        second, than = self.second, self.than
        return f"{second[1]} after {second[0]} takes longer than {than[1]} after {than[0]}, by {self.by:g} s at least"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return *self.than, *self.second

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """Both, where it counts."""
        return doubt_of_numbers(*self.moments)

    def watch(self, allowance: Allowance) -> Watch:
        times = yield from self.in_order(self.moments)
        if isinstance(times, Decision):
            return times
        one, other = times[1] - times[0], times[3] - times[2]
        seen = f"{one:.1f} s, then {other:.1f} s"
        if allowance.jitter.worst > self.by:
            return self.unclear(f"{seen}, and the machine was late by {allowance.jitter.worst:.1f} s", times[-1])
        return self.passed(seen, times[-1]) if other >= one + self.by else self.failed(seen, times[-1])
