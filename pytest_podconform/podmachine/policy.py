"""Where the documentation and the kubelet differ, each difference a field.

The Pod machine has one table for both; a policy says which side it takes.
"""

from __future__ import annotations

import math
from typing import Final, Literal

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How a node agent behaves where there is a choice; all times in seconds."""

    relist_period: float
    """How stale the agent's picture of its containers may be; 0: it learns of each change at once.

    Kubelet: the generic PLEG relists each second (`pkg/kubelet/kubelet.go`, `genericPlegRelistPeriod`), and probe
    workers go by that picture. So a probe can reach a restarted container while the old one's status still stands.
    """

    one_thing_at_a_time: bool
    """Whether the agent looks at nothing else while containers start or end that it has asked for.

    Kubelet: a sync of a Pod returns when they have (`SyncPod`), and the next one wants a relist that is newer than that.
    """

    ticks_from: Literal["worker", "gate"]
    """When the first tick of a probe falls.

    Kubelet: the ticker belongs to a worker that starts with the Pod and outlives restarts; the delay is looked at on
    each tick. Documentation: `initialDelaySeconds` after the start, or after the success of the startup probe.
    """

    whole_seconds: bool
    """Whether the start of a container counts from its whole second, as `startedAt` has no finer one."""

    readiness_on_sync: bool
    """Whether each sync runs the readiness probe of a container that is not ready, beside the ticker.

    https://kubernetes.io/docs/concepts/workloads/pods/probes/ (periodSeconds) allows it.
    """

    streak_survives_crash: bool
    """Whether a container that dies by itself leaves its run of failures to the next one."""

    restart_decided_by_kill: bool
    """Whether OnFailure restarts a container that a probe killed, although it then exits with 0."""

    kill_looks_back: bool
    """Whether the restart after a probe's kill counts its back-off from the end of the instance before.

    Kubelet: one sync kills and starts again, on the picture from before the kill; the last end in it is that of the
    instance before (`doBackOff`, `pkg/kubelet/kuberuntime/kuberuntime_manager.go`). So the first two of such restarts
    come at once.
    """

    minimum_grace: float
    """The shortest time between TERM and KILL (`pkg/kubelet/kuberuntime`, `minimumGracePeriodInSeconds`)."""


DOCUMENTED: Final = Policy(
    relist_period=0,
    one_thing_at_a_time=False,
    ticks_from="gate",
    whole_seconds=False,
    readiness_on_sync=False,
    streak_survives_crash=False,
    restart_decided_by_kill=False,
    kill_looks_back=False,
    minimum_grace=0,
)

KUBELET: Final = Policy(
    relist_period=1,
    one_thing_at_a_time=True,
    ticks_from="worker",
    whole_seconds=True,
    readiness_on_sync=True,
    streak_survives_crash=True,
    restart_decided_by_kill=True,
    kill_looks_back=True,
    minimum_grace=2,
)


ROUNDING: Final = 1e-5  # of a period; Unix seconds as floats are good to 2.4e-7 s


class Relists(msgspec.Struct, frozen=True):
    """When the agent takes its pictures: every so many seconds, by a phase; with a period of 0 at each moment."""

    period: float
    phase: float

    def last(self, now: float) -> float:
        """Return the time of the last one, which may be now."""
        if not self.period:
            return now
        # A time that `next` has named has come, though the sum may have been rounded down.
        count = math.floor((now - self.phase) / self.period + ROUNDING)
        return self.phase + count * self.period

    def next(self, now: float) -> float:
        """Return the time of the next one."""
        return self.last(now) + self.period
