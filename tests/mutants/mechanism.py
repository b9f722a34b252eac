"""How a mistake gets into a runtime, and what the suites say of it.

A mutant is a function that breaks something on the runtime's side: the Pod machine's tables, the DNS core, what an
executor makes of an exchange, the simulated world. The side that judges shares nothing with them but the types of
Kubernetes (`tests/test_suites.py` sees to that), so no mutant can change what is expected.

    @mutant(caught_by=["probe.field.failure-threshold"], spares=["probe.liveness.kill"])
    def failures_are_never_forgotten(runtime: Broken) -> None:
        ...

Each change that a mutant makes through `Broken` proves by itself that it fired (`comparison`): in the run, the changed
function must once have done something else than the original does with the same arguments. A change that is never called,
or that always does what the original does, has not fired. A mutant has fired when all its changes have; `red_cases` raises
`NotFiredError` for any other one, so a mutant that makes no change, or makes it past `Broken`, fails its test. Such a mutant is
mended or removed: none is counted as caught, and none as harmless.
"""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from pytest_podconform.experiment.bench import Bench
from pytest_podconform.judge.verdict import BROKEN, Verdict
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from tests.running import CATALOGUE, run

from .comparison import Arguments, Change, Function, alike, comparing, comparing_arguments, copied


@dataclass(frozen=True)
class Broken:
    """A runtime that is about to be broken; all is whole again when the monkeypatch is undone."""

    patch: pytest.MonkeyPatch
    changes: list[Change] = field(default_factory=list)

    @property
    def not_fired(self) -> list[str]:
        """The changes that have done nothing else than what they replaced so far, or a remark that there are no changes."""
        return [change.place for change in self.changes if not change.fired] or ([] if self.changes else ["no change at all"])

    def replace(self, owner: object, name: str, changed: Function) -> None:
        """Put another function in the place of a function, a method or a property; for a constant there is `constant`."""
        original = inspect.getattr_static(owner, name)
        if isinstance(original, property):
            assert original.fget is not None
            self._put(owner, name, property(comparing(self._change(owner, name), original.fget, changed)))
            return
        if not callable(original):
            raise TypeError(f"{name} is a constant: say with `constant` which function reads it")
        self._put(owner, name, comparing(self._change(owner, name), original, changed))

    def wrap(self, owner: object, name: str, around: Callable[[Function], Function]) -> None:
        """Put a function around another one, or around a method."""
        self.replace(owner, name, around(getattr(owner, name)))

    def pass_on(self, owner: object, name: str, arguments: Callable[..., Arguments]) -> None:
        """Call a function that has effects with other arguments, as positional and named ones; it must not be called twice."""
        self._put(owner, name, comparing_arguments(self._change(owner, name), getattr(owner, name), arguments))

    def constant(self, owner: object, name: str, value: object, *, read_by: tuple[object, str]) -> None:
        """Put another value in the place of a constant of a module.

        That a constant is read cannot be seen, so `read_by` names a function that does: it fires when it does something
        else with the new value than with the old one. Where other modules import the function, it is the one of the importer.
        """
        reader_owner, reader_name = read_by
        old, reader = getattr(owner, name), getattr(reader_owner, reader_name)
        assert not callable(old)

        def with_the_old_value(*args: Any, **named: Any) -> Any:
            setattr(owner, name, old)
            try:
                found = reader(*args, **named)
                return iter(list(found)) if isinstance(found, Iterator) else found
            finally:
                setattr(owner, name, value)

        self._put(owner, name, value)
        self._put(reader_owner, reader_name, comparing(self._change(owner, name), with_the_old_value, reader))

    def watch(self, owner: object, name: str, note: Callable[..., None]) -> None:
        """Have a change take note of the calls of a function. That is no change: what is noted must do nothing itself."""
        original = getattr(owner, name)

        def watched(*args: Any, **named: Any) -> Any:
            before = copied((args, named))
            note(*args, **named)
            assert alike(before, (args, named)), f"{name} is watched, not changed"
            return original(*args, **named)

        self._put(owner, name, functools.wraps(original)(watched))

    def guard(self, table: ModuleType, name: str, around: Callable[[Function], Function]) -> None:
        """Change a guard wherever a table has it."""
        self.wrap(table, name, around)
        self._rows(table, "guard", name)

    def effect(self, table: ModuleType, name: str, around: Callable[[Function], Function]) -> None:
        """Change an effect wherever a table has it."""
        self.wrap(table, name, around)
        self._rows(table, "effect", name)

    def _change(self, owner: object, name: str) -> Change:
        change = Change(f"{getattr(owner, '__name__', owner)}.{name}")
        self.changes.append(change)
        return change

    def _put(self, owner: object, name: str, value: object) -> None:
        self.patch.setattr(owner, name, value)

    def _rows(self, table: ModuleType, column: str, name: str) -> None:
        new = getattr(table, name)
        rows = [row._replace(**{column: new}) if getattr(row, column).__name__ == name else row for row in table.TABLE]
        self._put(table, "TABLE", tuple(rows))


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


class NotFiredError(Exception):
    """A mutant of which a change has done nothing in the run."""


@functools.cache
def red_cases(one: Mutant | None, *, sharing: bool = False) -> frozenset[str]:
    """Run all suites on a simulated runtime with that mistake, or on a whole one; return the cases that fail.

    Raises `NotFiredError` where a change of the mutant did not fire, whatever has failed.

    What takes minutes of the virtual clock is run for those mutants only that such a case is to catch. With `sharing` cases
    share Pods, as where time costs something.
    """
    slow = one is not None and any(name in SLOW for name in one.caught_by)
    cases = [name for name, case in CATALOGUE.cases.items() if slow or "slow" not in case.marks]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bench, "shares_pods", sharing)
        broken = Broken(patch)
        if one is not None:
            one.breaks(broken)
        summary, results = run(SimulatedRuntime, cases, nominal=CATALOGUE.nominal)
    verdicts = {name: result.verdict for name, result in results.items()}
    assert summary.failure is None, summary.failure
    odd = {name for name, verdict in verdicts.items() if verdict in {Verdict.HARNESS_ERROR, Verdict.NOT_RUN}}
    assert not odd, odd
    if one is not None and broken.not_fired:
        raise NotFiredError(f"{one.name} did not fire: {', '.join(broken.not_fired)}")
    return frozenset(
        name for name, verdict in verdicts.items() if verdict in BROKEN | {Verdict.UNTESTABLE, Verdict.SETUP_ERROR}
    )


SLOW = {name for case in CATALOGUE.cases.values() if "slow" in case.marks for name in case.requirements}


def requirements_of(cases: Iterable[str]) -> set[str]:
    """Return the requirements that these cases are about."""
    return {name for case in cases for name in CATALOGUE.cases[case].requirements}


def musts() -> Iterator[str]:
    """Yield the MUSTs that have a case which does not need a wire."""
    covered = {n for case in CATALOGUE.cases.values() if "wire" not in case.marks for n in case.requirements}
    yield from (name for name, each in CATALOGUE.requirements.items() if each.level == "MUST" and name in covered)
