"""The record of one experiment: target logs and status snapshots become events on one clock, with a watermark each.

The watermark of a source is the time up to which nothing of it can be missing. A target's log is complete up to its last
line, if no number is missing before it; while its container does not run, the status says so. The status is complete
up to its last snapshot, less the latency that the runtime declares.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from pytest_podconform.judge.event import Event
from pytest_podconform.judge.judge import Doubt
from pytest_podconform.judge.tolerance import TRUNCATION, Jitter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_podconform.judge.event import Source
    from pytest_podconform.model.status import ContainerState, ContainerStatus, PodStatus


LAST = 1_000_000_000
"""The number of an event that stands behind all lines."""

MOST_TROUBLE = 5
"""Complaints that are kept of one container."""

KILLED = 137
"""The exit code of a process that had to be killed: such a one tells nothing of its end."""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a target's log; times in seconds, `mono` on the node's monotonic clock."""

    run: str
    seq: int
    mono: float
    wall: float
    event: Literal[
        "start",
        "listening",
        "hit",
        "closed",
        "broken",
        "beat",
        "term",
        "exit",
        "file",
        "hostname",
        "query",
        "resolved",
        "answered",
        "error",
    ]
    data: dict[str, Any]


_decode_line = msgspec.json.Decoder(Line).decode


class TargetLog:
    """The log of one container over all its instances.

    `origin` is the case's beginning on the clock of the lines; `earliest_tick` is how many seconds after the start of an
    instance a tick of its startup or liveness probe may fall.
    """

    def __init__(self, pod: str, container: str, *, origin: float, earliest_tick: float) -> None:
        self.pod = pod
        self.container = container
        self.origin = origin
        self.complete = 0.0
        self.late = 0.0
        self.last = 0.0
        self.trouble: list[str] = []
        self.doubts: list[Doubt] = []
        self._deaf: dict[str, float] = {}
        """When the instance started that does not listen yet."""
        self._earliest_tick = earliest_tick
        self._instances: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._clocks: dict[str, float] = {}
        self._rest = b""
        self._unbroken = True

    def take(self, piece: bytes) -> list[Event]:
        """Take a piece of the log and return the events of the lines that it completes."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [event for line in lines if line.strip() for event in self._event(line)]

    @property
    def runs(self) -> int:
        """How many instances have been heard of."""
        return len(self._instances)

    def silent_until(self, at: float) -> None:
        """Take note that the container did not run up to that time."""
        if self._unbroken:
            self.complete = max(self.complete, at)

    def _event(self, text: bytes) -> list[Event]:
        try:
            line = _decode_line(text[max(text.rfind(b'{"run"'), 0) :])
        except msgspec.MsgspecError as error:
            self._complain(f"container {self.container} wrote {text[:80]!r}: {error}")
            return []
        instance = self._instances.setdefault(line.run, len(self._instances))
        expected = self._next.get(line.run, 1)
        self._next[line.run] = line.seq + 1
        if line.seq != expected:
            self._unbroken = False
            self._complain(f"container {self.container}: lines {expected} to {line.seq - 1} are missing")
        at = line.mono - self.origin
        before = self._clocks.get(line.run, at)
        if at < before:
            self._unbroken = False
            self._complain(f"container {self.container}: its clock went back by {before - at:.1f} s at line {line.seq}")
        self.last = self._clocks[line.run] = at
        if self._unbroken:
            self.complete = max(self.complete, at)
        return self._interpret(line, at, instance)

    def _see_who_was_deaf(self, until: float, what: str) -> None:
        """Doubt, if an instance did not listen when a probe may have come: that has failed, and left no trace.

        The back-off before the next instance counts as if this one had still been there: when it ended, no log tells.
        """
        for run, since in self._deaf.items():
            if until - since > self._earliest_tick - TRUNCATION:
                why = f"instance {self._instances[run]} of {self.container} {what}: a probe may have found nobody before"
                self.doubts.append(Doubt(why, round(since, 6)))
        self._deaf.clear()

    def _complain(self, what: str) -> None:
        """Keep the first complaints; a container that floods its log with nonsense shall not flood the report."""
        if len(self.trouble) < MOST_TROUBLE:
            self.trouble.append(what)

    def _interpret(self, line: Line, at: float, instance: int) -> list[Event]:
        if line.event == "beat":
            self.late = max(self.late, float(line.data["late"]))
            return []
        if line.event == "error":
            self._complain(f"the program in container {self.container} met an error: {line.data}")
        if line.event == "start":
            at -= float(line.data["age"])
            self._see_who_was_deaf(at, "ended before it listened")
            self._deaf[line.run] = at
        if line.event == "listening":
            after = float(line.data["after"])
            self._see_who_was_deaf(self._deaf.get(line.run, at) + after, f"listened {after:.1f} s after its start")
        if line.event == "term":
            self._see_who_was_deaf(at, "was told to end before it listened")
        return [
            Event(
                at=round(at, 6),
                source="target",
                what=line.event,
                pod=self.pod,
                container=self.container,
                instance=instance,
                seq=line.seq,
                data=line.data,
            )
        ]


class StatusLog:
    """The status of one Pod, as a series of changes."""

    def __init__(self, pod: str) -> None:
        self.pod = pod
        self.complete = -math.inf
        self.last: PodStatus | None = None
        self._seq = 0

    def take(self, status: PodStatus, at: float) -> list[Event]:
        """Take a snapshot and return what has changed."""
        self.complete = at
        before, self.last = self.last, status
        if status is before or status == before:
            return []
        restarts = max((each.restart_count for each in status.container_statuses), default=0)
        changes = [*_pod_changes(before, status), *_container_changes(before, status)]
        return [self._event(at, what, container, restarts, data) for what, container, data in changes]

    def _event(self, at: float, what: str, container: str, restarts: int, data: dict[str, Any]) -> Event:
        self._seq += 1
        return Event(
            at=round(at, 6),
            source="status",
            what=what,
            pod=self.pod,
            container=container,
            instance=restarts,
            seq=self._seq,
            data=data,
        )


Change = tuple[str, str, dict[str, Any]]


def _pod_changes(before: PodStatus | None, now: PodStatus) -> list[Change]:
    changes: list[Change] = []
    if before is None or before.phase != now.phase:
        changes.append(("phase", "", {"phase": now.phase}))
    if now.pod_ip and (before is None or before.pod_ip != now.pod_ip):
        changes.append(("ip", "", {"ip": now.pod_ip}))
    for condition in now.conditions:
        old = None if before is None else before.condition(condition.type)
        new = now.condition(condition.type)
        if condition.type == "Ready" and new is not old and (new or old):
            changes.append(("ready" if new else "unready", "", {}))
        elif condition.type != "Ready" and new is not old:
            changes.append(("condition", "", {"type": condition.type, "status": condition.status}))
    return changes


def _container_changes(before: PodStatus | None, now: PodStatus) -> list[Change]:
    changes: list[Change] = []
    for status in (*now.init_container_statuses, *now.container_statuses):
        old = None if before is None else before.container(status.name)
        if (old.restart_count if old else 0) != status.restart_count:
            changes.append(("restarts", status.name, {"count": status.restart_count, "last": _details(status.last_state)}))
        if old is None or old.state.word != status.state.word:
            changes.append(("state", status.name, _state(status)))
        if (old.started if old else None) is not status.started:
            changes.append(("started", status.name, {"started": status.started}))
        if (old.ready if old else False) is not status.ready:
            changes.append(("container-ready", status.name, {"ready": status.ready}))
    return changes


def _state(status: ContainerStatus) -> dict[str, Any]:
    return {"state": status.state.word.partition(":")[0], **_details(status.state)}


def _is_silent(status: ContainerStatus, runs: int) -> bool:
    """Tell whether no line is to be expected: the container does not run, and every run of it has been heard of."""
    has_ended = status.state.terminated is not None or status.last_state.terminated is not None
    expected = status.restart_count + 1 if has_ended else 0
    return status.state.running is None and runs >= expected


def _details(state: ContainerState) -> dict[str, Any]:
    details = state.waiting or state.running or state.terminated
    told = {} if details is None else msgspec.structs.asdict(details)
    return {name: value for name, value in told.items() if value not in {"", None}}


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

    def note(self, what: str, at: float, pod: str, **data: Any) -> Event:
        """Record something that the harness itself did or met."""
        self._seq += 1
        event = Event(at=round(at, 6), source="harness", what=what, pod=pod, seq=self._seq, data=data)
        self.events.append(event)
        return event

    def log(self, target: TargetLog, piece: bytes) -> list[Event]:
        """Record a piece of a target's log."""
        events = target.take(piece)
        self.events += events
        return events

    def status(self, log: StatusLog, status: PodStatus, at: float) -> list[Event]:
        """Record a status snapshot; it also tells of which containers no line is to be expected."""
        events = log.take(status, at)
        self.events += events
        for (pod, container), target in self.targets.items():
            of_container = status.container(container)
            if pod == log.pod and (of_container is None or _is_silent(of_container, target.runs)):
                target.silent_until(at - self._latency)
        return events

    def endpoints(self, service: str, found: Mapping[str, bool], at: float) -> list[Event]:
        """Record who stands behind a Service; one that is gone is not ready."""
        before = self._endpoints
        changes = {address: ready for address, ready in found.items() if before.get(address) is not ready}
        changes |= {address: False for address, ready in before.items() if ready and address not in found}
        self._endpoints = dict(found)
        events = [self._endpoint(service, address, at, ready=ready) for address, ready in changes.items()]
        self.events += events
        return events

    def _endpoint(self, service: str, address: str, at: float, *, ready: bool) -> Event:
        self._seq += 1
        data = {"address": address, "ready": ready}
        return Event(at=round(at, 6), source="status", what="endpoint", pod=service, seq=self._seq, data=data)

    def complete(self, now: float) -> dict[Source, float]:
        """Return the watermark of each source, in seconds."""
        targets = [target.complete for target in self.targets.values() if target.pod not in self._gone]
        statuses = [log.complete for log in self.statuses.values() if log.pod not in self._gone]
        return {"target": min(targets, default=now), "status": min(statuses, default=now), "harness": now}

    def end(self, pod: str) -> list[Event]:
        """Take note that a Pod is gone and its logs have been read: nothing of it is still to come.

        The last line of each container, a heartbeat most of the time, becomes an event.
        """
        self._gone.add(pod)
        last = [
            Event(at=round(target.last, 6), source="target", what="last", pod=pod, container=target.container, seq=LAST)
            for target in self.targets.values()
            if target.pod == pod
        ]
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
        told = sum(event.what == "exit" for event in mine)
        ends = [event.data for event in mine if event.what == "state" and event.data["state"] == "terminated"]
        ends += [event.data["last"] for event in mine if event.what == "restarts" and event.data.get("last")]
        seen = {(end.get("started_at"), end.get("finished_at")) for end in ends if end.get("exit_code") != KILLED}
        if told >= len(seen) or not any(event.what == "start" for event in mine):
            return []
        return [f"container {target.container} ended by itself {len(seen)} times, and told of {told}: its log has lost lines"]

    @property
    def doubts(self) -> list[Doubt]:
        """Why counts may be off, the earliest first."""
        return sorted((doubt for target in self.targets.values() for doubt in target.doubts), key=lambda doubt: doubt.since)
