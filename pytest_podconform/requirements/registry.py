"""Load the registry and the profiles, strictly: a field that is not known is a mistake in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from pytest_podconform.errors import HarnessFault
from pytest_podconform.judge.verdict import Level

Basis = Literal["documented", "kubelet"]

SUITES: Final = Path(__file__).parents[1] / "suites"
VERSION: Final = "2026.3"
"""Counts the requirement set: year, and the number of its release in that year."""


class Requirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One documented statement; `id` is public and never reused."""

    id: str
    suite: str
    level: Level
    title: str
    source: str
    """The page, with its anchor, that says so."""
    seeds: tuple[str, ...] = ()
    """Which of the two seed documents state it: A (Pods) and B (Pods: running containers)."""
    needs: tuple[str, ...] = ()
    """The capabilities without which it cannot be judged."""
    basis: Basis = msgspec.field(default="documented", name="class")
    """Who says so: the documentation, which decides conformance, or the kubelet alone, whose ways may differ."""
    clauses: tuple[str, ...] = ()
    """The clauses of `docs/clauses.md` that it stands for."""
    since: str = "2026.1"
    """The first requirement set that has it."""
    note: str = ""
    excluded: str = ""
    """Why no case can ever cover it."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a runtime is judged by."""

    name: str
    title: str
    suites: tuple[str, ...]
    requires: tuple[str, ...]
    """Capabilities that a runtime may not decline: without them its requirements are untestable, which fails."""


def load_requirements(folder: Path = SUITES / "requirements") -> dict[str, Requirement]:
    """Return all requirements by id, in the order of the files.

    Raises:
        HarnessFault: a file cannot be read as a registry, or an id stands in two files.

    """
    found: dict[str, Requirement] = {}
    for path in sorted(folder.glob("*.toml")):
        for name, fields in _read(path).items():
            if name in found:
                raise HarnessFault(f"{path.name}: requirement {name} stands in {found[name].suite}.toml, too")
            found[name] = _convert({"id": name, "suite": path.stem, **fields}, Requirement, path)
    return found


def load_profiles(path: Path = SUITES / "profiles.toml") -> dict[str, Profile]:
    """Return all profiles by name.

    Raises:
        HarnessFault: the file cannot be read as such.

    """
    return {name: _convert({"name": name, **fields}, Profile, path) for name, fields in _read(path).items()}


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, dict[str, Any]])
    except msgspec.MsgspecError as error:
        raise HarnessFault(f"{path}: {error}") from error


def _convert(data: dict[str, Any], to: type[Any], path: Path) -> Any:
    try:
        return msgspec.convert(data, to)
    except msgspec.ValidationError as error:
        raise HarnessFault(f"{path}: {data.get('id') or data.get('name')}: {error}") from error
