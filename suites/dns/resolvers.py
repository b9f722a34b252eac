"""What the resolver in the target's image makes of names that fail: no runtime's affair, but that of whoever runs the image."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_podconform.dns.candidates import candidates
from pytest_podconform.dns.resolvers import PROFILES, Outcome, Profile
from pytest_podconform.judge.vocabulary import QUERY, Case, DNSQuery, Look, SeriesCheck, case, collected, looked_up, noted
from pytest_podconform.model.build import container, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SEARCHES: Final = ("a.example", "b.example")
NDOTS: Final = 2
ANSWERS: Final[dict[str, Outcome]] = {
    "nodata.a.example.": "NODATA",
    "servfail.a.example.": "SERVFAIL",
    "refused.a.example.": "REFUSED",
}
NAMES: Final = ("nodata", "servfail", "refused", "has.two.dots")
"""One for each answer, and one that is tried as it is first: no two of the known resolvers ask for the same."""


def _once(names: Iterable[str]) -> list[str]:
    """Leave out what follows itself: A and AAAA of a name, and what is asked for again."""
    return [name for name, _ in itertools.groupby(names)]


def asked(profile: Profile) -> list[str]:
    """Return what a resolver asks for."""
    walks = (candidates(name, SEARCHES, NDOTS, profile=profile, answers=ANSWERS) for name in NAMES)
    return _once(itertools.chain.from_iterable(walks))


@dataclass(frozen=True)
class OneOfTheKnown(SeriesCheck[DNSQuery]):
    """Expect the queries of one of the known resolvers, and say what that means."""

    kinds = (DNSQuery,)

    @property
    def expected(self) -> str:
        """What is expected, in the words of an explanation."""
        return f"queries as by one of {', '.join(profile.name for profile in PROFILES)}"

    def look(self, events: Sequence[DNSQuery]) -> Look:
        """Look at the events."""
        seen = _once(query.data.name for query in events)
        for profile in PROFILES:
            if seen == asked(profile):
                return Look(True, f"the image resolves names as {profile.name} does: {'; '.join(profile.means)}")
        return Look(False, f"no known resolver asks for {' -> '.join(seen)}")


@case("dns.resolver.known")
def one_of_the_known() -> Case:
    """Where a search domain has no address for a name, fails or refuses, the walk goes on or ends as with a known resolver."""
    options = {"ndots": NDOTS, "timeout": 1, "attempts": 1}
    client = recorded(
        container(records=ANSWERS, lookups=NAMES),
        dnsPolicy="None",
        dnsConfig={
            "nameservers": ["192.0.2.53"],  # never asked: the recorder is
            "searches": list(SEARCHES),
            "options": [{"name": name, "value": str(value)} for name, value in options.items()],
        },
    )
    return Case.of(client, noted(collected(QUERY, OneOfTheKnown(), before=looked_up(NAMES[-1]))))
