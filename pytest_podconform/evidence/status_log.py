"""The status of a Pod: the differences between one snapshot and the next become events."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import msgspec

from .status import (
    ConditionChanged,
    ConditionDetails,
    ContainerReadyChanged,
    ContainerStartedChanged,
    ContainerStateChanged,
    EndDetails,
    PhaseChanged,
    PhaseDetails,
    PodIPAssigned,
    PodIPDetails,
    PodReady,
    PodUnready,
    ReadyDetails,
    RestartCountChanged,
    RestartDetails,
    StartedDetails,
    StateDetails,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_podconform.model.status import ContainerState, ContainerStatus, PodStatus

    from .events import OfStatus


class StatusLog:
    """The status of one Pod, as a series of changes."""

    def __init__(self, pod: str) -> None:
        self.pod = pod
        self.complete = -math.inf
        self.last: PodStatus | None = None
        self._seq = 0

    def take(self, status: PodStatus, at: float) -> list[OfStatus]:
        """Take a snapshot and return what has changed."""
        self.complete = at
        before, self.last = self.last, status
        if status is before or status == before:
            return []
        at = round(at, 6)
        restarts = max((each.restart_count for each in status.container_statuses), default=0)
        changes = itertools.chain(_pod_changes(before, status, at), _container_changes(before, status, at))
        return [self._numbered(change, restarts) for change in changes]

    def _numbered(self, change: OfStatus, restarts: int) -> OfStatus:
        self._seq += 1
        return msgspec.structs.replace(change, pod=self.pod, instance=restarts, seq=self._seq)


def _pod_changes(before: PodStatus | None, now: PodStatus, at: float) -> Iterator[OfStatus]:
    if before is None or before.phase != now.phase:
        yield PhaseChanged(at=at, data=PhaseDetails(now.phase))
    if now.pod_ip and (before is None or before.pod_ip != now.pod_ip):
        yield PodIPAssigned(at=at, data=PodIPDetails(now.pod_ip))
    for condition in now.conditions:
        old = None if before is None else before.condition(condition.type)
        new = now.condition(condition.type)
        if condition.type == "Ready" and new is not old and (new or old):
            yield PodReady(at=at) if new else PodUnready(at=at)
        elif condition.type != "Ready" and new is not old:
            yield ConditionChanged(at=at, data=ConditionDetails(condition.type, condition.status))


def _container_changes(before: PodStatus | None, now: PodStatus, at: float) -> Iterator[OfStatus]:
    for status in (*now.init_container_statuses, *now.container_statuses):
        old = None if before is None else before.container(status.name)
        name = status.name
        if (old.restart_count if old else 0) != status.restart_count:
            details = RestartDetails(status.restart_count, msgspec.convert(_told(status.last_state), EndDetails))
            yield RestartCountChanged(at=at, container=name, data=details)
        if old is None or old.state.word != status.state.word:
            yield ContainerStateChanged(at=at, container=name, data=_state(status))
        if (old.started if old else None) is not status.started:
            yield ContainerStartedChanged(at=at, container=name, data=StartedDetails(status.started))
        if (old.ready if old else False) is not status.ready:
            yield ContainerReadyChanged(at=at, container=name, data=ReadyDetails(status.ready))


def _state(status: ContainerStatus) -> StateDetails:
    return msgspec.convert({"state": status.state.word.partition(":")[0], **_told(status.state)}, StateDetails)


def _told(state: ContainerState) -> dict[str, str | int]:
    details = state.waiting or state.running or state.terminated
    told = {} if details is None else msgspec.structs.asdict(details)
    return {name: value for name, value in told.items() if value not in {"", None}}
