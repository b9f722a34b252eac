"""Which names a lookup asks for, in which order: seen on the wire by a recorder in the Pod itself.

The recorder knows one name and nothing else, so every other candidate is a failed lookup (NXDOMAIN).
"""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import (
    QUERY,
    Case,
    Place,
    at_most,
    case,
    collected,
    first,
    has,
    looked_up,
    names_in_order,
)
from pytest_podconform.model.build import container, recorded

NAME = "api.example.com"
ADDRESS = "192.0.2.10"


def _lookup(name: str, *names: str, **spec: Any) -> Case:
    """Expect just these names to be asked for; the last of them is there."""
    client = container(records={f"{names[-1].lower()}.": [ADDRESS]}, lookups=[name])
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


SHORT = {"service": ("web", 1), "service-and-namespace": ("web.prod", 2), "up-to-svc": ("web.prod.svc", 3)}


@case("dns.search.stops", params=SHORT)
def stops_where_the_name_is(name: str, tries: int, *, place: Place) -> Case:
    """The walk through the search list ends with the first name that is there: the others are not asked for."""
    return _lookup(name, *(f"{name}.{search}" for search in place.searches[:tries]))


@case("dns.search.whole-name")
def four_dots_are_searched_for(*, place: Place) -> Case:
    """The whole name of a Service has four dots, fewer than ndots: it is searched for first, and found as it is last."""
    name = f"web.prod.svc.{'x.y' if place.cluster_domain.count('.') != 1 else place.cluster_domain}"
    return _lookup(name, *(f"{name}.{search}" for search in place.searches), name)


@case("dns.search.whole-name")
def six_dots_are_not() -> Case:
    """A name of six dots, more than ndots, is asked for as it is, and that is all."""
    return _lookup("_http._tcp.web.prod.svc.x.y", "_http._tcp.web.prod.svc.x.y")


@case("dns.search.whole-name")
def searched_after_all(*, place: Place) -> Case:
    """A name that has enough dots and is not there is searched for after that."""
    name = "_http._tcp.web.prod.svc.x.y"
    return _lookup(name, name, *(f"{name}.{search}" for search in place.searches[:2]))


@case("dns.ndots.external-cost", "dns.config.searches")
def each_search_domain_is_two_queries_more(*, place: Place) -> Case:
    """Search domains of the Pod's own come after all others, and each costs another try."""
    more = ["a.example", "b.example"]
    searches = (*place.searches, *more)
    return _lookup(NAME, *(f"{NAME}.{search}" for search in searches), NAME, dnsConfig={"searches": more})


@case("dns.search.none")
def an_address_asks_nobody() -> Case:
    """An address is no name: nobody is asked."""
    client = container(records={}, lookups=[ADDRESS])
    done = looked_up(ADDRESS)
    return Case.of(recorded(client), first(done, has("addresses", [ADDRESS])), at_most(0, QUERY, before=done))
