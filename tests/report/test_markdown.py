"""The report as a page."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.report import terminal
from pytest_podconform.report.files import read
from pytest_podconform.report.markdown import render

GOLDEN = Path(__file__).parents[1] / "golden"

GOOD = read(GOLDEN / "kubelet-1.34.4.json.gz")


def test_the_page_says_who_was_judged_by_what_and_how_it_came_out() -> None:
    page = render(GOOD)

    assert page.startswith(f"# Pod conformance: {GOOD.headline}\n")
    assert f"- subject: {GOOD.runtime.name}" in page
    assert "| `probe.startup.first` | MUST | pass | [" in page
    assert "What did not pass" not in page


def test_what_did_not_pass_is_explained() -> None:
    cases = tuple(msgspec.structs.replace(case, verdict=Verdict.FAIL) for case in GOOD.cases[:1])
    page = render(msgspec.structs.replace(GOOD, cases=cases))

    assert f"### {cases[0].id}" in page
    assert f"again    {cases[0].reproduce}" in page


def test_what_was_noted_is_told_here_and_in_the_terminal() -> None:
    noted = tuple(msgspec.structs.replace(each, noted=True, seen="like glibc") for each in GOOD.cases[0].expectations[:1])
    case = msgspec.structs.replace(GOOD.cases[0], expectations=noted)
    report = msgspec.structs.replace(GOOD, cases=(case,))

    assert f"- noted by `{case.id}`: like glibc" in render(report)
    assert f"noted by {case.id}: like glibc" in terminal.summary(report, "here")
    assert "noted" not in render(GOOD)


def test_a_bar_in_a_title_does_not_break_the_table() -> None:
    requirements = tuple(msgspec.structs.replace(each, title="a | b") for each in GOOD.requirements)

    assert "[a \\| b](" in render(msgspec.structs.replace(GOOD, requirements=requirements))
