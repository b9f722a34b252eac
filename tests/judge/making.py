"""Events as tests need them."""

from __future__ import annotations

from typing import Any

from pytest_podconform.evidence.target import (
    DNSQuery,
    FileDetails,
    FileShown,
    HitDetails,
    NameResolved,
    ProbeHit,
    ProgramStarted,
    QueryDetails,
    ResolvedDetails,
    StartDetails,
)


def probed(at: float, n: int, *, seq: int = 0, answer: int = 200, **details: Any) -> ProbeHit:
    return ProbeHit(at=at, container="app", seq=seq, data=HitDetails("liveness", n, "http", answer, **details))


def began(at: float, instance: int = 0, seq: int = 0) -> ProgramStarted:
    return ProgramStarted(at=at, container="app", instance=instance, seq=seq, data=StartDetails("app", instance, age=0.0))


def shown(text: str) -> FileShown:
    return FileShown(at=1, data=FileDetails("/etc/resolv.conf", text))


def resolved(name: str, *addresses: str, at: float = 1) -> NameResolved:
    return NameResolved(at=at, data=ResolvedDetails(name=name, addresses=list(addresses), error=None))


def queried(name: str, kind: str) -> DNSQuery:
    return DNSQuery(at=1, data=QueryDetails(name, kind, "udp"))
