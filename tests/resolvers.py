"""The table of resolvers, as `docs/resolvers.md` shows it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_podconform.dns.resolvers import MISSES, PROFILES, Profile

HEAD = """\
# How resolvers differ

One Pod, one resolv.conf, four resolvers: what each asks for next when a name of the search list has not been found, and what
it makes of the rest of the file. `make generate` writes these tables from `dns/resolvers.py`; `tests/oracles` compares each
resolver with its row, by a thousand random lookups on the wire. Which one the target's image has, a case finds out, and the
report notes it. Where `musl-gcc` is installed (Debian: musl-tools) a client with musl stands beside it in Pods of its own.
"""


def render() -> str:
    """Render the page."""
    return "\n".join([HEAD, *_lines(), ""])


def _lines() -> Iterator[str]:
    yield f"| | {' | '.join(profile.name for profile in PROFILES)} |"
    yield "|---" * (len(PROFILES) + 1) + "|"
    for outcome in MISSES:
        yield _row(f"{outcome} for a name of the search list", *(profile.after[outcome] for profile in PROFILES))
    for outcome in MISSES:
        yield _row(
            f"{outcome} for a name of ndots dots or more", *(_behind(profile.after_as_is[outcome]) for profile in PROFILES)
        )
    yield _row("largest ndots", *(str(profile.most_ndots or "any") for profile in PROFILES))
    yield _row(
        "longest search line that is read, in bytes", *(str(profile.longest_search_line or "any") for profile in PROFILES)
    )
    yield _row("a search domain of `.`", *(profile.root for profile in PROFILES))
    for profile in PROFILES:
        yield from _means(profile)


def _behind(step: str) -> str:
    return "search list" if step == "next" else step


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _means(profile: Profile) -> Iterator[str]:
    yield f"\n## {profile.name}\n"
    yield from (f"- {sentence}" for sentence in profile.means)
