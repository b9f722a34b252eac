"""An event of a record: one of these kinds. Its `what` names the kind."""

from __future__ import annotations

from typing import Final

from .base import Source
from .harness import DeletionStarted, ObjectApplied, ObjectDeleted, ObjectRefused
from .status import (
    ConditionChanged,
    ContainerReadyChanged,
    ContainerStartedChanged,
    ContainerStateChanged,
    EndpointChanged,
    PhaseChanged,
    PodIPAssigned,
    PodReady,
    PodUnready,
    RestartCountChanged,
)
from .target import (
    ConnectionBroken,
    ConnectionClosed,
    DNSAnswer,
    DNSQuery,
    FileShown,
    HostnameShown,
    LastSign,
    NameResolved,
    ProbeHit,
    ProgramExited,
    ProgramListening,
    ProgramStarted,
    TargetError,
    TermReceived,
)

OfTarget = (
    ProbeHit
    | ProgramStarted
    | ProgramListening
    | ConnectionClosed
    | ConnectionBroken
    | TermReceived
    | ProgramExited
    | FileShown
    | HostnameShown
    | DNSQuery
    | NameResolved
    | DNSAnswer
    | TargetError
    | LastSign
)

OfStatus = (
    PhaseChanged
    | PodIPAssigned
    | PodReady
    | PodUnready
    | ConditionChanged
    | RestartCountChanged
    | ContainerStateChanged
    | ContainerStartedChanged
    | ContainerReadyChanged
    | EndpointChanged
)

OfHarness = ObjectApplied | ObjectRefused | DeletionStarted | ObjectDeleted

Event = OfTarget | OfStatus | OfHarness

RANK: Final[dict[Source, int]] = {"harness": 0, "target": 1, "status": 2}
"""Of events at the same time the cause comes first: an object is applied, a target acts, the status tells of it."""


def order(event: Event) -> tuple[float, int, int]:
    """Return the key by which events are put in the order of time; the end of a Pod comes after all that happens in it."""
    return event.at, len(RANK) if isinstance(event, ObjectDeleted) else RANK[event.source], event.seq
