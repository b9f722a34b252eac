"""Names, search lists and ndots that a die has thrown: the walk is as the model says for each of them.

The die has a fixed seed, so a case is the same each time. Of several names that go another way the one with the shortest
walk is told.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pytest_podconform.dns.candidates import candidates
from pytest_podconform.dns.resolvers import DNSPYTHON, GLIBC, Profile
from pytest_podconform.judge.vocabulary import QUERY, Case, Check, Place, case, collected, looked_up
from pytest_podconform.model.build import container, recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOOKUPS: Final = 8
LABELS: Final = ("web", "prod", "svc", "a", "x-1", "_tcp")
SEARCHES: Final = ("corp.example", "one", "a.b.c.example", "svc.x", "dev.corp.example")
ADDRESS: Final = "192.0.2.10"
MOST_NDOTS: Final = 15
FOUND: Final = 0.5
"""How often a name is there, as one of its candidates."""


class Client(NamedTuple):
    """Who looks the names up."""

    profile: Profile
    types: frozenset[str]
    """What it asks for under each name."""


CLIENTS: Final = {"libc": Client(GLIBC, frozenset({"A", "AAAA"})), "dnspython": Client(DNSPYTHON, frozenset({"A"}))}


class Example(NamedTuple):
    """A resolv.conf, the names that are there, and for each name to look up the ones that should be asked for."""

    searches: Sequence[str]
    ndots: int
    there: Sequence[str]
    walks: Mapping[str, Sequence[str]]


def thrown(seed: str, searches: Sequence[str], profile: Profile) -> Example:
    """Throw an example; its own search domains come behind those that the Pod has anyway."""
    dice = random.Random(seed)  # noqa: S311 - examples are no secrets
    own = dice.sample(SEARCHES, k=dice.randint(0, 4))
    together = list(dict.fromkeys([*searches, *own]))  # what the node has already is not there twice
    ndots = dice.randint(0, MOST_NDOTS)
    there: list[str] = []
    walks: dict[str, Sequence[str]] = {}
    for number in range(LOOKUPS):
        name = ".".join([f"n{number}", *dice.choices(LABELS, k=dice.randint(0, 7))]) + dice.choice(["", "", "", "."])
        tried = candidates(name, together, ndots, profile=profile)
        if dice.random() < FOUND:
            there.append(dice.choice(tried))
            del tried[tried.index(there[-1]) + 1 :]
        walks[name] = tried
    return Example(own, ndots, there, walks)


def walked(example: Example, types: frozenset[str]) -> Check:
    """Expect for each name just the queries of its walk, in order; the first label tells which name a query is for."""

    def look(data: dict[str, Any]) -> tuple[bool, str]:
        seen: dict[str, list[str]] = {name: [] for name in example.walks}
        for (asked, _), queries in itertools.groupby(data["all"], key=lambda query: (query["name"], query["type"] in types)):
            of = next((name for name in seen if name.split(".")[0] == asked.split(".")[0]), asked)
            complete = {query["type"] for query in queries} == types
            seen.setdefault(of, []).append(asked if complete else f"{asked} (not all types)")
        wrong = [name for name, names in seen.items() if names != example.walks.get(name)]
        if not wrong:
            return True, f"{len(seen)} names, {sum(map(len, seen.values()))} walked through"
        shortest = min(wrong, key=lambda name: (len(example.walks.get(name, ())), len(name)))
        expected, found = (" -> ".join(names) or "nothing" for names in (example.walks.get(shortest, ()), seen[shortest]))
        return False, f"{len(wrong)} of {len(seen)} names go another way, the shortest: {shortest}: {found}, not {expected}"

    return Check(f"{LOOKUPS} names walk with ndots:{example.ndots} through {len(example.searches)} domains more", look)


@case(
    "dns.search.any",
    params={f"{client}-{number}": (client, number) for client in CLIENTS for number in range(1, 4)},
)
def walks(client: str, number: int, *, place: Place) -> Case:
    """Eight names, each with or without something there, are asked for as the model says, by the libc and by dnspython."""
    profile, types = CLIENTS[client]
    example = thrown(f"{client}-{number}", place.searches, profile)
    lookups = [{"name": name, "client": client} for name in example.walks]
    pod = recorded(
        container(records={name: [ADDRESS] for name in example.there}, lookups=lookups),
        dnsConfig={"searches": list(example.searches), "options": [{"name": "ndots", "value": str(example.ndots)}]},
    )
    return Case.of(pod, collected(QUERY, walked(example, types), before=looked_up(lookups[-1]["name"])))
