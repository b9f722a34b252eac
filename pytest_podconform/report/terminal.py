"""The summary at the end of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_podconform.judge.verdict import RED, UNJUDGED, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Report, RequirementResult

COLUMNS = ("requirements", "pass", "fail", "advisory", "n/a", "not judged", "uncovered")


def title(report: Report) -> str:
    """Return the line that matters most."""
    return f"Pod conformance: {report.headline}"


def summary(report: Report, where: str) -> Iterator[str]:
    """Yield the lines of the summary: a row for each suite and level, then where the evidence is."""
    yield f"{'':<18}" + "".join(f"{column:>13}" for column in COLUMNS)
    rows: dict[tuple[str, str], list[RequirementResult]] = {}
    for requirement in report.requirements:
        if requirement.state != "excluded":
            rows.setdefault((requirement.suite, requirement.level), []).append(requirement)
    for (suite, level), requirements in rows.items():
        counts = Counter(map(_column, requirements))
        counts["requirements"] = len(requirements)
        yield f"{suite:<10}{level:<8}" + "".join(f"{counts[column] or '.':>13}" for column in COLUMNS)
    yield ""
    yield from _beside(report)
    yield f"evidence: {where}"


def _beside(report: Report) -> Iterator[str]:
    """Yield what is to be known beside the verdicts."""
    timing = report.timing
    yield (
        f"subject: {report.runtime.name}; profile {report.profile}; {len(report.cases)} cases in {timing.wall_s:.1f} s "
        f"(set-up {timing.set_up_s:.1f} s, experiments {timing.experiments_s:.1f} s, "
        f"longest case nominally {timing.longest_case_s:.1f} s)"
    )
    if report.not_selected:
        yield f"not selected: {len(report.not_selected)} cases; a selection is never more than partial"
    takes = [requirement.id for requirement in report.requirements if requirement.takes == "kubelet"]
    if takes:
        yield f"takes the kubelet's side where it contradicts the documentation: {', '.join(takes)}"
    for verdict in (Verdict.ADVISORY, Verdict.DIFFERS):
        told = [requirement.id for requirement in report.requirements if requirement.verdict is verdict]
        if told:
            yield f"{verdict.value} (told, never red): {', '.join(told)}"
    for case in report.cases:
        yield from (f"noted by {case.id}: {note}" for note in case.notes)
    for node in report.nodes:
        yield f"node {node.name}: {node.headline}"
    repeated = [case.id for case in report.cases if case.repeats]
    if repeated:
        yield f"repeated, for a stall had spoilt them: {', '.join(repeated)}"


def _column(requirement: RequirementResult) -> str:
    verdict = requirement.verdict
    if requirement.state == "uncovered":
        return "uncovered"
    if verdict is None or verdict in UNJUDGED:
        return "not judged"
    if verdict in RED:
        return "fail"
    return {Verdict.ADVISORY: "advisory", Verdict.DIFFERS: "advisory", Verdict.NOT_APPLICABLE: "n/a"}.get(verdict, "pass")
