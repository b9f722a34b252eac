"""What is imported is declared, and works where a part of it is missing."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

OF_AN_EXTRA = {"fixtures/kubernetes/pki.py": "cluster"}
"""Files that need an extra."""


def declared(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def imported(path: Path) -> set[str]:
    """Return the top names of all modules that a file imports, those in functions included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names - sys.stdlib_module_names - {"pytest_podconform"}


def product() -> Iterator[Path]:
    for folder, _, files in os.walk(ROOT / "pytest_podconform", followlinks=True):
        yield from (Path(folder, name) for name in files if name.endswith(".py"))


def test_what_the_product_imports_is_declared() -> None:
    distributions = importlib.metadata.packages_distributions()
    missing: dict[str, set[str]] = {}
    used: set[str] = set()
    for path in product():
        name = str(path.relative_to(ROOT / "pytest_podconform"))
        extra: list[str] = PROJECT["optional-dependencies"][OF_AN_EXTRA[name]] if name in OF_AN_EXTRA else []
        known = declared([*PROJECT["dependencies"], *extra])
        for module in imported(path):
            owners = {canonicalize_name(each) for each in distributions.get(module, [module])}
            used |= owners
            if not owners & known:
                missing.setdefault(name, set()).add(module)

    assert missing == {}
    assert declared(PROJECT["dependencies"]) - used == set(), "declared, and imported nowhere"


def test_a_simulated_run_needs_no_module_that_windows_lacks(tmp_path: Path) -> None:
    """Unix only: https://docs.python.org/3/library/unix.html."""
    missing = ("fcntl", "grp", "pwd", "resource", "syslog", "termios")
    code = (
        "import shutil, subprocess, pytest, sys;"  # what they import of these is what this platform has
        f"sys.modules.update(dict.fromkeys({missing!r}));"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'no:asyncio', '--podconform',"
        " '--podconform-runtime=simulated', '-k', 'failure-kills']))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"peak_rss_bytes": 0' in (tmp_path / "podconform-report/report.json").read_text(encoding="utf-8")
