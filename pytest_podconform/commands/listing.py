"""`--podconform-list`: every requirement of a profile with its level and the cases that cover it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_podconform.errors import PodconformError
from pytest_podconform.experiment.catalogue import load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_podconform.experiment.catalogue import Catalogue


def main(profile: str) -> int:
    """Print the list of a profile and return the exit status.

    Raises:
        pytest.UsageError: there is no such profile.

    """
    try:
        catalogue = load_catalogue(profile)
    except PodconformError as error:
        raise pytest.UsageError(error.what) from error
    for line in lines(catalogue):
        print(line)  # noqa: T201 - what was asked for
    return 0


def lines(catalogue: Catalogue) -> Iterator[str]:
    """Yield the lines of the list."""
    sorted_out = catalogue.coverage
    suite = ""
    for requirement in catalogue.requirements.values():
        if requirement.suite not in catalogue.profile.suites:
            continue
        if requirement.suite != suite:
            suite = requirement.suite
            yield f"{suite}"
        yield f"  {requirement.level:<6} {requirement.id:<38} {requirement.title}"
        for case in sorted_out.covered.get(requirement.id, ()):
            yield f"         {case}{'  (slow)' if 'slow' in catalogue.cases[case].marks else ''}"
        if requirement.id in sorted_out.excluded:
            yield f"         excluded: {requirement.excluded}"
        elif requirement.id not in sorted_out.covered:
            yield "         (no case yet)"
    yield ""
    yield _total(catalogue)


def _total(catalogue: Catalogue) -> str:
    sorted_out = catalogue.coverage
    musts = [name for name in sorted_out.covered if catalogue.requirements[name].level == "MUST"]
    open_musts = [name for name in sorted_out.uncovered if catalogue.requirements[name].level == "MUST"]
    total = len(sorted_out.covered) + len(sorted_out.uncovered) + len(sorted_out.excluded)
    return (
        f"profile {catalogue.profile.name}: {len(catalogue.cases)} cases cover {len(sorted_out.covered)} of {total} "
        f"requirements, {len(musts)} of {len(musts) + len(open_musts)} MUST; "
        f"{len(open_musts)} MUST without a case, {len(sorted_out.excluded)} excluded"
    )
