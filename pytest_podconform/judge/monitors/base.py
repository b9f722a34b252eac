"""What all expectations have in common."""

from __future__ import annotations

import abc
from collections.abc import Generator
from typing import TYPE_CHECKING, Final

from pytest_podconform.judge.step import END, Step
from pytest_podconform.judge.verdict import Decision, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_podconform.evidence.base import Source
    from pytest_podconform.judge.moment import Moment
    from pytest_podconform.judge.tolerance import Allowance

Watch = Generator[None, Step, Decision]

EITHER_WAY: Final = frozenset({Verdict.PASS, Verdict.FAIL})
NEITHER_WAY: Final[frozenset[Verdict]] = frozenset()


class Monitor(abc.ABC):
    """An expectation: its words, what it looks at, and how it is watched."""

    @property
    @abc.abstractmethod
    def expected(self) -> str:
        """What is expected, in the words of an explanation."""

    @property
    @abc.abstractmethod
    def moments(self) -> tuple[Moment, ...]:
        """All that it looks at."""

    @abc.abstractmethod
    def watch(self, allowance: Allowance) -> Watch:
        """Take one step after the other, and return the decision at the first that leaves no doubt."""

    @property
    def sources(self) -> frozenset[Source]:
        """The sources of what it looks at."""
        return frozenset(moment.source for moment in self.moments)

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """Which of its decisions a probe that reached nobody, and so left no trace, may have brought about."""
        return NEITHER_WAY

    @property
    def extra_time(self) -> float:
        """Seconds that it may wait beyond what is nominal; the observation lasts longer by that."""
        return 0.0

    def passed(self, seen: str, at: float) -> Decision:
        """Decide that it is met."""
        return Decision(Verdict.PASS, self.expected, seen, at)

    def failed(self, seen: str, at: float) -> Decision:
        """Decide that it is broken."""
        return Decision(Verdict.FAIL, self.expected, seen, at)

    def unclear(self, seen: str, at: float) -> Decision:
        """Decide that it cannot be told."""
        return Decision(Verdict.INCONCLUSIVE, self.expected, seen, at)

    def unfinished(self, what: str, at: float) -> Decision:
        """Decide at the end of a record that is too short to tell."""
        return self.unclear(f"the record ends without {what}", at)

    def missing(self, moment: Moment) -> Decision:
        """Decide at the end of the record, with that moment still owed."""
        verdict = Verdict.FAIL if moment.owed_by == "runtime" else Verdict.SETUP_ERROR
        return Decision(verdict, self.expected, f"no sign of {moment} until the end of the observation")

    def in_order(self, moments: Sequence[Moment]) -> Generator[None, Step, list[float] | Decision]:
        """Wait for each after the one before it, and return their times; the decision where one is missing at the end."""
        times: list[float] = []
        for moment in moments:
            while not moment.matches(step := (yield)):
                if step is END:
                    return self.missing(moment)
            times.append(step.at)
        return times


def begun(monitor: Monitor, allowance: Allowance) -> Watch:
    """Begin to watch: what is returned takes steps."""
    watch = monitor.watch(allowance)
    next(watch)
    return watch


def sent(watch: Watch, step: Step) -> Decision | None:
    """Send a step to a monitor that watches; return its decision if it has come to one."""
    try:
        watch.send(step)
    except StopIteration as stop:
        decision: Decision = stop.value
        return decision
    return None


def doubt_of_numbers(*moments: Moment) -> frozenset[Verdict]:
    """Return what is in doubt if one of them is the n-th of something: where a probe reached nobody, numbers do not fit."""
    counts = any(key == "n" for moment in moments for key, _ in moment.where)
    return EITHER_WAY if counts else NEITHER_WAY
