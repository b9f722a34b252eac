"""Which absolute names a resolver asks for, in which order, for a name that somebody typed.

An oracle: no real runtime imports this. It says what a libc makes of a resolv.conf as long as every miss is NXDOMAIN;
resolv.conf(5) and glibc's `resolv/res_query.c` are its sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_NDOTS: Final = 15  # RES_MAXNDOTS of glibc, musl and Go


def candidates(name: str, searches: Sequence[str], ndots: int) -> list[str]:
    """Return the absolute names that glibc tries.

    A name with a trailing dot is tried as it is, and nothing else. A name with fewer dots than `ndots` is tried with each
    search domain first and as it is last; any other name as it is first.
    """
    if name.endswith("."):
        return [name]
    as_is = f"{name}."
    searched = [f"{name}.{search.rstrip('.')}." if search != "." else as_is for search in searches]
    if name.count(".") >= min(ndots, MOST_NDOTS):
        return [as_is, *searched]
    return searched if as_is in searched else [*searched, as_is]


def ndots_of(options: Iterable[str]) -> int:
    """Return the ndots of a resolv.conf's options; the default is 1."""
    values = [option.removeprefix("ndots:") for option in options if option.startswith("ndots:")]
    return int(values[-1]) if values else 1
