"""Events that the program in a container writes to its log, and their details.

The program moves long details to `left_out` where a line gets too long: all that may be long need not be there.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from .base import Details, TargetEvent


class TargetDetails(Details, frozen=True, kw_only=True):
    """The details of a line; `left_out` has the sizes, in bytes, of those that were too long for it."""

    left_out: dict[str, int] | UnsetType = UNSET


class HitDetails(TargetDetails, frozen=True):
    """A request of a probe: the n-th of its route in this instance, the answer that it gets, and what came over the wire."""

    probe: str
    n: int
    via: str
    answer: int | str
    peer: str | UnsetType = UNSET
    line: str | UnsetType = UNSET
    """HTTP: the request line; the headers as pairs, one without a colon as a single text."""
    headers: list[list[str]] | UnsetType = UNSET
    argv: list[str] | UnsetType = UNSET
    """exec: what the helper saw of its process."""
    uid: int | UnsetType = UNSET
    cwd: str | UnsetType = UNSET
    env: dict[str, str] | UnsetType = UNSET
    service: str | UnsetType = UNSET
    """gRPC: the service that was asked for, and the metadata as pairs."""
    metadata: list[list[str]] | UnsetType = UNSET
    tls: str | UnsetType | None = UNSET
    """HTTPS: the version, and the server name that the client asked for."""
    sni: str | UnsetType | None = UNSET


class ProbeHit(TargetEvent, frozen=True, kw_only=True, tag="hit"):
    """A probe has reached the program."""

    data: HitDetails


class StartDetails(TargetDetails, frozen=True):
    """Which container, by its own word; the number of the start; the age of the process in seconds."""

    container: str
    attempt: int
    age: float


class ProgramStarted(TargetEvent, frozen=True, kw_only=True, tag="start"):
    """An instance of a container has begun; `at` is when its process was made."""

    data: StartDetails


class ListeningDetails(TargetDetails, frozen=True):
    """The age of the process, in seconds, when it listened."""

    after: float


class ProgramListening(TargetEvent, frozen=True, kw_only=True, tag="listening"):
    """The program listens on all its ports."""

    data: ListeningDetails


class ClosedDetails(TargetDetails, frozen=True):
    """Which route, and how many bytes had come."""

    probe: str
    received: int


class ConnectionClosed(TargetEvent, frozen=True, kw_only=True, tag="closed"):
    """The other side has closed a TCP connection."""

    data: ClosedDetails


class BrokenDetails(TargetDetails, frozen=True):
    """Which route, and the name of the error."""

    probe: str
    error: str


class ConnectionBroken(TargetEvent, frozen=True, kw_only=True, tag="broken"):
    """A connection has ended before a whole request had come, or before it was answered."""

    data: BrokenDetails


class TermDetails(TargetDetails, frozen=True):
    """A signal has no details; the line that tells of it has an empty `data`, the event has none."""


class TermReceived(TargetEvent, frozen=True, kw_only=True, tag="term"):
    """The program was sent TERM."""


class ExitDetails(TargetDetails, frozen=True):
    """The exit code."""

    code: int


class ProgramExited(TargetEvent, frozen=True, kw_only=True, tag="exit"):
    """The program ends by itself, or because it obeys TERM."""

    data: ExitDetails


class FileDetails(TargetDetails, frozen=True):
    """The path of a file, and its text."""

    path: str
    text: str | UnsetType = UNSET


class FileShown(TargetEvent, frozen=True, kw_only=True, tag="file"):
    """A file, as the program reads it."""

    data: FileDetails


class HostnameDetails(TargetDetails, frozen=True):
    """What `hostname` and `hostname -f` print."""

    hostname: str
    fqdn: str


class HostnameShown(TargetEvent, frozen=True, kw_only=True, tag="hostname"):
    """The names that the Pod has for itself."""

    data: HostnameDetails


class QueryDetails(TargetDetails, frozen=True):
    """The absolute name, the record type, and `udp` or `tcp`."""

    name: str
    type: str
    protocol: str


class DNSQuery(TargetEvent, frozen=True, kw_only=True, tag="query"):
    """A query has reached the DNS recorder of the Pod."""

    data: QueryDetails


class ResolvedDetails(TargetDetails, frozen=True, kw_only=True):
    """The name as it was looked up, and its addresses, or the name of the error."""

    name: str | UnsetType = UNSET
    addresses: list[str] | UnsetType = UNSET
    error: str | None


class NameResolved(TargetEvent, frozen=True, kw_only=True, tag="resolved"):
    """A lookup by the client in the container has ended, whatever came of it."""

    data: ResolvedDetails


class AnswerDetails(TargetDetails, frozen=True, kw_only=True):
    """The question, and all that the answer says; without an answer `error` says why, and what only an answer has is missing.

    `records` are texts such as `A 192.0.2.1`, `addresses` those of the A records, `ttls` in seconds.
    """

    name: str | UnsetType = UNSET
    type: str
    tcp: bool
    rcode: str
    records: list[str] | UnsetType = UNSET
    addresses: list[str] | UnsetType = UNSET
    authoritative: bool | UnsetType = UNSET
    authority: list[str] | UnsetType = UNSET
    ttls: list[int] | UnsetType = UNSET
    edns: bool | UnsetType = UNSET
    truncated: bool | UnsetType = UNSET
    echoed: bool | UnsetType = UNSET
    error: str | UnsetType | None = UNSET


class DNSAnswer(TargetEvent, frozen=True, kw_only=True, tag="answered"):
    """The Pod's DNS server has answered a question of the program, or none of several tries has been answered."""

    data: AnswerDetails


class ErrorDetails(TargetDetails, frozen=True):
    """The message of the event loop, and the exception."""

    message: str | UnsetType = UNSET
    exception: str | UnsetType = UNSET


class TargetError(TargetEvent, frozen=True, kw_only=True, tag="error"):
    """Something went wrong in the program itself."""

    data: ErrorDetails


class HeartbeatDetails(TargetDetails, frozen=True):
    """By how many seconds the program's own timer came late."""

    late: float


class Heartbeat(TargetEvent, frozen=True, kw_only=True, tag="beat"):
    """The program lives; such a line moves the watermark and becomes no event of the record."""

    data: HeartbeatDetails


class LastSign(TargetEvent, frozen=True, kw_only=True, tag="last"):
    """The last line of a container that is gone, whatever line that was."""
