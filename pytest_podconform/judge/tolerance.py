"""How long a runtime may take, and how exact a period must be; every figure with its source.

Order and counts decide nearly everything. Where a duration has to be judged, its window is made here.
"""

from __future__ import annotations

from typing import Final

import msgspec

from pytest_podconform.evidence.certainty import Jitter

REACTION_MAX: Final = 5.0
"""Published maximum, in seconds, from the result that settles a probe to what follows from it in the container.

The documentation gives none. The kubelet takes 11 ms to TERM, 0.7 s to a new program that listens, and up to a relist
(1 s) where it has to notice first (measured, v1.34.4). Five seconds leave room for a runtime under load, and are still
less than it takes to confuse one threshold with the next in a case that counts.
"""

STATUS_MAX: Final = 5.0
"""Published maximum, in seconds, until the status shows what has happened (kubelet: 1 s relist, batches of updates)."""

PERIOD_SHARE: Final = 0.15
"""How far a gap may lie off its period, as a share of it: kubelet 0.986-1.009 s at 1 s (measured), idle."""

DRIFT_SHARE: Final = 0.05
"""By what share of a period two starts may be too close to each other, or too far apart: kubelet 0.014 (measured), idle."""

LATE_MAX: Final = 1.0
"""Seconds by which one execution may be seen late that was started in time: `docker exec` under load took 0.44 s more than
its fellows (measured); twice that, and some more."""

BEAT: Final = 0.25
"""Seconds between two signs of life of a target: it may have lived that much longer than its last one."""


class Allowance(msgspec.Struct, frozen=True):
    """The windows of one experiment, in seconds, from what the runtime declares and what was measured meanwhile."""

    status_latency: float = 0.0
    jitter: Jitter = Jitter()

    def reaction(self, *, through_status: bool) -> float:
        """Return how long a consequence may take."""
        return REACTION_MAX + self.jitter.worst + (STATUS_MAX + self.status_latency if through_status else 0)

    def period(self, nominal: float) -> float:
        """Return how far a gap may lie off its nominal length."""
        return PERIOD_SHARE * nominal + 2 * self.jitter.worst

    def drift(self, nominal: float) -> float:
        """Return how far the distance of two starts may lie off its nominal length, whenever they were seen."""
        return DRIFT_SHARE * nominal + 2 * self.jitter.worst
