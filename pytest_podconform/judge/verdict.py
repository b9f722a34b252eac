"""Verdicts, the most severe last."""

from __future__ import annotations

import enum
from typing import Final, Literal

import msgspec

Level = Literal["MUST", "SHOULD", "INFO"]
"""How binding a requirement is; only a MUST that is broken makes a runtime nonconformant."""


GateWord = Literal["conformant", "nonconformant", "partial", "inconclusive"]
"""What a whole run comes to."""


class Verdict(enum.Enum):
    """What becomes of a case; the order of the members is the order of severity."""

    PASS = "pass"  # noqa: S105 - no password
    ADVISORY = "advisory"
    DIFFERS = "differs"
    NOT_APPLICABLE = "not-applicable"
    KNOWN_FAILURE = "known-failure"
    KNOWN_FLAKY = "known-flaky"
    NOT_RUN = "not-run"
    INCONCLUSIVE = "inconclusive"
    SETUP_ERROR = "setup-error"
    HARNESS_ERROR = "harness-error"
    UNTESTABLE = "untestable"
    STALE_KNOWN_FAILURE = "stale-known-failure"
    FAIL = "fail"


RED: Final = frozenset({Verdict.FAIL, Verdict.UNTESTABLE, Verdict.STALE_KNOWN_FAILURE})
"""The runtime is not conformant."""

UNJUDGED: Final = frozenset({Verdict.NOT_RUN, Verdict.INCONCLUSIVE, Verdict.SETUP_ERROR, Verdict.HARNESS_ERROR})
"""Nothing is known of the runtime."""

BROKEN: Final = frozenset({Verdict.FAIL, Verdict.ADVISORY, Verdict.DIFFERS})
"""What a broken expectation comes to, by the level of the requirement."""

_SEVERITY: Final = {verdict: rank for rank, verdict in enumerate(Verdict)}


def worst(*verdicts: Verdict) -> Verdict:
    """Return the most severe of them."""
    return max(verdicts, key=_SEVERITY.__getitem__)


def weighed(verdict: Verdict, level: Level) -> Verdict:
    """Weigh a failure by the level of what it breaks: only a MUST fails."""
    if verdict in RED and level != "MUST":
        return Verdict.ADVISORY if level == "SHOULD" else Verdict.DIFFERS
    return verdict


class Decision(msgspec.Struct, frozen=True):
    """What one expectation came to: its verdict, what was expected and seen, and when that was certain (s)."""

    verdict: Verdict
    expected: str
    seen: str
    at: float = 0.0
    takes: str = ""
    """Which side of a contradiction was met: `documented` or `kubelet`; empty where there is none."""
    noted: bool = False
    """Whether what was seen is something to tell a user, whatever the verdict."""
