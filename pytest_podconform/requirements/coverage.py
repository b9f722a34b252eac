"""Which requirements have cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_podconform.judge.case import CaseInfo

    from .registry import Profile, Requirement


class Coverage(msgspec.Struct, frozen=True):
    """The requirements of a profile, by what is known of them."""

    covered: dict[str, tuple[str, ...]]
    """By id: the cases."""
    uncovered: tuple[str, ...]
    """No case yet; outside the gate, and in the headline."""
    excluded: dict[str, str]
    """By id: why no case can cover it."""


def coverage(requirements: Mapping[str, Requirement], cases: Iterable[CaseInfo], profile: Profile) -> Coverage:
    """Sort the requirements of a profile's suites."""
    by_requirement: dict[str, list[str]] = {}
    for case in cases:
        for requirement in case.requirements:
            by_requirement.setdefault(requirement, []).append(case.id)
    mine = [requirement for requirement in requirements.values() if requirement.suite in profile.suites]
    return Coverage(
        covered={each.id: tuple(by_requirement[each.id]) for each in mine if each.id in by_requirement},
        uncovered=tuple(each.id for each in mine if each.id not in by_requirement and not each.excluded),
        excluded={each.id: each.excluded for each in mine if each.excluded and each.id not in by_requirement},
    )
