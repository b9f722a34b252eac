"""`podconform list`: the requirements of a profile, by suite, with their level and the cases that cover them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click
import msgspec

from pytest_podconform import __version__
from pytest_podconform.experiment.catalogue import load_catalogue
from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.judge.verdict import Level
from pytest_podconform.requirements import Requirement, load_profiles, load_requirements
from pytest_podconform.requirements.registry import VERSION

from .choices import Known
from .groups import example

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_podconform.experiment.catalogue import Catalogue

State = Literal["covered", "uncovered", "excluded"]
STATES: tuple[State, ...] = get_args(State)
LISTING_VERSION: Final = 1
"""Goes up when a field of the JSON is removed or renamed."""
LEVELS: tuple[Level, ...] = ("MUST", "SHOULD", "INFO")


class ListedCase(msgspec.Struct, frozen=True):
    """A case; `nominal_s` is how long it takes on the virtual clock, in seconds, null where that is not known yet."""

    id: str
    title: str
    slow: bool
    nominal_s: float | None


class ListedRequirement(msgspec.Struct, frozen=True):
    """A requirement; `excluded` is why no case can cover it, empty for the others."""

    id: str
    level: Level
    title: str
    source: str
    needs: tuple[str, ...]
    state: State
    excluded: str
    cases: tuple[ListedCase, ...]


class ListedSuite(msgspec.Struct, frozen=True):
    """A suite with those of its requirements that the filters leave."""

    name: str
    requirements: tuple[ListedRequirement, ...]


class Listing(msgspec.Struct, frozen=True):
    """What `podconform list --json` prints; `version` goes up when a field is removed or renamed."""

    version: int
    podconform: str
    requirement_set: str
    profile: str
    suites: tuple[ListedSuite, ...]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What is listed; an empty filter leaves everything."""

    suites: Collection[str] = ()
    levels: Collection[str] = ()
    states: Collection[str] = ()
    requirements: Collection[str] = ()
    cases: Collection[str] = ()

    def leave(self, requirement: ListedRequirement, suite: str) -> bool:
        """Tell whether a requirement is listed."""
        cases = {case.id for case in requirement.cases}
        return (
            (not self.suites or suite in self.suites)
            and (not self.levels or requirement.level in self.levels)
            and (not self.states or requirement.state in self.states)
            and (not self.requirements or requirement.id in self.requirements)
            and (not self.cases or bool(cases & {*self.cases}))
        )


def _suites() -> set[str]:
    return {requirement.suite for requirement in load_requirements().values()}


def _cases() -> Collection[str]:
    return load_cases(load_requirements())


@click.command(epilog=example("podconform list --suite dns --level MUST --state uncovered", "podconform list --json"))
@click.option(
    "--profile", type=Known("profile", load_profiles), default="documented", show_default=True, help="The profile to list."
)
@click.option("--suite", "suites", type=Known("suite", _suites), multiple=True, help="Only this suite; repeatable.")
@click.option("--level", "levels", type=click.Choice(LEVELS), multiple=True, help="Only this level; repeatable.")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only this state; repeatable.")
@click.option(
    "--requirement",
    "requirements",
    type=Known("requirement", load_requirements),
    multiple=True,
    help="Only this requirement; repeatable.",
)
@click.option(
    "--case",
    "cases",
    type=Known("case", _cases, prefix="podconform::"),
    multiple=True,
    help="Only the requirements that this case covers; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; its fields are documented in docs/commands.md.")
def command(profile: str, *, as_json: bool, **filters: tuple[str, ...]) -> None:
    """List requirements and the cases that cover them, by suite.

    Each filter leaves what it names; several filters leave what all of them leave.
    """
    catalogue = load_catalogue(profile)
    listed = listing(catalogue, Filters(**filters))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(listed), indent=2).decode())
        return
    for line in lines(listed):
        click.echo(line)
    click.echo(_total(listed, catalogue))


def listing(catalogue: Catalogue, filters: Filters) -> Listing:
    """Return the requirements of the catalogue's profile that the filters leave, by suite."""
    covered = catalogue.coverage.covered
    suites: dict[str, list[ListedRequirement]] = {}
    for requirement in catalogue.requirements.values():
        if requirement.suite not in catalogue.profile.suites:
            continue
        listed = _listed(requirement, [_listed_case(name, catalogue) for name in covered.get(requirement.id, ())])
        if filters.leave(listed, requirement.suite):
            suites.setdefault(requirement.suite, []).append(listed)
    found = tuple(ListedSuite(name, tuple(requirements)) for name, requirements in suites.items())
    return Listing(LISTING_VERSION, __version__, VERSION, catalogue.profile.name, found)


def _listed(requirement: Requirement, cases: list[ListedCase]) -> ListedRequirement:
    excluded = "" if cases else requirement.excluded
    return ListedRequirement(
        id=requirement.id,
        level=requirement.level,
        title=requirement.title,
        source=requirement.source,
        needs=requirement.needs,
        state="covered" if cases else "excluded" if excluded else "uncovered",
        excluded=excluded,
        cases=tuple(cases),
    )


def _listed_case(name: str, catalogue: Catalogue) -> ListedCase:
    case = catalogue.cases[name]
    return ListedCase(name, case.title, "slow" in case.marks, catalogue.nominal.get(name))


def lines(listed: Listing) -> Iterator[str]:
    """Yield the lines of the list."""
    for suite in listed.suites:
        yield suite.name
        for requirement in suite.requirements:
            yield f"  {requirement.level:<6} {requirement.id:<38} {requirement.title}"
            yield from (f"         {case.id}{'  (slow)' if case.slow else ''}" for case in requirement.cases)
            if requirement.state == "excluded":
                yield f"         excluded: {requirement.excluded}"
            elif requirement.state == "uncovered":
                yield "         (no case yet)"
    if listed.suites:
        yield ""


def _total(listed: Listing, catalogue: Catalogue) -> str:
    """Return the last line: what is listed, and what the whole profile has."""
    coverage = catalogue.coverage
    musts = [name for name in coverage.covered if catalogue.requirements[name].level == "MUST"]
    open_musts = [name for name in coverage.uncovered if catalogue.requirements[name].level == "MUST"]
    total = len(coverage.covered) + len(coverage.uncovered) + len(coverage.excluded)
    shown = sum(len(suite.requirements) for suite in listed.suites)
    return (
        f"{f'{shown} of {total} requirements listed; ' if shown < total else ''}"
        f"profile {listed.profile}: {len(catalogue.cases)} cases cover {len(coverage.covered)} of {total} "
        f"requirements, {len(musts)} of {len(musts) + len(open_musts)} MUST; "
        f"{len(open_musts)} MUST without a case, {len(coverage.excluded)} excluded"
    )
