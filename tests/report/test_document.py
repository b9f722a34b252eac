from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from pytest_podconform.report.document import Report
from pytest_podconform.report.explain import explain
from pytest_podconform.report.files import read, read_json, write
from pytest_podconform.report.terminal import summary, title
from pytest_podconform.requirements import load_requirements

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMA = Path(__file__).parents[2] / "pytest_podconform/report/report.schema.json"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json.gz")), ids=lambda path: path.name)
def test_reports_fit_the_schema_that_is_shipped(path: Path) -> None:
    jsonschema.validate(json.loads(read_json(path)), json.loads(SCHEMA.read_bytes()))


def test_the_schema_can_refuse() -> None:
    data = json.loads(read_json(GOLDEN / "kubelet-1.34.4.json.gz"))
    data["gate"] = "green"

    with pytest.raises(jsonschema.ValidationError, match="'green' is not one of"):
        jsonschema.validate(data, json.loads(SCHEMA.read_bytes()))


def test_a_report_survives_writing_and_reading(tmp_path: Path) -> None:
    report = read(GOLDEN / "kubelet-1.34.4.json.gz")

    assert read(write(report, tmp_path / "deep" / "down")) == report
    assert sorted(path.name for path in (tmp_path / "deep" / "down").iterdir()) == ["report.json", "report.md"]


@pytest.fixture
def red() -> Report:
    return read(GOLDEN / "kubelet-1.35.4-gating.json.gz")


def test_a_failure_explains_itself(red: Report) -> None:
    lines = explain(red.cases[0], load_requirements()).splitlines()

    assert lines[0] == "MUST     probe.startup.first       fault: runtime"
    starts = ("says     ", "case     ", "expected ", "seen     ", "again    ")
    assert all(any(line.startswith(start) for line in lines) for start in starts)
    (marked,) = [line for line in lines if line.endswith("<-")]
    assert "readiness #2 -> 200" in marked
    assert lines[-1] == (
        "again    pytest --podconform --podconform-runtime=kubelet_adapter:KubeletRuntime "
        "'podconform::probes/startup/gates-again-after-a-restart'"
    )


def test_the_summary_says_what_was_judged_and_what_not(red: Report) -> None:
    lines = list(summary(red, "somewhere/report.json"))

    assert "NONCONFORMANT" in title(red)
    assert [line.split()[:4] for line in lines if line.startswith("probes    MUST")] == [["probes", "MUST", "24", "."]]
    assert "not selected: 58 cases; a selection is never more than partial" in lines
    assert lines[-1] == "evidence: somewhere/report.json"
