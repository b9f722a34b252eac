"""The report as a page that people read: in a pull request, a job's summary, a folder of published reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_podconform.judge.verdict import RED, UNJUDGED

from . import terminal
from .explain import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Report, RequirementResult


def render(report: Report) -> str:
    """Return the page."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {terminal.title(report)}"
    yield ""
    yield f"- subject: {report.runtime.name}"
    yield f"- judged: {report.started_at}, profile `{report.profile}`, requirements {report.requirement_set}"
    yield f"- by: pytest-podconform {report.podconform}, plan `{report.plan_digest}`, {len(report.cases)} cases"
    declined = sorted(name for name, has in report.runtime.capabilities.items() if has in {False, "none"})
    yield f"- not claimed: {', '.join(declined) or 'nothing'}"
    yield from (f"- noted by `{case.id}`: {note}" for case in report.cases for note in case.notes)
    yield from _nodes(report)
    yield from _failures(report)
    for suite in dict.fromkeys(requirement.suite for requirement in report.requirements):
        yield from _suite(suite, [each for each in report.requirements if each.suite == suite])


def _nodes(report: Report) -> Iterator[str]:
    if not report.nodes:
        return
    yield ""
    yield "## Nodes"
    yield ""
    yield "| node | | not passed |"
    yield "|---|---|---|"
    for node in report.nodes:
        red = [name for name, verdict in node.verdicts.items() if verdict in RED | UNJUDGED]
        yield f"| {node.name} | {_cell(node.headline)} | {', '.join(f'`{name}`' for name in red)} |"


def _failures(report: Report) -> Iterator[str]:
    red = [case for case in report.cases if case.verdict in RED | UNJUDGED]
    if not red:
        return
    requirements = {requirement.id: requirement for requirement in report.requirements}
    yield ""
    yield "## What did not pass"
    for case in red:
        yield ""
        yield f"### {case.id}"
        yield ""
        yield "```text"
        yield explain(case, requirements)
        yield "```"


def _suite(suite: str, requirements: list[RequirementResult]) -> Iterator[str]:
    judged = [requirement for requirement in requirements if requirement.state == "judged"]
    others = [requirement for requirement in requirements if requirement.state not in {"judged", "excluded"}]
    yield ""
    yield f"## {suite}"
    yield ""
    if judged:
        yield "| requirement | | verdict | |"
        yield "|---|---|---|---|"
    for each in judged:
        assert each.verdict is not None
        takes = f" (takes the {each.takes}'s side)" if each.takes == "kubelet" else ""
        level = each.level if each.basis == "documented" else f"{each.level} ({each.basis})"
        yield f"| `{each.id}` | {level} | {each.verdict.value}{takes} | [{_cell(each.title)}]({each.source}) |"
    if others:
        yield ""
        yield f"Not judged: {', '.join(f'`{each.id}`' for each in others)}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
