"""Questions to what the DNS of a Pod has shown: its files, its queries, the answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_podconform.evidence.base import given
from pytest_podconform.evidence.status import PodIPAssigned
from pytest_podconform.evidence.target import DNSAnswer, DNSQuery, FileShown, NameResolved

from .check import Check, Look, PairCheck, SeriesCheck


@dataclass(frozen=True, kw_only=True)
class ResolvConfHas(Check[FileShown]):
    """Expect a resolv.conf: nameservers and searches in order, options as a set; with `more_searches`, others may follow.

    The order of lines is no contract, and the order of options is not either (the kubelet's changes from Pod to Pod).
    """

    nameservers: Sequence[str]
    searches: Sequence[str]
    options: Sequence[str]
    more_searches: bool = False

    kinds = (FileShown,)

    @property
    def expected(self) -> str:
        more = " ..." if self.more_searches else ""
        words = {"nameserver": self.nameservers, "search": self.searches, "options": self.options}
        return _directives(words).replace("; options", f"{more}; options")

    def look(self, event: FileShown) -> Look:
        text = given(event.data.text, "")
        seen = _parsed(text)
        fits = (
            seen["nameserver"] == list(self.nameservers)
            and seen["search"][: len(self.searches)] == list(self.searches)
            and (self.more_searches or len(seen["search"]) == len(self.searches))
            and sorted(seen["options"]) == sorted(self.options)
        )
        return Look(fits, _directives(seen) if any(seen.values()) else f"no directive in {text[:60]!r}")


def _directives(words: dict[str, Sequence[str]]) -> str:
    return "; ".join(f"{word} {' '.join(values) or '(none)'}" for word, values in words.items())


def _parsed(text: str) -> dict[str, Sequence[str]]:
    """Read a resolv.conf as resolv.conf(5) says: nameservers add up, the last search line wins, options add up."""
    nameservers: list[str] = []
    searches: list[str] = []
    options: list[str] = []
    for line in text.splitlines():
        keyword, *values = line.split() or [""]
        if keyword == "nameserver":
            nameservers += values[:1]
        elif keyword == "search":
            searches = values
        elif keyword == "options":
            options += values
    return {"nameserver": nameservers, "search": searches, "options": options}


@dataclass(frozen=True)
class HostsLine(Check[FileShown]):
    """Expect a hosts file to have a line for an address that begins with these names."""

    address: str
    hosts: tuple[str, ...]

    kinds = (FileShown,)

    @property
    def expected(self) -> str:
        return f"{self.address} {' '.join(self.hosts)}"

    def look(self, event: FileShown) -> Look:
        lines = [line.partition("#")[0].split() for line in given(event.data.text, "").splitlines()]
        seen = [line for line in lines if line[:1] == [self.address]]
        fits = any(line[1 : len(self.hosts) + 1] == list(self.hosts) for line in seen)
        return Look(fits, "; ".join(map(" ".join, seen)) or f"no {self.address}")


def hosts_line(address: str, *names: str) -> HostsLine:
    """Expect a hosts file to have a line for an address that begins with these names."""
    return HostsLine(address, names)


@dataclass(frozen=True)
class OwnHostsLine(PairCheck[PodIPAssigned, FileShown]):
    """Expect a hosts file to have a line for the Pod's address that begins with these names."""

    hosts: tuple[str, ...]

    kinds_of_one = (PodIPAssigned,)
    kinds_of_other = (FileShown,)

    @property
    def expected(self) -> str:
        return f"the Pod's address {' '.join(self.hosts)}"

    def look(self, one: PodIPAssigned, other: FileShown) -> Look:
        return HostsLine(one.data.ip, self.hosts).look(other)


def own_hosts_line(*names: str) -> OwnHostsLine:
    """Expect a hosts file to have a line for the Pod's address that begins with these names."""
    return OwnHostsLine(names)


@dataclass(frozen=True)
class QueriesInOrder(SeriesCheck[DNSQuery]):
    """Expect DNS queries for these absolute names, in this order, each for A and AAAA and nothing else.

    A libc asks for both types of a name at once; which of the two arrives first says nothing.
    """

    asked: tuple[str, ...]

    kinds = (DNSQuery,)

    @property
    def expected(self) -> str:
        return "queries (A+AAAA each): " + " -> ".join(self.asked)

    def look(self, events: Sequence[DNSQuery]) -> Look:
        walked: list[tuple[str, set[str]]] = []
        for query in (event.data for event in events):
            if not walked or walked[-1][0] != query.name or query.type in walked[-1][1]:
                walked.append((query.name, set()))
            walked[-1][1].add(query.type)
        fits = walked == [(name, {"A", "AAAA"}) for name in self.asked]
        return Look(fits, " -> ".join(f"{name} ({'+'.join(sorted(types))})" for name, types in walked) or "no query")


def names_in_order(*names: str) -> QueriesInOrder:
    """Expect DNS queries for these absolute names, in this order."""
    return QueriesInOrder(names)


@dataclass(frozen=True)
class SameAnswer(SeriesCheck[NameResolved]):
    """Expect a name to yield the addresses of one name, at least one, and not those of another."""

    name: str
    like: str
    unlike: str

    kinds = (NameResolved,)

    @property
    def expected(self) -> str:
        return f"{self.name} -> the address of {self.like}"

    def look(self, events: Sequence[NameResolved]) -> Look:
        found = {given(event.data.name, ""): given(event.data.addresses, []) for event in events}
        answer = found.get(self.name)
        fits = bool(answer) and answer == found.get(self.like) and answer != found.get(self.unlike)
        return Look(fits, "; ".join(f"{each} -> {', '.join(addresses) or 'nothing'}" for each, addresses in found.items()))


@dataclass(frozen=True)
class AnswerSays(Check[DNSAnswer]):
    """Expect an answer of the DNS: its response code, and its records; each a regular expression for all of one.

    As many records as there are expressions, each of which fits one of them.
    """

    rcode: str
    records: tuple[str, ...]

    kinds = (DNSAnswer,)

    @property
    def expected(self) -> str:
        return f"{self.rcode}: {', '.join(self.records) or 'no record'}"

    def look(self, event: DNSAnswer) -> Look:
        answer = event.data
        seen = given(answer.records, [])
        each_fits = all(any(re.fullmatch(pattern, record) for record in seen) for pattern in self.records)
        fits = answer.rcode == self.rcode and len(seen) == len(self.records) and each_fits
        return Look(fits, f"{given(answer.error, None) or answer.rcode}: {', '.join(seen) or 'no record'}")


def says(rcode: str, *records: str) -> AnswerSays:
    """Expect an answer of the DNS: its response code, and its records."""
    return AnswerSays(rcode, records)


@dataclass(frozen=True)
class OneTTL(Check[DNSAnswer]):
    """Expect all records of an answer to be good for the same time, at most so many seconds."""

    most: int

    kinds = (DNSAnswer,)

    @property
    def expected(self) -> str:
        return f"one TTL of {self.most} s at most"

    def look(self, event: DNSAnswer) -> Look:
        seen = given(event.data.ttls, [])
        return Look(len(seen) == 1 and 0 <= seen[0] <= self.most, f"{', '.join(map(str, seen)) or 'no TTL'} s")


@dataclass(frozen=True)
class AddressOfPod(PairCheck[PodIPAssigned, NameResolved | DNSAnswer]):
    """Expect a lookup to yield the Pod's address and no other."""

    name: str

    kinds_of_one = (PodIPAssigned,)
    kinds_of_other = (NameResolved, DNSAnswer)

    @property
    def expected(self) -> str:
        return f"{self.name} -> the Pod's address"

    def look(self, one: PodIPAssigned, other: NameResolved | DNSAnswer) -> Look:
        addresses, own = given(other.data.addresses, []), one.data.ip
        return Look(addresses == [own], f"{self.name} -> {', '.join(addresses)}; the Pod has {own}")
