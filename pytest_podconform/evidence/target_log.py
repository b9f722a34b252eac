"""The log of a target: JSON lines, each of which becomes an event; and how such a line is written."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from .base import name_of
from .certainty import TRUNCATION, Doubt
from .events import OfTarget
from .target import (
    AnswerDetails,
    BrokenDetails,
    ClosedDetails,
    ConnectionBroken,
    ConnectionClosed,
    DNSAnswer,
    DNSQuery,
    ErrorDetails,
    ExitDetails,
    FileDetails,
    FileShown,
    Heartbeat,
    HeartbeatDetails,
    HitDetails,
    HostnameDetails,
    HostnameShown,
    ListeningDetails,
    NameResolved,
    ProbeHit,
    ProgramExited,
    ProgramListening,
    ProgramStarted,
    QueryDetails,
    ResolvedDetails,
    StartDetails,
    TargetDetails,
    TargetError,
    TermDetails,
    TermReceived,
)

MOST_TROUBLE = 5
"""Complaints that are kept of one container."""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a target's log; times in seconds, `mono` on the node's monotonic clock."""

    run: str
    seq: int
    mono: float
    wall: float
    event: str
    data: msgspec.Raw

    @classmethod
    def of(cls, details: TargetDetails, *, run: str, seq: int, now: float) -> Line:
        """Make the line that tells of these details, at a time that both its clocks show."""
        return cls(run, seq, now, now, name_of(KINDS[type(details)]), msgspec.Raw(_encode(details)))

    @property
    def details(self) -> TargetDetails:
        """Its `data`, by the name of its event.

        Raises:
            msgspec.ValidationError: there is no such event, or its details are others.

        """
        if self.event not in _DECODERS:
            raise msgspec.ValidationError(f"Invalid value {self.event!r} - at `$.event`")
        return _DECODERS[self.event].decode(self.data)


KINDS: Final[dict[type[TargetDetails], type[OfTarget | Heartbeat]]] = {
    HitDetails: ProbeHit,
    StartDetails: ProgramStarted,
    ListeningDetails: ProgramListening,
    ClosedDetails: ConnectionClosed,
    BrokenDetails: ConnectionBroken,
    TermDetails: TermReceived,
    ExitDetails: ProgramExited,
    FileDetails: FileShown,
    HostnameDetails: HostnameShown,
    QueryDetails: DNSQuery,
    ResolvedDetails: NameResolved,
    AnswerDetails: DNSAnswer,
    ErrorDetails: TargetError,
    HeartbeatDetails: Heartbeat,
}
"""What a target writes: the details of a line tell what kind of event it is."""

_DECODERS: Final = {name_of(kind): msgspec.json.Decoder(details) for details, kind in KINDS.items()}
_encode = msgspec.json.Encoder().encode
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

    def take(self, piece: bytes) -> list[OfTarget]:
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

    def _event(self, text: bytes) -> list[OfTarget]:
        try:
            line = _decode_line(text[max(text.rfind(b'{"run"'), 0) :])
            details = line.details
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
        at = self._interpret(line.run, details, at)
        return [] if isinstance(details, HeartbeatDetails) else [self._made(details, at, instance, line.seq)]

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

    def _interpret(self, run: str, details: TargetDetails, at: float) -> float:
        """Take note of what a line says of the log itself, and return when its event happened."""
        match details:
            case HeartbeatDetails():
                self.late = max(self.late, details.late)
            case ErrorDetails():
                self._complain(f"the program in container {self.container} met an error: {msgspec.to_builtins(details)}")
            case StartDetails():
                at -= details.age
                self._see_who_was_deaf(at, "ended before it listened")
                self._deaf[run] = at
            case ListeningDetails(after=after):
                self._see_who_was_deaf(self._deaf.get(run, at) + after, f"listened {after:.1f} s after its start")
            case TermDetails():
                self._see_who_was_deaf(at, "was told to end before it listened")
            case _:
                pass
        return at

    def _made(self, details: TargetDetails, at: float, instance: int, seq: int) -> OfTarget:
        made: Any = KINDS[type(details)]  # which of them goes with which details, the table says
        data = {} if isinstance(details, TermDetails) else {"data": details}
        event: OfTarget = made(at=round(at, 6), pod=self.pod, container=self.container, instance=instance, seq=seq, **data)
        return event
