"""The Pod machine's tables and diagrams, as `docs/machine.md` shows them."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pytest_podconform.podmachine import container, worker

HEAD = """\
# What a Pod does over time

Generated from the tables in `pytest_podconform/podmachine` by `make generate`; a test sees that it is not stale. Whose turn it
is to start and who has to stop is decided in `machine.py`, which sees all containers; phase, conditions and readiness are
functions of the containers' states (`status.py`).

"""

TABLES = {"A container": container, "A probe worker": worker}


def render() -> str:
    """Render all tables, each one with its diagram."""
    return HEAD + "\n".join("".join(_section(title, module)) for title, module in TABLES.items())


def _section(title: str, module: ModuleType) -> Iterator[str]:
    yield f"## {title}\n\n"
    yield f"{(module.__doc__ or '').partition(chr(10) * 2)[2].strip()}\n\n"
    yield "```mermaid\nstateDiagram-v2\n"
    yield from _diagram(module)
    yield "```\n\n"
    yield "| state | trigger | guard | becomes | effect |\n|---|---|---|---|---|\n"
    for row in module.TABLE:
        guard = "" if row.guard.__name__ == "always" else _words(row.guard.__name__)
        effect = "" if row.effect.__name__ == "nothing" else _words(row.effect.__name__)
        yield f"| {row.state.value} | {row.trigger.value} | {guard} | {row.to.value} | {effect} |\n"


def _diagram(module: ModuleType) -> Iterator[str]:
    yield f"  [*] --> {_name(module.TABLE[0].state.value)}\n"
    arrows: dict[Any, list[str]] = {(row.state, row.to): [] for row in module.TABLE}
    for row in module.TABLE:
        guard = "" if row.guard.__name__ == "always" else f" [{_words(row.guard.__name__)}]"
        arrows[row.state, row.to].append(f"{row.trigger.value}{guard}")
    for (state, to), labels in arrows.items():
        yield f"  {_name(state.value)} --> {_name(to.value)}: {' / '.join(dict.fromkeys(labels))}\n"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _name(state: str) -> str:
    return state.replace(" ", "_")
