"""Two records of one case, made comparable: what happened in which order, without times.

Left out is what the documentation leaves open: how often a container that is not ready is probed for readiness, and
what the last moments of a record hold, for a case ends as soon as its verdict stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from pytest_podconform.evidence.events import Event
from pytest_podconform.evidence.status import PhaseChanged, PodReady, PodUnready
from pytest_podconform.evidence.target import DNSQuery, FileShown, ProbeHit, ProgramExited, ProgramStarted, TermReceived

Line = tuple[str, ...]

SHORTEST_PERIOD: Final = 1.0  # seconds; `periodSeconds` is 1 at least


def normalised(events: Sequence[Event]) -> dict[str, list[Line]]:
    """Return the target's lines by Pod, container and instance, and each Pod's phases and changes of Ready."""
    found: dict[str, list[Line]] = {}
    for event in events:
        pod = event.pod.partition("-")[0]
        series = f"{pod}/{event.container}#{event.instance}"
        match event:
            case ProgramStarted() | TermReceived() | DNSQuery():
                found.setdefault(series, []).append((event.what,))
            case ProgramExited(data=end):
                found.setdefault(series, []).append((event.what, str(end.code)))
            case FileShown(data=file):
                found.setdefault(series, []).append((event.what, file.path))
            case ProbeHit(data=hit) if hit.probe != "readiness":
                line = event.what, hit.probe, str(hit.n), str(hit.answer)
                found.setdefault(f"{series}/{hit.probe}", []).append(line)
            case PhaseChanged(data=changed):
                found.setdefault(f"{pod} phases", []).append((changed.phase,))
            case PodReady() | PodUnready():
                found.setdefault(f"{pod} readiness", []).append((event.what,))
            case _:
                pass
    return found


def gaps(events: Sequence[Event]) -> dict[str, list[float]]:
    """Return the seconds between one probe and the next, by Pod, container, instance and probe; readiness left out."""
    hits: dict[str, list[float]] = {}
    for event in events:
        if isinstance(event, ProbeHit) and event.data.probe != "readiness":
            pod = event.pod.partition("-")[0]
            hits.setdefault(f"{pod}/{event.container}#{event.instance}/{event.data.probe}", []).append(event.at)
    return {key: [later - at for at, later in pairwise(times)] for key, times in hits.items()}


def strange_gaps(one: Mapping[str, Sequence[float]], other: Mapping[str, Sequence[float]]) -> list[str]:
    """Name the series in which two records are more than half the shortest period apart, from one probe to the next."""
    return [
        f"{key}: {a:.2f} s / {b:.2f} s before probe {number}"
        for key in sorted(one.keys() & other.keys())
        for number, (a, b) in enumerate(zip(one[key], other[key], strict=False), start=2)
        if abs(a - b) > SHORTEST_PERIOD / 2
    ]


def differences(one: Mapping[str, Sequence[Line]], other: Mapping[str, Sequence[Line]]) -> list[str]:
    """Name what two records do not share: of each series the shorter one must be the beginning of the longer one."""
    wrong: list[str] = []
    for key in sorted(one.keys() | other.keys()):
        a, b = one.get(key, ()), other.get(key, ())
        common = min(len(a), len(b))
        if list(a[:common]) != list(b[:common]):
            wrong.append(f"{key}: {a} / {b}")
    return wrong
