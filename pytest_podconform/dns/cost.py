"""What it costs to look a name up from a Pod: the queries in order, how many of them are for nothing, what makes it cheap.

A libc asks for A and AAAA of each candidate until one of them exists (`candidates`). Which one that is depends on what
was meant: a host, or one of the cluster's Services.
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from pytest_podconform.model.validation import is_address

from .candidates import candidates, ndots_of
from .hosts import HEADER, own_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_podconform.model.pod import Pod

    from .policy import ResolvConf

LOOPBACK: Final = frozenset(name for line in HEADER.splitlines()[1:] if "1\tlocalhost" in line for name in line.split()[1:])
"""Names of the loopback addresses in the hosts file of every Pod."""

TYPES: Final = ("A", "AAAA")


class Reading(NamedTuple):
    """Something that a name may mean."""

    means: str
    answer: str
    """The absolute name that exists then, and no other."""


class Cost(NamedTuple):
    """What a reading costs, in queries."""

    queries: int
    wasted: int


class Fix(NamedTuple):
    """Something that makes it cheaper, and what it costs then."""

    does: str
    queries: int


def host_of(text: str) -> str:
    """Return the host of a URL or of `host:port`; a text that is neither is returned as it is.

    Raises:
        ValueError: it is a URL that names no host.

    """
    if is_address(text):
        return text
    before, scheme, after = text.partition("://")
    if not scheme and not {*text} & {*":/[@?#"}:
        return text
    parts = urlsplit(f"//{after if scheme else before}")
    host = parts.hostname
    if "," in parts.netloc.rpartition("@")[2]:
        msg = f"{text!r} names several hosts"
        raise ValueError(msg)
    if not host:
        msg = f"{text!r} names no host"
        raise ValueError(msg)
    return host


def answered_without_query(name: str, pod: Pod, zone: str) -> str:
    """Return why a lookup sends no query; empty where it sends some.

    /etc/hosts is read before a nameserver is asked; it has no name with a trailing dot.
    """
    wanted = name.lower()
    if is_address(name):
        return "it is an IP address: nothing is looked up"
    if wanted in LOOPBACK:
        return "/etc/hosts has it: loopback"
    for alias in pod.spec.host_aliases:
        if wanted in {hostname.lower() for hostname in alias.hostnames}:
            return f"/etc/hosts has it, by the Pod's hostAliases: {alias.ip}"
    if not pod.spec.host_network and wanted in own_names(pod, zone):
        return "/etc/hosts has it: the Pod's own name"
    return ""


def readings(name: str, namespace: str, zone: str) -> Iterator[Reading]:
    """Yield what a name may mean to a Pod of that namespace; what has several readings is ambiguous."""
    labels = name.rstrip(".").split(".")
    services = f"svc.{zone}"
    if f".{name.rstrip('.')}".endswith(f".{services}"):
        yield Reading("a Service or what lies below it, by its whole name", _absolute(name))
        return
    if not name.endswith("."):
        if len(labels) == 1:
            yield Reading(f"the Service {name} of the namespace {namespace}", f"{name}.{namespace}.{services}.")
        elif labels[2:] in ([], ["svc"]):
            yield Reading(f"the Service {labels[0]} of the namespace {labels[1]}", f"{labels[0]}.{labels[1]}.{services}.")
    yield Reading("a host outside the cluster", _absolute(name))


def cost(name: str, file: ResolvConf, reading: Reading) -> Cost | None:
    """Count the queries until the answer; None where no candidate is that name: it cannot be found."""
    tried = candidates(name, file.searches, ndots_of(file.options))
    if reading.answer not in tried:
        return None
    queries = len(TYPES) * (tried.index(reading.answer) + 1)
    return Cost(queries, queries - len(TYPES))


def fixes(name: str, file: ResolvConf, reading: Reading) -> Iterator[Fix]:
    """Yield what makes it cheaper, the cheapest first; of equals the one that changes least."""
    now = cost(name, file, reading)
    if now is not None and not now.wasted:
        return
    yield Fix(f"write {reading.answer} (with its dot)", len(TYPES))
    dots = name.count(".")
    if now is None or not 0 < dots < ndots_of(file.options) or reading.answer != _absolute(name):
        return
    lowered = msgspec.structs.replace(file, options=(*_without_ndots(file.options), f"ndots:{dots}"))
    then = cost(name, lowered, reading)
    if then is not None and then.queries < now.queries:
        yield Fix(
            f"dnsConfig with the option ndots:{dots}; names of {dots} or more dots are tried as they are first", then.queries
        )


def _without_ndots(options: Sequence[str]) -> list[str]:
    return [option for option in options if not option.startswith("ndots:")]


def _absolute(name: str) -> str:
    return f"{name.rstrip('.')}."
