"""Which names a lookup asks for, in which order: seen on the wire by a recorder in the Pod itself.

The recorder knows the name as it is and nothing else, so every other candidate is a failed lookup (NXDOMAIN).
"""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import QUERY, Case, Place, case, collected, first, has, looked_up, names_in_order
from pytest_podconform.model.build import container, recorded

NAME = "api.example.com"
ADDRESS = "192.0.2.10"


def _lookup(name: str, *names: str, **spec: Any) -> Case:
    client = container(records={f"{NAME}.": [ADDRESS]}, lookups=[name])
    done = looked_up(name)
    queries = collected(QUERY, names_in_order(*(f"{each}." for each in names)), before=done)
    return Case.of(recorded(client, **spec), queries, first(done, has("addresses", [ADDRESS])))


@case("dns.ndots.relative", "dns.ndots.external-cost", "dns.ndots.default")
def fewer_dots_than_ndots(*, place: Place) -> Case:
    """By default each search domain is tried, in order, before a name of two dots is tried as it is."""
    return _lookup(NAME, *(f"{NAME}.{search}" for search in place.searches), NAME)


@case("dns.ndots.lowered")
def as_many_dots_as_ndots() -> Case:
    """With ndots 2 a name of two dots is tried as it is first: one lookup."""
    return _lookup(NAME, NAME, dnsConfig={"options": [{"name": "ndots", "value": "2"}]})


@case("dns.ndots.trailing-dot")
def trailing_dot() -> Case:
    """A name with a trailing dot is tried as it is, whatever ndots says: one lookup."""
    return _lookup(f"{NAME}.", NAME)
