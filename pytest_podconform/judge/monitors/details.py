"""Expectations of the details of events."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from pytest_podconform.judge.check import Check, Look, PairCheck, SeriesCheck
from pytest_podconform.judge.moment import Moment
from pytest_podconform.judge.step import END, Until

from .base import Monitor, Watch

if TYPE_CHECKING:
    from pytest_podconform.evidence.events import Event
    from pytest_podconform.judge.tolerance import Allowance
    from pytest_podconform.judge.verdict import Decision


@dataclass(frozen=True)
class Every(Monitor):
    """Expect that each of the first `count` events of a kind has these details.

    Fails with the first one that has not; passes with the last one.

    Raises:
        TypeError: a check looks at what such an event has not.

    """

    moment: Moment
    checks: tuple[Check[Any], ...]
    _: KW_ONLY
    count: int

    def __post_init__(self) -> None:
        """See that the checks suit the events."""
        for check in self.checks:
            check.see_that_it_suits(self.moment.event)

    @property
    def expected(self) -> str:
        return f"{self.moment}: {', '.join(check.expected for check in self.checks)}"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return (self.moment,)

    def watch(self, allowance: Allowance) -> Watch:  # noqa: ARG002 - details take no time
        found = 0
        while True:
            step = yield
            if step is END:
                return self.missing(self.moment)
            if isinstance(step, Until) or not self.moment.matches(step):
                continue
            found += 1
            looks = [check.of(step) for check in self.checks]
            wrong = [look.seen for look in looks if not look.fits]
            if wrong:
                return self.failed("; ".join(wrong), step.at)
            if found == self.count:
                return self.passed("; ".join(look.seen for look in looks), step.at)


def first(moment: Moment, *checks: Check[Any]) -> Every:
    """Expect that the first event of a kind has these details; decided by that event."""
    return Every(moment, checks, count=1)


def every(moment: Moment, *checks: Check[Any], count: int) -> Every:
    """Expect that each of the first `count` events of a kind has these details."""
    return Every(moment, checks, count=count)


@dataclass(frozen=True)
class Collected(Monitor):
    """Expect that all events of a kind up to something else, taken together, fit.

    Decided when `before` comes.

    Raises:
        TypeError: the check looks at what such events have not.

    """

    moment: Moment
    check: SeriesCheck[Any]
    _: KW_ONLY
    before: Moment

    def __post_init__(self) -> None:
        """See that the check suits the events."""
        self.check.see_that_it_suits(self.moment.event)

    @property
    def expected(self) -> str:
        return self.check.expected

    @property
    def moments(self) -> tuple[Moment, ...]:
        return self.moment, self.before

    def watch(self, allowance: Allowance) -> Watch:  # noqa: ARG002 - details take no time
        found: list[Event] = []
        while True:
            step = yield
            if not isinstance(step, Until) and self.moment.matches(step):
                found.append(step)
            if self.before.matches(step):
                return _decided(self, self.check.of(found), step.at)
            if step is END:
                return self.missing(self.before)


@dataclass(frozen=True)
class Agree(Monitor):
    """Expect the details of two events to fit each other.

    Decided when the first of each has come.

    Raises:
        TypeError: the check looks at what one of them has not.

    """

    one: Moment
    other: Moment
    check: PairCheck[Any, Any]

    def __post_init__(self) -> None:
        """See that the check suits the events."""
        self.check.see_that_it_suits(self.one.event, self.other.event)

    @property
    def expected(self) -> str:
        return self.check.expected

    @property
    def moments(self) -> tuple[Moment, ...]:
        return self.one, self.other

    def watch(self, allowance: Allowance) -> Watch:  # noqa: ARG002 - details take no time
        one: Event | None = None
        other: Event | None = None
        while True:
            step = yield
            if step is END:
                return self.missing(self.one if one is None else self.other)
            if isinstance(step, Until):
                continue
            one = step if one is None and self.one.matches(step) else one
            other = step if other is None and self.other.matches(step) else other
            if one is not None and other is not None:
                return _decided(self, self.check.of(one, other), step.at)


def _decided(monitor: Monitor, look: Look, at: float) -> Decision:
    return (monitor.passed if look.fits else monitor.failed)(look.seen, at)
