"""Questions to the details of events, by the details' names, and to the requests of probes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_podconform.evidence.base import BaseEvent, Value, detail, given
from pytest_podconform.evidence.status import ContainerStateChanged, PhaseChanged, PodIPAssigned
from pytest_podconform.evidence.target import ProbeHit

from .check import Check, Look, PairCheck, SeriesCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass(frozen=True)
class _OfOneDetail(Check[BaseEvent]):
    """A question to one detail of an event, whatever kind of event that is."""

    key: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key,)


@dataclass(frozen=True)
class Has(_OfOneDetail):
    """Expect a detail to be equal to a value."""

    value: Value

    @property
    def expected(self) -> str:
        return f"{self.key} {self.value!r}"

    def look(self, event: BaseEvent) -> Look:
        seen = detail(event, self.key)
        return Look(seen == self.value, f"{self.key} {seen!r}")


@dataclass(frozen=True)
class Like(_OfOneDetail):
    """Expect a detail to be a text of that form (a regular expression for all of it)."""

    pattern: str

    @property
    def expected(self) -> str:
        return f"{self.key} like {self.pattern}"

    def look(self, event: BaseEvent) -> Look:
        seen = detail(event, self.key)
        return Look(isinstance(seen, str) and re.fullmatch(self.pattern, seen) is not None, f"{self.key} {seen!r}")


@dataclass(frozen=True)
class Begins(_OfOneDetail):
    """Expect a detail to begin with a text."""

    text: str

    @property
    def expected(self) -> str:
        return f"{self.key} {self.text!r} ..."

    def look(self, event: BaseEvent) -> Look:
        seen = detail(event, self.key)
        text = "" if seen is None else str(seen)
        return Look(text.startswith(self.text), f"{self.key} {text[: len(self.text)]!r}")


@dataclass(frozen=True)
class Told(Check[BaseEvent]):
    """Expect details to be there at all; those that are times (`..._at`) in RFC 3339 and UTC, as the API has them."""

    keys: tuple[str, ...]

    @property
    def expected(self) -> str:
        return ", ".join(f"some {name}" for name in self.keys)

    @property
    def names(self) -> tuple[str, ...]:
        return self.keys

    def look(self, event: BaseEvent) -> Look:
        seen = {name: detail(event, name) for name in self.keys}
        fits = all(value and (not name.endswith("_at") or _TIME.fullmatch(str(value))) for name, value in seen.items())
        return Look(fits, ", ".join(f"{name} {value!r}" for name, value in seen.items()))


def told(*keys: str) -> Told:
    """Expect details to be there at all."""
    return Told(keys)


@dataclass(frozen=True)
class AllDifferent(SeriesCheck[BaseEvent]):
    """Expect a detail of several events to be another one each time; there have to be two of them at least."""

    key: str

    @property
    def expected(self) -> str:
        return f"another {self.key} each time"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key,)

    def look(self, events: Sequence[BaseEvent]) -> Look:
        seen = [detail(event, self.key) for event in events]
        fits = len(seen) > 1 and None not in seen and len(set(seen)) == len(seen)
        return Look(fits, ", ".join(map(str, seen)) or "none")


@dataclass(frozen=True)
class SaidMoreThan(SeriesCheck[ContainerStateChanged]):
    """Expect a state to have been told with another reason than that one, at least once."""

    reason: str

    kinds = (ContainerStateChanged,)

    @property
    def expected(self) -> str:
        return f"a reason beyond {self.reason}"

    def look(self, events: Sequence[ContainerStateChanged]) -> Look:
        seen = [given(event.data.reason, "") for event in events]
        return Look(any(each not in {"", self.reason} for each in seen), ", ".join(seen) or "no such state")


@dataclass(frozen=True)
class PhasesInOrder(SeriesCheck[PhaseChanged]):
    """Expect a Pod to have gone through these phases in this order; the first of them may have been too short to be seen."""

    allowed: tuple[str, ...]

    kinds = (PhaseChanged,)

    @property
    def expected(self) -> str:
        return "phases " + " -> ".join(self.allowed)

    def look(self, events: Sequence[PhaseChanged]) -> Look:
        seen = tuple(event.data.phase for event in events)
        return Look(seen in {self.allowed, self.allowed[1:]}, " -> ".join(seen) or "no phase")


def phases(*allowed: str) -> PhasesInOrder:
    """Expect a Pod to have gone through these phases in this order."""
    return PhasesInOrder(allowed)


@dataclass(frozen=True)
class HeaderIs(Check[ProbeHit]):
    """Expect a request to carry a header just so often, with these values in this order."""

    name: str
    values: tuple[str, ...]

    kinds = (ProbeHit,)

    @property
    def expected(self) -> str:
        return f"{self.name}: {', '.join(self.values) or '(absent)'}"

    def look(self, event: ProbeHit) -> Look:
        seen = [value for _, value in _headers(event, self.name)]
        return Look(seen == list(self.values), f"{self.name}: {', '.join(seen) or '(absent)'}")


def header(name: str, *values: str) -> HeaderIs:
    """Expect a request to carry a header just so often, with these values in this order."""
    return HeaderIs(name, values)


@dataclass(frozen=True)
class HeaderLike(Check[ProbeHit]):
    """Expect a request to carry a header once, with a value of that form (a regular expression for all of it)."""

    name: str
    pattern: str

    kinds = (ProbeHit,)

    @property
    def expected(self) -> str:
        return f"{self.name}: like {self.pattern}"

    def look(self, event: ProbeHit) -> Look:
        return _once_like(self.name, self.pattern, [value for _, value in _headers(event, self.name)])


@dataclass(frozen=True)
class HeaderWritten(Check[ProbeHit]):
    """Expect a request to carry a header with its name in just these letters."""

    name: str
    value: str

    kinds = (ProbeHit,)

    @property
    def expected(self) -> str:
        return f"{self.name}: {self.value}, in these letters"

    def look(self, event: ProbeHit) -> Look:
        seen = [": ".join(pair) for pair in _headers(event, self.name)]
        return Look(seen == [f"{self.name}: {self.value}"], ", ".join(seen) or "(absent)")


@dataclass(frozen=True)
class MetadataLike(Check[ProbeHit]):
    """Expect a gRPC call to carry a piece of metadata of that form (a regular expression for all of it)."""

    key: str
    pattern: str

    kinds = (ProbeHit,)

    @property
    def expected(self) -> str:
        return f"{self.key}: like {self.pattern}"

    def look(self, event: ProbeHit) -> Look:
        return _once_like(self.key, self.pattern, [value for name, value in given(event.data.metadata, []) if name == self.key])


def _headers(event: ProbeHit, name: str) -> list[tuple[str, str]]:
    """Return the headers of that name, as written; one without a colon has an empty value."""
    pairs = ((pair[0], pair[1] if len(pair) > 1 else "") for pair in given(event.data.headers, []))
    return [(written, value) for written, value in pairs if written.lower() == name.lower()]


def _once_like(name: str, pattern: str, seen: Sequence[str]) -> Look:
    fits = len(seen) == 1 and re.fullmatch(pattern, seen[0]) is not None
    return Look(fits, f"{name}: {', '.join(seen) or '(absent)'}")


@dataclass(frozen=True)
class FromElsewhere(PairCheck[PodIPAssigned, ProbeHit]):
    """Expect a connection to come from another address than the Pod's, and not from its loopback."""

    kinds_of_one = (PodIPAssigned,)
    kinds_of_other = (ProbeHit,)

    @property
    def expected(self) -> str:
        return "a peer other than the Pod itself"

    def look(self, one: PodIPAssigned, other: ProbeHit) -> Look:
        peer, own = given(other.data.peer, ""), one.data.ip
        host = peer.removeprefix("ipv4:").rpartition(":")[0]
        return Look(host not in {"", own, "127.0.0.1"}, f"from {peer or 'nowhere'}; the Pod has {own}")
