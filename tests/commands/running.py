"""Run commands: in this process, or in one of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from pytest_podconform.commands.main import main


def podconform(*args: str, text: str | None = None) -> Result:
    """Run a command in this process; an exception that nobody expects is raised."""
    return CliRunner().invoke(main, args, input=text, catch_exceptions=False, prog_name="podconform")


def process(*args: str, module: bool = False, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as installed or as a module."""
    installed = [str(Path(sys.executable).with_name("podconform"))]
    command: Sequence[str] = [sys.executable, "-m", "pytest_podconform"] if module else installed
    return subprocess.run([*command, *args], cwd=folder, capture_output=True, text=True, check=False)
