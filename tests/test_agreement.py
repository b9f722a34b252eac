"""What is published of real runtimes."""

from __future__ import annotations

import re

import pytest

from pytest_podconform.evidence.target import HitDetails, ProbeHit
from pytest_podconform.judge.verdict import RED
from pytest_podconform.report import files, markdown
from tests import agreement, fidelity
from tests.running import CATALOGUE


def test_disagreements_are_about_what_there_is() -> None:
    for each in agreement.disagreements().values():
        for name in each.about:
            assert name in CATALOGUE.requirements or name in CATALOGUE.cases, name


@pytest.mark.parametrize("name", agreement.SUBJECTS)
def test_a_published_report_is_whole_and_its_page_is_its_own(name: str) -> None:
    folder = agreement.SUBJECTS[name]
    report = files.read(folder / files.COMPRESSED_NAME)

    assert not [case.id for case in report.cases if case.verdict in RED]
    assert not re.search(r"/(root|home|Users)/", files.read_json(folder / files.COMPRESSED_NAME).decode()), (
        "names a folder of somebody's"
    )
    assert markdown.render(report) == (folder / files.PAGE).read_text(encoding="utf-8")


def hit(at: float, n: int, answer: int = 200) -> ProbeHit:
    details = HitDetails("liveness", n, via="http", answer=answer)
    return ProbeHit(at=at, pod="p-1", container="app", seq=n, data=details)


def test_a_probe_that_comes_half_a_period_late_is_seen() -> None:
    steady = fidelity.gaps([hit(1, 1), hit(2, 2), hit(3, 3)])
    late = fidelity.gaps([hit(1, 1), hit(2, 2), hit(3.6, 3)])

    assert fidelity.strange_gaps(steady, steady) == []
    assert fidelity.strange_gaps(steady, late) == ["p/app#0/liveness: 1.00 s / 1.60 s before probe 3"]


def test_an_answer_that_is_another_one_is_seen() -> None:
    one, other = [hit(1, 1)], [hit(1, 1, answer=503)]

    assert fidelity.differences(fidelity.normalised(one), fidelity.normalised(other))
