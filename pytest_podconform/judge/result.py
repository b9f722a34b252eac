"""The result of one case, from its judge to the report and back to a replay: one struct, whose fields are public."""

from __future__ import annotations

import msgspec

from pytest_podconform.evidence.base import Source
from pytest_podconform.evidence.certainty import Doubt
from pytest_podconform.evidence.events import Event

from .case import Place
from .judge import Judgement
from .tolerance import Allowance
from .verdict import Decision, Level, Verdict, weighed


class CaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """One case that was selected; times in seconds since its objects were applied."""

    id: str
    title: str
    verdict: Verdict
    level: Level
    requirements: tuple[str, ...]
    expected: str
    """What decided: the expectation that was broken, or all of them."""
    seen: str
    expectations: tuple[Decision, ...]
    reason: str
    doubts: tuple[str, ...]
    repeats: int
    duration_s: float
    nominal_s: float
    place: Place | None
    """Where it ran: what its names were, and what the runtime said of its node; null if it did not run."""
    allowance: Allowance
    complete: dict[Source, float]
    """How far the record of each source is complete."""
    timeline: tuple[Event, ...]
    reproduce: str
    doubtful_since_s: float = 0.0
    """Since when the first of the doubts holds; what had been decided by then is certain."""
    together: tuple[str, ...] = ()
    """The cases that stood in one Pod with a container each, itself among them; empty where it had its Pod to itself."""
    smaller: str = ""
    """Of a failed case that was thrown by a die: what the smallest that fails as well expected and saw, or that none does."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What it has seen that a user wants to know, whatever the verdict."""
        return tuple(decision.seen for decision in self.expectations if decision.noted)

    @property
    def dated_doubts(self) -> tuple[Doubt, ...]:
        """The doubts as a judge takes them: all of them since the first one."""
        return tuple(Doubt(reason, self.doubtful_since_s) for reason in self.doubts)

    def judged(self, judgement: Judgement) -> CaseResult:
        """Return the result with another judgement of its evidence, weighed by the level of the case."""
        red = judgement.first_red
        decisions = judgement.decisions if red is None else (red,)
        return msgspec.structs.replace(
            self,
            verdict=weighed(judgement.verdict, self.level),
            expectations=judgement.decisions,
            expected="; ".join(each.expected for each in decisions),
            seen="; ".join(each.seen for each in decisions),
        )

    def strictly(self) -> CaseResult:
        """Return it as it is where the documentation alone decides."""
        if self.verdict is not Verdict.PASS:
            return self
        return self.judged(Judgement(self.verdict, self.expectations).strictly())
