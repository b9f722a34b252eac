"""The wheel, installed elsewhere, is the whole thing."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist, as a release does."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_a_wheel_installs_one_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"pytest_podconform"}
    assert {
        "pytest_podconform/suites/requirements/probes.toml",
        "pytest_podconform/suites/nominal.json",
        "pytest_podconform/py.typed",
        "pytest_podconform/suites/probes/http.py",
        "pytest_podconform/fixtures/target/program/call",
        "pytest_podconform/fixtures/target/program/untrusted.pem",
        "pytest_podconform/report/report.schema.json",
    } <= set(names)


@pytest.mark.usefixtures("clean")
def test_an_installed_wheel_runs_the_same_cases(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True)
    empty = tmp_path / "empty"
    empty.mkdir()

    def run(executable: Path | str, *args: str) -> subprocess.CompletedProcess[str]:
        command = [str(executable), "-m", "pytest", "-p", "no:cacheprovider", "--podconform", *args]
        return subprocess.run(command, cwd=empty, capture_output=True, text=True, check=False)

    listed, ours = (run(each, "--co", "-q").stdout.splitlines() for each in (python, sys.executable))
    assert [line for line in listed if line.startswith("podconform::")] == [
        line for line in ours if line.startswith("podconform::")
    ]
    done = run(python, "-k", "port-number or expansion or exit-zero")
    assert done.returncode == 0, done.stdout
