"""What a requirement's cases come to together."""

from __future__ import annotations

# pyright: reportPrivateUsage=false
from pathlib import Path

import msgspec
import pytest

from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.report import build, files
from tests.running import CATALOGUE

ONE = files.read(Path(__file__).parents[1] / "golden/kubelet-1.34.4.json.gz").cases[0]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([Verdict.PASS, Verdict.PASS], Verdict.PASS),
        ([Verdict.PASS, Verdict.FAIL], Verdict.FAIL),
        ([Verdict.PASS, Verdict.INCONCLUSIVE], Verdict.INCONCLUSIVE),
        ([Verdict.PASS, Verdict.NOT_APPLICABLE], Verdict.PASS),
        ([Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE], Verdict.NOT_APPLICABLE),
        ([Verdict.NOT_APPLICABLE, Verdict.DIFFERS], Verdict.DIFFERS),
        ([], None),
    ],
)
def test_the_most_severe_of_what_applies_counts(verdicts: list[Verdict], expected: Verdict | None) -> None:
    results = {str(number): msgspec.structs.replace(ONE, verdict=verdict) for number, verdict in enumerate(verdicts)}

    assert build._verdict_of(tuple(results), results) is expected


def test_a_case_is_repeated_with_those_that_shared_its_pod() -> None:
    (case,) = CATALOGUE.plan([ONE.id], "docker")

    assert case.reproduce(()).endswith(f"-runtime=docker 'podconform::{ONE.id}'")
    assert case.reproduce((ONE.id, "probes/http/headers")).endswith(f"'podconform::{ONE.id}' 'podconform::probes/http/headers'")
