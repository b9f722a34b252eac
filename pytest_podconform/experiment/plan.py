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
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.model.node import NodeConfig
from pytest_podconform.requirements import Level, Profile, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_podconform.runtimes.interface import Facts, Runtime

LEVELS: tuple[Level, ...] = ("INFO", "SHOULD", "MUST")


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


def declined(
    case: CaseInfo, requirements: Mapping[str, Requirement], profile: Profile, runtime: Runtime, facts: Facts
) -> Declined | None:
    """Tell whether a runtime declines what a case needs.

    A capability that the profile requires cannot be declined: what needs it is untestable, and that fails.
    """
    needs = dict.fromkeys(need for name in case.requirements for need in requirements[name].needs)
    if case.node is not None:
        needs["node_config"] = None
    missing = [need for need in needs if need not in {OUTSIDE, MUSL} and not runtime.capabilities.has(need)]
    required = [need for need in missing if need in profile.requires]
    if required:
        return Declined(Verdict.UNTESTABLE, f"the runtime declines {required[0]}, which profile {profile.name} requires")
    if "wire" in case.marks and not runtime.has_wire:
        return Declined(Verdict.NOT_APPLICABLE, "cases about sockets are not applicable: this runtime has none")
    if missing:
        return Declined(Verdict.NOT_APPLICABLE, f"the runtime declines {missing[0]}")
    if OUTSIDE in needs and facts.outside is None:
        return Declined(Verdict.NOT_APPLICABLE, "no name outside the cluster is known (facts().outside, --podconform-outside)")
    if MUSL in needs and not facts.musl_image:
        return Declined(Verdict.NOT_APPLICABLE, "there is no image with musl (musl-gcc builds it; Debian: musl-tools)")
    return None


def groups(cases: Sequence[CaseInfo]) -> dict[NodeConfig | None, list[CaseInfo]]:
    """Return the cases by how they want their node; those that take it as it is come last, for they take longest."""
    found: dict[NodeConfig | None, list[CaseInfo]] = {}
    for case in sorted(cases, key=lambda case: case.node is None):
        found.setdefault(case.node, []).append(case)
    return found


def digest(case_ids: Iterable[str], requirement_set: str) -> str:
    """Return a digest of what was planned, by which two reports can be told to be about the same cases."""
    text = "\n".join([requirement_set, *sorted(case_ids)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
