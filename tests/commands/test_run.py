from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .running import podconform, process


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the arguments of the pytest that would have been started."""
    found: list[str] = []

    def execv(_program: str, command: list[str]) -> None:
        assert command[:4] == [sys.executable, "-m", "pytest", "--podconform"]
        found.extend(command[4:])

    monkeypatch.setattr("os.execv", execv)
    return found


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["-k", "grpc", "--podconform-runtime", "simulated", "-n", "2", "-vx"],
        ["tests", "-k", "a or b", "podconform::probes/http/port-name"],
    ],
)
def test_arguments_go_to_pytest_as_they_are(args: list[str], started: list[str]) -> None:
    assert podconform("run", *args).exit_code == 0
    assert started == args


def test_behind_two_dashes_even_help_is_pytests(started: list[str]) -> None:
    podconform("run", "--", "--help")

    assert started == ["--help"]


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["--co", "-q", "-k", "port-number"], 0),
        (["-k", "nothing-has-this-name"], 5),
        (["--podconform-runtime=dokcer"], 4),
    ],
)
def test_the_exit_status_is_pytests(args: list[str], status: int, tmp_path: Path) -> None:
    done = process("run", "-p", "no:cacheprovider", "-p", "no:asyncio", *args, folder=tmp_path)

    assert done.returncode == status
    assert status != 4 or "unknown runtime 'dokcer'; did you mean 'docker'?" in done.stderr


def test_an_adapter_in_this_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from pytest_podconform.runtimes.simulated import SimulatedRuntime as Mine\n")
    alone = ("-p", "no:cacheprovider", "-p", "no:asyncio")

    done = process("run", *alone, "--podconform-runtime=mine:Mine", "-k", "port-number", folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
