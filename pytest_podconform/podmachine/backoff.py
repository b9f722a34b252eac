"""How long a container waits before it is started again."""

from __future__ import annotations

from typing import Final

import msgspec

from pytest_podconform.model.rules import implements

# "Restarts use exponential backoff: 10s, 20s, 40s, capped at 5 minutes. The backoff resets after 10 minutes of
# successful running." https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
FIRST_DELAY: Final = 10.0
LONGEST_DELAY: Final = 300.0
RESET_AFTER: Final = 600.0


class Backoff(msgspec.Struct, frozen=True):
    """The back-off of one container: the delay that its next end will cost, and when it was last restarted."""

    delay: float = 0.0
    restarted_at: float = 0.0

    @implements("restart.backoff")
    def resumes(self, finished_at: float) -> float:
        """Return the time at which a container that ended then may start again; the first time that is at once."""
        return finished_at if self._forgotten(finished_at) else finished_at + self.delay

    @implements("restart.backoff", "restart.backoff-cap")
    def restarted(self, finished_at: float, now: float) -> Backoff:
        """Return the back-off after a restart that happens now."""
        doubled = FIRST_DELAY if self._forgotten(finished_at) else min(2 * self.delay, LONGEST_DELAY)
        return Backoff(doubled, now)

    @implements("restart.backoff-reset")
    def _forgotten(self, finished_at: float) -> bool:
        return not self.delay or finished_at - self.restarted_at > RESET_AFTER
