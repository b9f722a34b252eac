"""How exact and how certain a record is."""

from __future__ import annotations

from typing import Final

import msgspec

TRUNCATION: Final = 1.0
"""`startedAt` has whole seconds, so a delay that counts from it may end up to a second early."""


class Jitter(msgspec.Struct, frozen=True):
    """How late things came during an experiment, in seconds: the harness's own timers and the target's heartbeat."""

    harness: float = 0.0
    target: float = 0.0

    @property
    def worst(self) -> float:
        """The larger of the two."""
        return max(self.harness, self.target)


class Doubt(msgspec.Struct, frozen=True):
    """Why counts may be off, and since when, in seconds: what had been decided by then is certain."""

    reason: str
    since: float = 0.0
