"""Which absolute names a resolver asks for, in which order, for a name that somebody typed.

An oracle: no real runtime imports this. resolv.conf(5) and `resolvers` are its sources.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pytest_podconform.model.rules import implements

from .resolvers import GLIBC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .resolvers import Outcome, Profile

NOTHING: Final[Mapping[str, Outcome]] = MappingProxyType({})


@implements(
    "dns.ndots.relative",
    "dns.ndots.trailing-dot",
    "dns.ndots.external-cost",
    "dns.ndots.lowered",
    "dns.search.stops",
    "dns.search.whole-name",
    "dns.search.any",
    "dns.resolver.musl",
)
def candidates(
    name: str,
    searches: Sequence[str],
    ndots: int,
    *,
    profile: Profile = GLIBC,
    answers: Mapping[str, Outcome] = NOTHING,
) -> list[str]:
    """Return the absolute names that a resolver asks for, up to the one that is found or that it gives up at.

    A name with a trailing dot is tried as it is, and nothing else. A name with fewer dots than `ndots` is tried with each
    search domain first and as it is last; any other name as it is first. `answers` says what is not NXDOMAIN.
    """
    if name.endswith("."):
        return [name]
    as_is = f"{name}."
    tried: list[str] = []
    as_is_first = name.count(".") >= min(ndots, ndots if profile.most_ndots is None else profile.most_ndots)
    if as_is_first:
        tried.append(as_is)
        if profile.after_as_is[answers.get(as_is, "NXDOMAIN")] == "stop":
            return tried
    for candidate in _searched(name, searches, profile):
        tried.append(candidate)
        step = profile.after[answers.get(candidate, "NXDOMAIN")]
        if step == "stop":
            return tried
        if step == "as is":
            break
    at_the_end = not as_is_first and (profile.root == "repeated" or as_is not in tried)
    return [*tried, as_is] if at_the_end else tried


@implements("dns.search.any", "dns.resolver.musl")
def _searched(name: str, searches: Sequence[str], profile: Profile) -> list[str]:
    longest = profile.longest_search_line
    if longest is not None and len(f"search {' '.join(searches)}") > longest:
        return []
    listed = [search for search in searches if search != "." or profile.root != "left out"]
    return [f"{name}." if search == "." else f"{name}.{search.rstrip('.')}." for search in listed]


def ndots_of(options: Iterable[str]) -> int:
    """Return the ndots of a resolv.conf's options; the default is 1."""
    values = [option.removeprefix("ndots:") for option in options if option.startswith("ndots:")]
    return int(values[-1]) if values else 1
