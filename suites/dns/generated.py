"""Names, search lists and ndots that a die has thrown: the walk is as the model says for each of them.

The die has a fixed seed, so a case is the same on each node with the same search list. What fails is made smaller: with fewer
search domains of its own, in a Pod each; and of several names that go another way the one with the shortest walk is told.
"""

from __future__ import annotations

import functools
import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pytest_podconform.dns.candidates import candidates
from pytest_podconform.dns.resolvers import DNSPYTHON, GLIBC, MUSL, Outcome, Profile
from pytest_podconform.judge.vocabulary import (
    QUERY,
    Case,
    DNSQuery,
    Look,
    Place,
    QueryDetails,
    SeriesCheck,
    case,
    collected,
    looked_up,
    names_in_order,
)
from pytest_podconform.model.build import Lookup, container, musl_client, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOOKUPS: Final = 8
LABELS: Final = ("web", "prod", "svc", "a", "x-1", "_tcp")
SEARCHES: Final = ("corp.example", "one", "a.b.c.example", "svc.x", "dev.corp.example")
ADDRESS: Final = "192.0.2.10"
MOST_DOTS: Final = 7
FOUND: Final = 0.5
"""How often a name is there, as one of its candidates."""


class Client(NamedTuple):
    """Who looks the names up: the resolvers that it may be, and what it asks for under each name."""

    profiles: Sequence[Profile]
    types: frozenset[str]


CLIENTS: Final = {
    "libc": Client((GLIBC, MUSL), frozenset({"A", "AAAA"})),
    "dnspython": Client((DNSPYTHON,), frozenset({"A"})),
}


class Example(NamedTuple):
    """The search domains that a Pod has anyway, those of its own, ndots, names to look up, absolute names that are there."""

    given: Sequence[str]
    own: Sequence[str]
    ndots: int
    names: Sequence[str]
    there: Sequence[str]

    @property
    def searches(self) -> Sequence[str]:
        """The search list of its Pod; what the node has already is not there twice."""
        return list(dict.fromkeys([*self.given, *self.own]))

    def walks(self, profile: Profile) -> dict[str, list[str]]:
        """Return what a resolver asks for, for each name."""
        answers: dict[str, Outcome] = dict.fromkeys(self.there, "found")
        walk = functools.partial(candidates, searches=self.searches, ndots=self.ndots, profile=profile, answers=answers)
        return {name: [asked for asked, _ in itertools.groupby(walk(name))] for name in self.names}

    def smaller(self) -> Iterator[Example]:
        """Yield it with fewer search domains of its own: none, one each, and the first few."""
        yield self._replace(own=())
        if len(self.own) > 1:
            yield from (self._replace(own=(domain,)) for domain in self.own)
        yield from (self._replace(own=self.own[:count]) for count in range(2, len(self.own)))


def thrown(seed: str, searches: Sequence[str], profile: Profile) -> Example:
    """Throw an example for a Pod that has these search domains anyway."""
    dice = random.Random(seed)  # noqa: S311 - examples are no secrets
    own = dice.sample(SEARCHES, k=dice.randint(1, 4))
    ndots = dice.randint(1, MOST_DOTS)
    names: list[str] = []
    there: list[str] = []
    example = Example(searches, own, ndots, names, there)
    for number in range(LOOKUPS):
        labels = [f"n{number}", *dice.choices(LABELS, k=dice.randint(0, MOST_DOTS))]
        names.append(".".join(labels) + dice.choice(["", "", "", "."]))
        tried = candidates(names[-1], example.searches, ndots, profile=profile)
        if dice.random() < FOUND:
            there.append(dice.choice(tried))
    return example


@dataclass(frozen=True)
class Walked(SeriesCheck[DNSQuery]):
    """Expect for each name just the queries of its walk, in order, as one of the resolvers walks that it may be."""

    example: Example
    client: Client

    kinds = (DNSQuery,)

    @property
    def expected(self) -> str:
        ndots, searches = self.example.ndots, ", ".join(self.example.searches)
        return f"{LOOKUPS} names walk with ndots:{ndots} through {searches or 'no domain'}"

    def look(self, events: Sequence[DNSQuery]) -> Look:
        seen = _by_name([query.data for query in events], self.example.names, self.client.types)
        expected = [self.example.walks(profile) for profile in self.client.profiles]
        wrong = [[name for name, asked in seen.items() if asked != walks.get(name)] for walks in expected]
        if not all(wrong):
            return Look(True, f"{len(seen)} names, {sum(map(len, seen.values()))} names asked for")
        walks = expected[0]
        shortest = min(wrong[0], key=lambda name: len(seen[name]) + len(walks.get(name, ())))
        words = f"{shortest}: {_walk(seen[shortest])}, not {_walk(walks.get(shortest, ()))}"
        return Look(False, f"{len(wrong[0])} of {len(seen)} names go another way, the shortest: {words}")


def _by_name(queries: Sequence[QueryDetails], names: Sequence[str], types: frozenset[str]) -> dict[str, list[str]]:
    """Return what was asked for each name; its first label tells which one a query is for."""
    seen: dict[str, list[str]] = {name: [] for name in names}
    for asked, together in itertools.groupby(queries, key=lambda query: query.name):
        of = next((name for name in names if name.split(".")[0] == asked.split(".")[0]), asked)
        complete = {query.type for query in together} == types
        seen.setdefault(of, []).append(asked if complete else f"{asked} (not just {' and '.join(sorted(types))})")
    return seen


def _walk(asked: Sequence[str]) -> str:
    return " -> ".join(asked) or "nothing"


def _asked(example: Example, client: Client, *containers: dict[str, Any]) -> Case:
    """Build the case of an example: a Pod with its search domains and ndots, whose containers look its names up."""
    pod = recorded(
        *containers,
        dnsConfig={"searches": list(example.own), "options": [{"name": "ndots", "value": str(example.ndots)}]},
    )
    expected = collected(QUERY, Walked(example, client), before=looked_up(example.names[-1]))
    return Case.of(pod, expected)


def _there(example: Example) -> dict[str, list[str]]:
    return {name: [ADDRESS] for name in example.there}


def _by_client(client: str, example: Example) -> Case:
    lookups = [Lookup(name, client) for name in example.names]
    return _asked(example, CLIENTS[client], container(records=_there(example), lookups=lookups))


def _thrown_for(client: str, number: int, place: Place) -> Example:
    return thrown(f"{client}-{number}", place.searches, CLIENTS[client].profiles[0])


def smaller_walks(client: str, number: int, *, place: Place) -> Iterator[Case]:
    """Yield the walks with fewer search domains."""
    for example in _thrown_for(client, number, place).smaller():
        yield _by_client(client, example)


@case(
    "dns.search.any",
    params={f"{client}-{number}": (client, number) for client in CLIENTS for number in range(1, 4)},
    variants=smaller_walks,
)
def walks(client: str, number: int, *, place: Place) -> Case:
    """Eight names, each with or without something there, are asked for as the model says, by the libc and by dnspython."""
    return _by_client(client, _thrown_for(client, number, place))


UNLIKE_GLIBC = (4, 5, 7, 9)
"""Throws with names that glibc would go on searching for."""


def _by_musl(example: Example) -> Case:
    who = Client((MUSL,), frozenset({"A", "AAAA"}))
    return _asked(example, who, container(records=_there(example)), musl_client(*example.names))


def smaller_walks_of_musl(number: int, *, place: Place) -> Iterator[Case]:
    """Yield the walks with fewer search domains."""
    for example in thrown(f"musl-{number}", place.searches, MUSL).smaller():
        yield _by_musl(example)


@case(
    "dns.resolver.musl", params={str(number): number for number in UNLIKE_GLIBC}, marks=["wire"], variants=smaller_walks_of_musl
)
def walks_of_musl(number: int, *, place: Place) -> Case:
    """Eight names are asked for as the model says by a client whose libc is musl, in a container of its own."""
    return _by_musl(thrown(f"musl-{number}", place.searches, MUSL))


LONG = tuple(f"{letter * 60}.example" for letter in "abcd")
"""Search domains that together are longer than what musl reads of a line: 254 bytes."""


@case("dns.resolver.musl", marks=["wire"])
def musl_reads_no_long_line() -> Case:
    """A search line of more than 254 bytes, which is allowed, is none for a client whose libc is musl."""
    config = {"nameservers": ["192.0.2.53"], "searches": list(LONG)}  # never asked: the recorder is
    pod = recorded(container(records={"web.": [ADDRESS]}), musl_client("web"), dnsPolicy="None", dnsConfig=config)
    return Case.of(pod, collected(QUERY, names_in_order("web."), before=looked_up("web")))
