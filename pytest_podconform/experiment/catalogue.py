"""All that a run is chosen from: the requirements, the cases of a profile, how long each of them takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from pytest_podconform.errors import unknown
from pytest_podconform.judge.case import CaseInfo
from pytest_podconform.judge.verdict import Level
from pytest_podconform.requirements import Profile, Requirement, load_profiles, load_requirements
from pytest_podconform.requirements.coverage import Coverage, coverage
from pytest_podconform.requirements.registry import SUITES

from .plan import PlannedCase, cases_of, level_of, load_cases, needs_of


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements, the cases of a profile by id, and their nominal lengths in seconds.

    `left_out`: the cases that take minutes, where nobody has asked for them.
    """

    requirements: Mapping[str, Requirement]
    profile: Profile
    cases: Mapping[str, CaseInfo]
    nominal: Mapping[str, float]
    left_out: Mapping[str, CaseInfo] = {}

    @property
    def coverage(self) -> Coverage:
        """Which requirements of the profile have cases, be they left out or not."""
        return coverage(self.requirements, [*self.cases.values(), *self.left_out.values()], self.profile)

    def level(self, case: str) -> Level:
        """Return the level of a case."""
        return level_of(self.cases[case], self.requirements)

    def plan(self, selected: Iterable[str], runtime: str) -> list[PlannedCase]:
        """Return what is to be run of it, in that order; `runtime` is what the option names."""
        return [
            PlannedCase(
                info=self.cases[name],
                level=self.level(name),
                needs=needs_of(self.cases[name], self.requirements),
                nominal_s=self.nominal.get(name),
                runtime=runtime,
            )
            for name in selected
        ]


def load_catalogue(profile_name: str, *, slow: bool = True) -> Catalogue:
    """Load the catalogue of a profile; without `slow`, cases that take minutes are left out.

    Raises:
        UsageFault: there is no such profile.

    """
    profiles = load_profiles()
    if profile_name not in profiles:
        raise unknown("profile", profile_name, profiles, option="--podconform-profile")
    requirements, profile = load_requirements(), profiles[profile_name]
    nominal = msgspec.json.decode((SUITES / "nominal.json").read_bytes(), type=dict[str, float])
    cases = cases_of(profile, load_cases(requirements), requirements)
    left_out = {name: case for name, case in cases.items() if "slow" in case.marks and not slow}
    chosen = {name: case for name, case in cases.items() if name not in left_out}
    return Catalogue(requirements=requirements, profile=profile, cases=chosen, nominal=nominal, left_out=left_out)
