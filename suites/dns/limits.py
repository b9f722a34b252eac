"""How much a dnsConfig may ask for: just as much reaches the file, one more is refused."""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import REFUSED, Case, case, eventually, file, first, resolv_conf
from pytest_podconform.model.build import RESOLV_CONF, container, pod

NAMESERVERS = [f"192.0.2.{n}" for n in range(1, 5)]
SEARCHES = [f"s{n}.example" for n in range(33)]
ENTRY = ".".join(["a" * 63] * 3 + ["b" * 61])  # 253 characters, as long as a name may be
LONG = [ENTRY] * 8 + ["c" * 16]  # with the blanks between them 2048 characters
LONG = [f"{n}{entry[1:]}" for n, entry in enumerate(LONG)]  # no two alike


def _accepted(**config: Any) -> Case:
    expected = resolv_conf(nameservers=config["nameservers"], searches=config.get("searches", []), options=[])
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="None", dnsConfig=config), first(file(RESOLV_CONF), expected))


def _refused(**config: Any) -> Case:
    return Case.of(pod(container(), dnsPolicy="None", dnsConfig=config), eventually(REFUSED))


@case("dns.limit.nameservers")
def three_nameservers() -> Case:
    """Three nameservers reach the file."""
    return _accepted(nameservers=NAMESERVERS[:3])


@case("dns.limit.nameservers")
def four_nameservers() -> Case:
    """Four nameservers are refused."""
    return _refused(nameservers=NAMESERVERS)


@case("dns.limit.searches")
def thirty_two_searches() -> Case:
    """Thirty-two search domains reach the file."""
    return _accepted(nameservers=NAMESERVERS[:1], searches=SEARCHES[:32])


@case("dns.limit.searches")
def thirty_three_searches() -> Case:
    """Thirty-three search domains are refused."""
    return _refused(nameservers=NAMESERVERS[:1], searches=SEARCHES)


@case("dns.limit.search-characters")
def two_thousand_and_forty_eight_characters() -> Case:
    """Search domains that come to 2048 characters, with the blanks between them, reach the file."""
    return _accepted(nameservers=NAMESERVERS[:1], searches=LONG)


@case("dns.limit.search-characters")
def one_character_more() -> Case:
    """Search domains that come to 2049 characters are refused."""
    return _refused(nameservers=NAMESERVERS[:1], searches=[*LONG[:-1], f"{LONG[-1]}c"])
