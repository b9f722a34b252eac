"""Questions to the details of an event."""

from __future__ import annotations

import re
from typing import Any

from .monitors import Check

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def has(key: str, value: object) -> Check:
    """Expect a detail to be equal to a value."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = data.get(key)
        return seen == value, f"{key} {seen!r}"

    return Check(f"{key} {value!r}", look)


def like(key: str, pattern: str) -> Check:
    """Expect a detail to be a text of that form (a regular expression for all of it)."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = data.get(key)
        return isinstance(seen, str) and re.fullmatch(pattern, seen) is not None, f"{key} {seen!r}"

    return Check(f"{key} like {pattern}", look)


def begins(key: str, text: str) -> Check:
    """Expect a detail to begin with a text."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = str(data.get(key, ""))
        return seen.startswith(text), f"{key} {seen[: len(text)]!r}"

    return Check(f"{key} {text!r} ...", look)


def all_different(key: str) -> Check:
    """Expect a detail of several events to be another one each time; there have to be two of them at least."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = [each.get(key) for each in data["all"]]
        return len(seen) > 1 and None not in seen and len(set(seen)) == len(seen), ", ".join(map(str, seen)) or "none"

    return Check(f"another {key} each time", look)


def told(*keys: str) -> Check:
    """Expect details to be there at all; those that are times (`..._at`) in RFC 3339 and UTC, as the API has them."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        fits = all(data.get(key) and (not key.endswith("_at") or _TIME.fullmatch(str(data[key]))) for key in keys)
        return fits, ", ".join(f"{key} {data.get(key)!r}" for key in keys)

    return Check(", ".join(f"some {key}" for key in keys), look)


def said_more_than(reason: str) -> Check:
    """Expect a state to have been told with another reason than that one, at least once."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = [str(change.get("reason", "")) for change in data["all"]]
        return any(each not in {"", reason} for each in seen), ", ".join(seen) or "no such state"

    return Check(f"a reason beyond {reason}", look)


def phases(*allowed: str) -> Check:
    """Expect a Pod to have gone through these phases in this order; the first of them may have been too short to be seen."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = [change["phase"] for change in data["all"]]
        return seen in (list(allowed), list(allowed[1:])), " -> ".join(seen) or "no phase"

    return Check("phases " + " -> ".join(allowed), look)


def header(name: str, *values: str) -> Check:
    """Expect a request to carry a header just so often, with these values in this order."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = [value for _, value in _headers(data, name)]
        return seen == list(values), f"{name}: {', '.join(seen) or '(absent)'}"

    return Check(f"{name}: {', '.join(values) or '(absent)'}", look)


def header_like(name: str, pattern: str) -> Check:
    """Expect a request to carry a header once, with a value of that form (a regular expression for all of it)."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = [value for _, value in _headers(data, name)]
        return len(seen) == 1 and re.fullmatch(pattern, seen[0]) is not None, f"{name}: {', '.join(seen) or '(absent)'}"

    return Check(f"{name}: like {pattern}", look)


def header_written(name: str, value: str) -> Check:
    """Expect a request to carry a header with its name in just these letters."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = [": ".join(pair) for pair in _headers(data, name)]
        return seen == [f"{name}: {value}"], ", ".join(seen) or "(absent)"

    return Check(f"{name}: {value}, in these letters", look)


def _headers(data: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """Return the headers of that name, as written; one without a colon has an empty value."""
    pairs = ((pair[0], pair[1] if len(pair) > 1 else "") for pair in data.get("headers", ()))
    return [(written, value) for written, value in pairs if written.lower() == name.lower()]


def metadata_like(key: str, pattern: str) -> Check:
    """Expect a gRPC call to carry a piece of metadata of that form (a regular expression for all of it)."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = [value for name, value in data.get("metadata", ()) if name == key]
        return len(seen) == 1 and re.fullmatch(pattern, seen[0]) is not None, f"{key}: {', '.join(seen) or '(absent)'}"

    return Check(f"{key}: like {pattern}", look)


def from_elsewhere() -> Check:
    """Expect a connection (second) to come from another address than the Pod's (first), and not from its loopback."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        pod, hit = data["all"]
        peer = str(hit.get("peer", ""))
        host = peer.removeprefix("ipv4:").rpartition(":")[0]
        return host not in {"", pod["ip"], "127.0.0.1"}, f"from {peer or 'nowhere'}; the Pod has {pod['ip']}"

    return Check("a peer other than the Pod itself", look)
