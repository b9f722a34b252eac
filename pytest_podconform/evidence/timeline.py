"""The record of one experiment: target logs and status snapshots become events on one clock, with a watermark each.

The watermark of a source is the time up to which nothing of it can be missing. A target's log is complete up to its last
line, if no number is missing before it; while its container does not run, the status says so. The status is complete
up to its last snapshot, less the latency that the runtime declares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .certainty import Doubt, Jitter
from .status import ContainerStateChanged, EndDetails, EndpointChanged, EndpointDetails, RestartCountChanged, StateDetails
from .target import LastSign, ProgramExited, ProgramStarted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_podconform.model.status import ContainerStatus, PodStatus

    from .base import Source
    from .events import Event, OfHarness, OfStatus, OfTarget
    from .status_log import StatusLog
    from .target_log import TargetLog

LAST = 1_000_000_000
"""The number of an event that stands behind all lines."""

KILLED = 137
"""The exit code of a process that had to be killed: such a one tells nothing of its end."""


class Timeline:
    """All that is known of one experiment so far."""

    def __init__(self, status_latency: float) -> None:
        self.events: list[Event] = []
        self.targets: dict[tuple[str, str], TargetLog] = {}
        self.statuses: dict[str, StatusLog] = {}
        self._latency = status_latency
        self._seq = 0
        self._gone: set[str] = set()
        self._endpoints: dict[str, bool] = {}

    def note(self, event: OfHarness) -> OfHarness:
        """Record something that the harness itself did or met, with a number of its own."""
        self._seq += 1
        numbered = msgspec.structs.replace(event, at=round(event.at, 6), seq=self._seq)
        self.events.append(numbered)
        return numbered

    def log(self, target: TargetLog, piece: bytes) -> list[OfTarget]:
        """Record a piece of a target's log."""
        events = target.take(piece)
        self.events += events
        return events

    def status(self, log: StatusLog, status: PodStatus, at: float) -> list[OfStatus]:
        """Record a status snapshot; it also tells of which containers no line is to be expected."""
        events = log.take(status, at)
        self.events += events
        for (pod, container), target in self.targets.items():
            of_container = status.container(container)
            if pod == log.pod and (of_container is None or _is_silent(of_container, target.runs)):
                target.silent_until(at - self._latency)
        return events

    def endpoints(self, service: str, found: Mapping[str, bool], at: float) -> list[EndpointChanged]:
        """Record who stands behind a Service; one that is gone is not ready."""
        before = self._endpoints
        changes = {address: ready for address, ready in found.items() if before.get(address) is not ready}
        changes |= {address: False for address, ready in before.items() if ready and address not in found}
        self._endpoints = dict(found)
        events = [self._endpoint(service, EndpointDetails(address, ready), at) for address, ready in changes.items()]
        self.events += events
        return events

    def _endpoint(self, service: str, details: EndpointDetails, at: float) -> EndpointChanged:
        self._seq += 1
        return EndpointChanged(at=round(at, 6), pod=service, seq=self._seq, data=details)

    def complete(self, now: float) -> dict[Source, float]:
        """Return the watermark of each source, in seconds."""
        targets = [target.complete for target in self.targets.values() if target.pod not in self._gone]
        statuses = [log.complete for log in self.statuses.values() if log.pod not in self._gone]
        return {"target": min(targets, default=now), "status": min(statuses, default=now), "harness": now}

    def end(self, pod: str) -> list[LastSign]:
        """Take note that a Pod is gone and its logs have been read: nothing of it is still to come.

        The last line of each container, a heartbeat most of the time, becomes an event.
        """
        self._gone.add(pod)
        mine = [target for target in self.targets.values() if target.pod == pod]
        last = [LastSign(at=round(target.last, 6), pod=pod, container=target.container, seq=LAST) for target in mine]
        self.events += last
        return last

    def jitter(self, harness: float) -> Jitter:
        """Return how late things came."""
        return Jitter(harness=harness, target=max((target.late for target in self.targets.values()), default=0.0))

    @property
    def trouble(self) -> list[str]:
        """What was wrong with the evidence."""
        return [text for target in self.targets.values() for text in target.trouble]

    @property
    def lost_ends(self) -> list[str]:
        """Which containers ended by themselves more often than their logs say: the last lines of a log are lost."""
        return [text for target in self.targets.values() for text in self._lost_ends(target)]

    def _lost_ends(self, target: TargetLog) -> list[str]:
        mine = [event for event in self.events if (event.pod, event.container) == (target.pod, target.container)]
        told = sum(isinstance(event, ProgramExited) for event in mine)
        seen = {(end.started_at, end.finished_at) for end in _ends(mine) if end.exit_code != KILLED}
        if told >= len(seen) or not any(isinstance(event, ProgramStarted) for event in mine):
            return []
        return [f"container {target.container} ended by itself {len(seen)} times, and told of {told}: its log has lost lines"]

    @property
    def doubts(self) -> list[Doubt]:
        """Why counts may be off, the earliest first."""
        return sorted((doubt for target in self.targets.values() for doubt in target.doubts), key=lambda doubt: doubt.since)


def _ends(events: Sequence[Event]) -> Iterator[StateDetails | EndDetails]:
    """Yield how instances have ended, as the status says."""
    for event in events:
        if isinstance(event, ContainerStateChanged) and event.data.state == "terminated":
            yield event.data
        elif (
            isinstance(event, RestartCountChanged)
            and isinstance(event.data.last, EndDetails)
            and event.data.last != EndDetails()
        ):
            yield event.data.last


def _is_silent(status: ContainerStatus, runs: int) -> bool:
    """Tell whether no line is to be expected: the container does not run, and every run of it has been heard of."""
    has_ended = status.state.terminated is not None or status.last_state.terminated is not None
    expected = status.restart_count + 1 if has_ended else 0
    return status.state.running is None and runs >= expected
