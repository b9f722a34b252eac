"""How resolvers differ: what each makes of the same resolv.conf, as data.

Each row was seen on the wire (tests/oracles, 1 000 random cases for each resolver), and its source read: glibc 2.36
(`resolv/res_query.c`), musl 1.2.3 (`src/network/lookup_name.c`), Go 1.26 (`net/dnsclient_unix.go`), dnspython 2
(`dns/resolver.py`).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Outcome = Literal["found", "NXDOMAIN", "NODATA", "SERVFAIL", "REFUSED", "timeout"]
"""What a resolver gets for one name; NODATA is a name that is there without a record of that type."""

Step = Literal["next", "as is", "stop"]
"""What comes then: the next candidate, the name as it is and nothing else, or the end."""


MISSES: Final[tuple[Outcome, ...]] = ("NXDOMAIN", "NODATA", "SERVFAIL", "REFUSED", "timeout")


def _after(next_for: tuple[Outcome, ...], *, otherwise: Step) -> dict[Outcome, Step]:
    return {"found": "stop", **{outcome: "next" if outcome in next_for else otherwise for outcome in MISSES}}


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A resolver: how it goes through the candidates of a name."""

    name: str
    most_ndots: int | None = 15
    """The ndots that is used instead of a larger one."""
    longest_search_line: int | None = None
    """Bytes; a longer line is not read, so there is no search list."""
    root: Literal["as is", "left out", "repeated"]
    """What a search entry of `.` is: the name as it is at that place; nothing; or the name as it is, and again at the end."""
    after: dict[Outcome, Step]
    """What follows the answer for a candidate of the search list."""
    after_as_is: dict[Outcome, Step]
    """What follows where a name has enough dots to be tried as it is first."""
    means: tuple[str, ...]
    """What this is to somebody who runs such an image."""


GLIBC: Final = Profile(
    name="glibc",
    root="as is",
    after=_after(("NXDOMAIN", "NODATA", "SERVFAIL"), otherwise="as is"),
    after_as_is=_after(MISSES, otherwise="next"),
    means=("the search list is walked past names that fail or have no address, and also behind a name of ndots dots or more",),
)

MUSL: Final = Profile(
    name="musl",
    longest_search_line=254,
    root="left out",
    after=_after(("NXDOMAIN",), otherwise="stop"),
    after_as_is=_after((), otherwise="stop"),
    means=(
        "a name of ndots dots or more is never searched for: lower ndots, and names of Services with a dot are lost",
        "a search domain whose server fails, or which has the name without an address, ends the walk",
        "a search line of more than 254 bytes is ignored",
        "all nameservers are asked at once, and the first answer counts",
    ),
)

GO: Final = Profile(
    name="Go",
    root="left out",
    after=_after(MISSES, otherwise="next"),
    after_as_is=_after(MISSES, otherwise="next"),
    means=("each candidate is tried, whatever comes for the ones before it; a silent server costs its timeout each time",),
)

DNSPYTHON: Final = Profile(
    name="dnspython",
    most_ndots=None,
    root="repeated",
    after=_after(("NXDOMAIN",), otherwise="stop"),
    after_as_is=_after(("NXDOMAIN",), otherwise="stop"),
    means=(
        "nothing is searched for unless the caller asks for it (`search=True`)",
        "a search domain whose server fails, or which has the name without an address, ends the walk",
    ),
)

PROFILES: Final = (GLIBC, MUSL, GO, DNSPYTHON)
