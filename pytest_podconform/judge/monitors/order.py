"""Expectations of order and number."""

from __future__ import annotations

import itertools
import math
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, ClassVar

from pytest_podconform.evidence.target import ProbeHit
from pytest_podconform.judge.moment import Moment
from pytest_podconform.judge.step import END
from pytest_podconform.judge.verdict import Decision, Verdict

from .base import EITHER_WAY, Monitor, Watch, doubt_of_numbers

if TYPE_CHECKING:
    from pytest_podconform.judge.tolerance import Allowance


@dataclass(frozen=True)
class Never(Monitor):
    """Expect that one thing does not happen before another.

    Passes when `before` comes; fails when `unwanted` comes first. At the end of the record, open, it is no pass: whoever
    owed `before` is at fault.
    """

    unwanted: Moment
    _: KW_ONLY
    before: Moment

    @property
    def expected(self) -> str:
        return f"no {self.unwanted} before {self.before}"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return self.unwanted, self.before

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """Both, where it counts; a failure that nobody has seen makes the unwanted come earlier, never later: a pass is sure.

        Unless what is unwanted is that very probe.
        """
        doubted = doubt_of_numbers(self.unwanted, self.before)
        return doubted if self.unwanted.event is ProbeHit else doubted - {Verdict.PASS}

    def watch(self, allowance: Allowance) -> Watch:  # noqa: ARG002 - order takes no time
        while True:
            step = yield
            if self.unwanted.matches(step):
                return self.failed(f"{self.unwanted} at {step.at:.2f} s", step.at)
            if self.before.matches(step):
                return self.passed(f"{self.before} at {step.at:.2f} s", step.at)
            if step is END:
                return self.missing(self.before)


@dataclass(frozen=True)
class Eventually(Monitor):
    """Expect that something happens at all.

    Passes when it comes; at the end of the record whoever owed it is at fault.
    """

    wanted: Moment

    @property
    def expected(self) -> str:
        return f"{self.wanted}"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return (self.wanted,)

    def watch(self, allowance: Allowance) -> Watch:  # noqa: ARG002 - however long it takes
        while not self.wanted.matches(step := (yield)):
            if step is END:
                return self.missing(self.wanted)
        return self.passed(f"{self.wanted} at {step.at:.2f} s", step.at)


@dataclass(frozen=True)
class _Counted(Monitor):
    """A number of one thing before another, from the beginning or from a first thing on."""

    count: int
    counted: Moment
    _: KW_ONLY
    before: Moment
    since: Moment | None = None

    word: ClassVar[str]

    @property
    def least(self) -> int:
        """As many there have to be."""
        return self.count

    @property
    def most(self) -> float:
        """As many there may be."""
        return self.count

    @property
    def expected(self) -> str:
        start = "" if self.since is None else f" after {self.since},"
        return f"{self.word} {self.count} x {self.counted}{start} before {self.before}"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return (self.counted, self.before) if self.since is None else (self.counted, self.before, self.since)

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """Both: a probe that nobody has seen is missing in the number."""
        return EITHER_WAY

    def watch(self, allowance: Allowance) -> Watch:  # noqa: ARG002 - numbers take no time
        if self.since is not None:
            while not self.since.matches(step := (yield)):
                if step is END:
                    return self.missing(self.since)
        seen = 0
        while True:
            step = yield
            seen += self.counted.matches(step)
            if seen > self.most:
                return self.failed(f"number {seen} at {step.at:.2f} s", step.at)
            if self.before.matches(step):
                decide = self.passed if seen >= self.least else self.failed
                return decide(f"{seen} of them, then {self.before} at {step.at:.2f} s", step.at)
            if step is END:
                return self.missing(self.before)


class Exactly(_Counted):
    """Expect that many of one thing before another, from the beginning or from a first thing on.

    Fails with the first one too many, or when `before` comes too early; passes when `before` comes in time.
    """

    word = "exactly"


class AtMost(_Counted):
    """Expect no more than that many of one thing before another; decided as `exactly` is."""

    word = "at most"

    @property
    def least(self) -> int:
        """As many there have to be."""
        return 0


class AtLeast(_Counted):
    """Expect that many of one thing or more before another; decided with `before`."""

    word = "at least"

    @property
    def most(self) -> float:
        """As many there may be."""
        return math.inf


@dataclass(frozen=True)
class Chain(Monitor):
    """Expect things to happen one after the other, and see how long each took after the one before it.

    Decided with the last one; at the end of the record whoever owed what is missing is at fault.
    """

    links: tuple[Moment, ...]

    @property
    def expected(self) -> str:
        return ", then ".join(map(str, self.links))

    @property
    def moments(self) -> tuple[Moment, ...]:
        return self.links

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """Both, where it counts."""
        return doubt_of_numbers(*self.links)

    def watch(self, allowance: Allowance) -> Watch:  # noqa: ARG002 - however long it takes
        times = yield from self.in_order(self.links)
        if isinstance(times, Decision):
            return times
        taken = [after - before for before, after in itertools.pairwise(times)]
        steps = (f"{moment} {seconds:.2f} s later" for moment, seconds in zip(self.links[1:], taken, strict=True))
        return self.passed(f"{self.links[0]}, {', '.join(steps)}", times[-1])


def chain(*moments: Moment) -> Chain:
    """Expect things to happen one after the other."""
    return Chain(moments)
