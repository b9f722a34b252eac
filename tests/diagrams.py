"""The Pod machine's tables and diagrams, and which function implements which rule, as `docs/machine.md` shows them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest_podconform
from pytest_podconform import dns, model, podmachine, probes
from pytest_podconform.model.rules import implemented_by
from pytest_podconform.podmachine import container, worker
from pytest_podconform.podmachine.table import Kind, always, nothing

HEAD = """\
# What a Pod does over time

Generated from the tables in `pytest_podconform/podmachine` by `make generate`; a test sees that it is not stale. Whose turn it
is to start and who has to stop is decided in `machine.py`, which sees all containers; phase, conditions and readiness are
functions of the containers' states (`status.py`).

"""

TABLES = {"A container": container, "A probe worker": worker}

NO_STEP = {
    Kind.IGNORED: "These triggers occur, and change nothing:",
    Kind.IMPOSSIBLE: "These triggers cannot occur; an event that makes one is a bug of the machine's user, and raises:",
}

RULES = """\

## Which function implements which rule

The functions of the pure cores and of the executors of probes, by requirement (`suites/requirements`). A requirement that no
function here decides is not listed; `tests/podmachine/test_rules.py` names those, with reasons.

| requirement | module | function |
|---|---|---|
"""

CORES = (model, podmachine, dns, probes)


class Implementation(NamedTuple):
    """A function that implements a requirement."""

    requirement: str
    module: str
    function: str


def implementations() -> list[Implementation]:
    """List which function implements which requirement, sorted by requirement."""
    return sorted(
        Implementation(requirement, module.__name__.removeprefix(f"{pytest_podconform.__name__}."), function.__qualname__)
        for module in _modules()
        for function in _functions(module)
        for requirement in implemented_by(function)
    )


def _modules() -> Iterator[ModuleType]:
    for package in CORES:
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def _functions(module: ModuleType) -> Iterator[Any]:
    """Yield the functions and methods that a module defines itself."""
    own = [each for each in vars(module).values() if getattr(each, "__module__", None) == module.__name__]
    for each in own:
        members = vars(each).values() if isinstance(each, type) else [each]
        for member in members:
            function = getattr(member, "fget", None) or getattr(member, "__wrapped__", None) or member
            if isinstance(function, FunctionType):
                yield function


def render() -> str:
    """Render all tables, each one with its diagram, and the functions by rule."""
    tables = "\n".join("".join(_section(title, module)) for title, module in TABLES.items())
    rules = "".join(f"| `{rule}` | `{module}` | `{function}` |\n" for rule, module, function in implementations())
    return HEAD + tables + RULES + rules


def _section(title: str, module: ModuleType) -> Iterator[str]:
    yield f"## {title}\n\n"
    yield f"{(module.__doc__ or '').partition(chr(10) * 2)[2].strip()}\n\n"
    yield "```mermaid\nstateDiagram-v2\n"
    yield from _diagram(module)
    yield "```\n\n"
    yield "| state | trigger | guard | becomes | effect |\n|---|---|---|---|---|\n"
    for row in _rows(module, Kind.STEP):
        guard = "" if row.guard is always else _words(row.guard.__name__)
        effect = "" if row.effect is nothing else _words(row.effect.__name__)
        yield f"| {row.state.value} | {row.trigger.value} | {guard} | {row.to.value} | {effect} |\n"
    for kind, words in NO_STEP.items():
        yield f"\n{words}\n\n| trigger | in state | because |\n|---|---|---|\n"
        states: dict[tuple[str, str], list[str]] = {}
        for row in _rows(module, kind):
            states.setdefault((row.trigger.value, row.because), []).append(f"{row.state.value}{_otherwise(row, module)}")
        yield from (f"| {trigger} | {', '.join(each)} | {because} |\n" for (trigger, because), each in states.items())


def _rows(module: ModuleType, kind: Kind) -> list[Any]:
    return [row for row in module.TABLE if row.kind is kind]


def _otherwise(row: Any, module: ModuleType) -> str:
    """Name the guards of the rows above that this one stands behind."""
    guards = [each.guard for each in module.TABLE if (each.state, each.trigger) == (row.state, row.trigger)]
    named = [_words(guard.__name__) for guard in guards if guard is not always]
    return f" [not {', not '.join(named)}]" if named else ""


def _diagram(module: ModuleType) -> Iterator[str]:
    steps = _rows(module, Kind.STEP)
    yield f"  [*] --> {_name(steps[0].state.value)}\n"
    arrows: dict[Any, list[str]] = {(row.state, row.to): [] for row in steps}
    for row in steps:
        guard = "" if row.guard is always else f" [{_words(row.guard.__name__)}]"
        arrows[row.state, row.to].append(f"{row.trigger.value}{guard}")
    for (state, to), labels in arrows.items():
        yield f"  {_name(state.value)} --> {_name(to.value)}: {' / '.join(dict.fromkeys(labels))}\n"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _name(state: str) -> str:
    return state.replace(" ", "_")
