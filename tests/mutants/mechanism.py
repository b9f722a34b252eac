"""How a mistake gets into a runtime, and what the suites say of it.

A mutant is a function that breaks something on the runtime's side: the Pod machine's tables, the DNS core, what an
executor makes of an exchange, the simulated world. The side that judges shares nothing with them but the types of
Kubernetes (`tests/test_suites.py` sees to that), so no mutant can change what is expected.

    @mutant(caught_by=["probe.field.failure-threshold"], spares=["probe.liveness.kill"])
    def failures_are_never_forgotten(runtime: Broken) -> None:
        ...
"""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from pytest_podconform.experiment.bench import Bench
from pytest_podconform.judge.verdict import RED, Verdict
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from tests.running import CATALOGUE, run

Function = Callable[..., Any]


@dataclass(frozen=True)
class Broken:
    """A runtime that is about to be broken; all is whole again when the monkeypatch is undone."""

    patch: pytest.MonkeyPatch

    def replace(self, owner: object, name: str, value: object) -> None:
        """Put something else in the place of a function, a constant or a method."""
        self.patch.setattr(owner, name, value)

    def wrap(self, owner: object, name: str, around: Callable[[Function], Function]) -> None:
        """Put a function around another one, or around a method."""
        self.replace(owner, name, around(getattr(owner, name)))

    def guard(self, table: ModuleType, name: str, around: Callable[[Function], Function]) -> None:
        """Change a guard wherever a table has it."""
        self.wrap(table, name, around)
        self._rows(table, "guard", name)

    def effect(self, table: ModuleType, name: str, around: Callable[[Function], Function]) -> None:
        """Change an effect wherever a table has it."""
        self.wrap(table, name, around)
        self._rows(table, "effect", name)

    def _rows(self, table: ModuleType, column: str, name: str) -> None:
        new = getattr(table, name)
        rows = [row._replace(**{column: new}) if getattr(row, column).__name__ == name else row for row in table.TABLE]
        self.replace(table, "TABLE", tuple(rows))


@dataclass(frozen=True)
class Mutant:
    """One mistake."""

    name: str
    title: str
    caught_by: frozenset[str]
    """Requirements of which at least one case must fail."""
    spares: frozenset[str]
    """Requirements of which no case may fail: the mistake has nothing to do with them."""
    breaks: Callable[[Broken], None] = field(repr=False)


_found: dict[str, Mutant] = {}


def mutant(*, caught_by: Sequence[str], spares: Sequence[str] = ()) -> Callable[[Callable[[Broken], None]], None]:
    """Declare a mutant; its docstring says what its author has got wrong."""

    def declare(breaks: Callable[[Broken], None]) -> None:
        assert breaks.__doc__
        name = breaks.__name__.replace("_", "-")
        assert name not in _found
        _found[name] = Mutant(name, breaks.__doc__, frozenset(caught_by), frozenset(spares), breaks)

    return declare


def load() -> dict[str, Mutant]:
    """Import all mutants and return them by name."""
    package = importlib.import_module(__package__ or "")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "plugin" and not module.name.startswith("test_"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return _found


@functools.cache
def red_cases(one: Mutant | None, *, sharing: bool = False) -> frozenset[str]:
    """Run all suites on a simulated runtime with that mistake, or on a whole one; return the cases that fail.

    What takes minutes of the virtual clock is run for those mutants only that such a case is to catch. With `sharing` cases
    share Pods, as where time costs something.
    """
    slow = one is not None and any(name in SLOW for name in one.caught_by)
    cases = [name for name, case in CATALOGUE.cases.items() if slow or "slow" not in case.marks]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bench, "shares_pods", sharing)
        if one is not None:
            one.breaks(Broken(patch))
        engine, outcomes = run(SimulatedRuntime, cases, nominal=CATALOGUE.nominal)
    verdicts = {name: outcome.verdict for name, outcome in outcomes.items()}
    assert engine.failure is None, engine.failure
    odd = {name for name, verdict in verdicts.items() if verdict in {Verdict.HARNESS_ERROR, Verdict.NOT_RUN}}
    assert not odd, odd
    return frozenset(name for name, verdict in verdicts.items() if verdict in RED or verdict is Verdict.SETUP_ERROR)


SLOW = {name for case in CATALOGUE.cases.values() if "slow" in case.marks for name in case.requirements}


def requirements_of(cases: Iterable[str]) -> set[str]:
    """Return the requirements that these cases are about."""
    return {name for case in cases for name in CATALOGUE.cases[case].requirements}


def musts() -> Iterator[str]:
    """Yield the MUSTs that have a case which does not need a wire."""
    covered = {n for case in CATALOGUE.cases.values() if "wire" not in case.marks for n in case.requirements}
    yield from (name for name, each in CATALOGUE.requirements.items() if each.level == "MUST" and name in covered)
