"""Questions to what the DNS of a Pod has shown: its files, its queries, the answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .monitors import Check

if TYPE_CHECKING:
    from collections.abc import Sequence


def resolv_conf(
    *, nameservers: Sequence[str], searches: Sequence[str], options: Sequence[str], more_searches: bool = False
) -> Check:
    """Expect a resolv.conf: nameservers and searches in order, options as a set; with `more_searches`, others may follow.

    The order of lines is no contract, and the order of options is not either (the kubelet's changes from Pod to Pod).
    """

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = _parsed(str(data.get("text", "")))
        search_fits = seen["search"][: len(searches)] == list(searches)
        fits = (
            seen["nameserver"] == list(nameservers)
            and search_fits
            and (more_searches or len(seen["search"]) == len(searches))
            and sorted(seen["options"]) == sorted(options)
        )
        if not any(seen.values()):
            return fits, f"no directive in {str(data.get('text', ''))[:60]!r}"
        return fits, "; ".join(f"{word} {' '.join(values) or '(none)'}" for word, values in seen.items())

    more = " ..." if more_searches else ""
    words = {"nameserver": nameservers, "search": searches, "options": options}
    expected = "; ".join(f"{word} {' '.join(values) or '(none)'}" for word, values in words.items())
    return Check(expected.replace("; options", f"{more}; options"), look)


def _parsed(text: str) -> dict[str, list[str]]:
    """Read a resolv.conf as resolv.conf(5) says: nameservers add up, the last search line wins, options add up."""
    seen: dict[str, list[str]] = {"nameserver": [], "search": [], "options": []}
    for line in text.splitlines():
        keyword, *values = line.split() or [""]
        if keyword == "nameserver":
            seen["nameserver"] += values[:1]
        elif keyword == "search":
            seen["search"] = values
        elif keyword == "options":
            seen["options"] += values
    return seen


def hosts_line(address: str, *names: str) -> Check:
    """Expect a hosts file to have a line for an address that begins with these names."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        lines = [line.partition("#")[0].split() for line in str(data.get("text", "")).splitlines()]
        seen = [line for line in lines if line[:1] == [address]]
        return any(line[1 : len(names) + 1] == list(names) for line in seen), "; ".join(map(" ".join, seen)) or f"no {address}"

    return Check(f"{address} {' '.join(names)}", look)


def own_hosts_line(*names: str) -> Check:
    """Expect a hosts file (second) to have a line for the Pod's address (first) that begins with these names."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        pod, hosts = data["all"]
        return hosts_line(str(pod["ip"]), *names).look(hosts)

    return Check(f"the Pod's address {' '.join(names)}", look)


def names_in_order(*names: str) -> Check:
    """Expect DNS queries for these absolute names, in this order, each for A and AAAA and nothing else.

    A libc asks for both types of a name at once; which of the two arrives first says nothing.
    """

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        walked: list[tuple[str, set[str]]] = []
        for query in data["all"]:
            if not walked or walked[-1][0] != query["name"] or query["type"] in walked[-1][1]:
                walked.append((query["name"], set()))
            walked[-1][1].add(query["type"])
        fits = walked == [(name, {"A", "AAAA"}) for name in names]
        return fits, " -> ".join(f"{name} ({'+'.join(sorted(types))})" for name, types in walked) or "no query"

    return Check("queries (A+AAAA each): " + " -> ".join(names), look)


def same_answer(name: str, *, like: str, unlike: str) -> Check:
    """Expect a name to yield the addresses of one name, at least one, and not those of another."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        found = {lookup["name"]: lookup["addresses"] for lookup in data["all"]}
        answer = found.get(name)
        fits = bool(answer) and answer == found.get(like) and answer != found.get(unlike)
        return fits, "; ".join(f"{each} -> {', '.join(addresses) or 'nothing'}" for each, addresses in found.items())

    return Check(f"{name} -> the address of {like}", look)


def says(rcode: str, *records: str) -> Check:
    """Expect an answer of the DNS: its response code, and its records; each a regular expression for all of one.

    As many records as there are expressions, each of which fits one of them.
    """

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = list(map(str, data.get("records", ())))
        each_fits = all(any(re.fullmatch(pattern, record) for record in seen) for pattern in records)
        fits = data.get("rcode") == rcode and len(seen) == len(records) and each_fits
        return fits, f"{data.get('error') or data.get('rcode')}: {', '.join(seen) or 'no record'}"

    return Check(f"{rcode}: {', '.join(records) or 'no record'}", look)


def one_ttl(most: int) -> Check:
    """Expect all records of an answer to be good for the same time, at most so many seconds."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen = [int(ttl) for ttl in data.get("ttls", ())]
        return len(seen) == 1 and 0 <= seen[0] <= most, f"{', '.join(map(str, seen)) or 'no TTL'} s"

    return Check(f"one TTL of {most} s at most", look)


def address_of_pod(name: str) -> Check:
    """Expect a lookup (second) to yield the Pod's address (first) and no other."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        pod, lookup = data["all"]
        addresses = lookup["addresses"]
        return addresses == [pod["ip"]], f"{name} -> {', '.join(addresses)}; the Pod has {pod['ip']}"

    return Check(f"{name} -> the Pod's address", look)
