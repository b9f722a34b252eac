"""Each mutant is caught by exactly the cases that it names, and by no other one."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MUTANTS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in {"__init__", "test_mutants"})


def red_cases(mutant: str, folder: Path, *args: str) -> set[str]:
    """Run the suites on a runtime with that mistake and return the cases that fail."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", f"tests.mutants.{mutant}", "--podconform", *args]
    subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    report = json.loads((folder / "podconform-report/report.json").read_bytes())
    assert {case["verdict"] for case in report["cases"]} <= {"pass", "fail", "not-applicable"}
    return {case["id"] for case in report["cases"] if case["verdict"] == "fail"}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_caught_by_its_cases_and_no_other(mutant: str, tmp_path: Path) -> None:
    assert red_cases(mutant, tmp_path, "--podconform-runtime=simulated") == expected(mutant)


def expected(mutant: str) -> set[str]:
    """Read which cases a mutant names, without importing it: the mistake would stay in this process."""
    tree = ast.parse((Path(__file__).parent / f"{mutant}.py").read_text(encoding="utf-8"))
    (value,) = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CAUGHT_BY"
    ]
    named: set[str] = ast.literal_eval(value)
    return named
