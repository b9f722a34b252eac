"""The locked versions in requirements/ that CI installs: complete, within the bounds, hashed, no registry's name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
DECLARED: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pinned(group: str) -> dict[str, str]:
    text = (ROOT / f"requirements/{group}.txt").read_text(encoding="utf-8")
    return {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)}


def wanted(group: str) -> list[Requirement]:
    project = DECLARED["project"]
    of_project = [
        *project["dependencies"],
        *DECLARED["build-system"]["requires"],
    ]
    return [Requirement(each) for each in [*DECLARED["dependency-groups"][group], *(of_project if group == "test" else [])]]


def test_each_group_has_a_lock() -> None:
    assert {path.stem for path in LOCKS} == DECLARED["dependency-groups"].keys()


@pytest.mark.parametrize("group", DECLARED["dependency-groups"])
def test_what_is_declared_is_locked_within_its_bounds(group: str) -> None:
    locked = pinned(group)

    for one in wanted(group):
        name = canonicalize_name(one.name)
        assert name in locked, f"{name} is not in requirements/{group}.txt: make lock"
        assert one.specifier.contains(locked[name], prereleases=True), f"{one}, and not {locked[name]}: make lock"


def test_groups_that_share_an_environment_agree() -> None:
    test = pinned("test")

    for group in ("check", "tools"):
        assert {name: version for name, version in pinned(group).items() if test.get(name, version) != version} == {}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_a_lock_has_hashes_and_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[\w.-]+==)", text)[1:]

    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE)
