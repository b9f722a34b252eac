"""What is run: the cases of a profile, those that a runtime declines set aside, the longest first."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform import suites
from pytest_podconform.errors import HarnessFault, unknown
from pytest_podconform.judge.case import CaseInfo, catalogue
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.tolerance import Allowance
from pytest_podconform.judge.verdict import Level, Verdict, weighed
from pytest_podconform.model.node import NodeConfig
from pytest_podconform.requirements import Profile, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_podconform.runtimes.interface import Facts, Runtime

LEVELS: tuple[Level, ...] = ("INFO", "SHOULD", "MUST")

NEW_CASE: Final = 3600.0
"""Seconds that a case may take whose nominal length is not known yet."""

SLACK: Final = 20.0
"""Seconds beyond its nominal length that a case may take: starts under load, reactions, restarts."""


class PlannedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a run, with what the requirements, the measured lengths and the command line say of it."""

    info: CaseInfo
    level: Level
    """The strictest level among its requirements."""
    needs: tuple[str, ...]
    """The capabilities and facts without which it cannot be judged."""
    nominal_s: float | None
    """How long it takes on the virtual clock, in seconds; None: not known yet."""
    runtime: str
    """What the option names as the runtime, for the command that repeats the case."""

    @property
    def id(self) -> str:
        """The id of the case."""
        return self.info.id

    @property
    def limit_s(self) -> float:
        """How long it may take, in seconds."""
        return 2 * (NEW_CASE if self.nominal_s is None else self.nominal_s) + SLACK

    def reproduce(self, together: Sequence[str]) -> str:
        """Return the command that repeats it as it was: together with the cases that shared its Pod."""
        named = " ".join(f"'podconform::{name}'" for name in together or (self.id,))
        command = "python -m pytest" if ":" in self.runtime else "pytest"  # which looks for modules in this folder, too
        slow = "--podconform-slow " if "slow" in self.info.marks else ""
        return f"{command} --podconform --podconform-runtime={self.runtime} {slow}{named}"

    def result(self, verdict: Verdict, reason: str = "", *, together: Sequence[str] = ()) -> CaseResult:
        """Return a result without evidence, with the verdict weighed by the level of the case."""
        return CaseResult(
            id=self.id,
            title=self.info.title,
            verdict=weighed(verdict, self.level),
            level=self.level,
            requirements=self.info.requirements,
            expected="",
            seen="",
            expectations=(),
            reason=reason,
            doubts=(),
            repeats=0,
            duration_s=0.0,
            nominal_s=self.nominal_s or 0.0,
            place=None,
            allowance=Allowance(),
            complete={},
            timeline=(),
            reproduce=self.reproduce(together),
            together=tuple(together),
        )

    def renewed(self, recorded: CaseResult) -> CaseResult:
        """Return a recorded result with what this release says of the case."""
        return msgspec.structs.replace(
            recorded,
            title=self.info.title,
            verdict=weighed(recorded.verdict, self.level),
            level=self.level,
            requirements=self.info.requirements,
            nominal_s=self.nominal_s or 0.0,
            reproduce=self.reproduce(recorded.together),
        )


def load_cases(requirements: Mapping[str, Requirement]) -> dict[str, CaseInfo]:
    """Import all suites and return their cases by id.

    Raises:
        HarnessFault: a case names a requirement that does not exist.

    """
    for module in pkgutil.walk_packages(suites.__path__, f"{suites.__name__}."):
        importlib.import_module(module.name)
    cases = catalogue()
    for case in cases.values():
        for name in case.requirements:
            if name not in requirements:
                raise HarnessFault(f"case {case.id}: {unknown('requirement', name, requirements).what}")
    return cases


def level_of(case: CaseInfo, requirements: Mapping[str, Requirement]) -> Level:
    """Return the strictest level among a case's requirements."""
    levels: list[Level] = [requirements[name].level for name in case.requirements]
    return max(levels, key=LEVELS.index)


def needs_of(case: CaseInfo, requirements: Mapping[str, Requirement]) -> tuple[str, ...]:
    """Return the capabilities and facts that a case needs, in the order of its requirements."""
    needs = [need for name in case.requirements for need in requirements[name].needs]
    return tuple(dict.fromkeys([*needs, *(["node_config"] if case.node is not None else [])]))


def cases_of(profile: Profile, cases: Mapping[str, CaseInfo], requirements: Mapping[str, Requirement]) -> dict[str, CaseInfo]:
    """Return the cases that count for a profile."""
    return {
        name: case
        for name, case in cases.items()
        if any(requirements[requirement].suite in profile.suites for requirement in case.requirements)
    }


class Declined(msgspec.Struct, frozen=True):
    """Why a case is not run, and what that means."""

    verdict: Verdict
    reason: str


OUTSIDE: Final = "outside"
MUSL: Final = "musl"
"""What a requirement needs that is no capability but a fact: a name outside the cluster, an image with musl."""


def declined(case: PlannedCase, profile: Profile, runtime: Runtime, facts: Facts) -> Declined | None:
    """Tell whether a runtime declines what a case needs.

    A capability that the profile requires cannot be declined: what needs it is untestable, and that fails.
    """
    missing = [need for need in case.needs if need not in {OUTSIDE, MUSL} and not runtime.capabilities.has(need)]
    required = [need for need in missing if need in profile.requires]
    if required:
        return Declined(Verdict.UNTESTABLE, f"the runtime declines {required[0]}, which profile {profile.name} requires")
    if "wire" in case.info.marks and not runtime.has_wire:
        return Declined(Verdict.NOT_APPLICABLE, "cases about sockets are not applicable: this runtime has none")
    if missing:
        return Declined(Verdict.NOT_APPLICABLE, f"the runtime declines {missing[0]}")
    if OUTSIDE in case.needs and facts.outside is None:
        return Declined(Verdict.NOT_APPLICABLE, "no name outside the cluster is known (facts().outside, --podconform-outside)")
    if MUSL in case.needs and not facts.musl_image:
        return Declined(Verdict.NOT_APPLICABLE, "there is no image with musl (musl-gcc builds it; Debian: musl-tools)")
    return None


def groups(cases: Sequence[PlannedCase]) -> dict[NodeConfig | None, list[PlannedCase]]:
    """Return the cases by how they want their node; those that take it as it is come last, for they take longest."""
    found: dict[NodeConfig | None, list[PlannedCase]] = {}
    for case in sorted(cases, key=lambda case: case.info.node is None):
        found.setdefault(case.info.node, []).append(case)
    return found


def digest(case_ids: Iterable[str], requirement_set: str) -> str:
    """Return a digest of what was planned, by which two reports can be told to be about the same cases."""
    text = "\n".join([requirement_set, *sorted(case_ids)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
