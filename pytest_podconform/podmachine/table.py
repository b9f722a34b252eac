"""A state machine as a table of rows, and the step that a trigger takes through it.

A table says of every pair of a state and a trigger what happens. It is a step, which may depend on guards; it is ignored,
for a reason; or it is impossible, for a reason: only a bug of the caller makes such a pair, and `step` raises.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from .events import Action


class Machine(Protocol):
    """What a table moves from state to state."""

    state: Any

    @property
    def title(self) -> str:
        """What an error calls it."""
        ...


M_contra = TypeVar("M_contra", bound=Machine, contravariant=True)
S = TypeVar("S", bound=enum.Enum)
T = TypeVar("T", bound=enum.Enum)


class Kind(enum.Enum):
    """What a row says of its trigger."""

    STEP = "step"
    IGNORED = "ignored"
    IMPOSSIBLE = "impossible"


class Row(NamedTuple, Generic[M_contra, S, T]):
    """What a trigger does in a state, where the guard holds; times are seconds."""

    state: S
    trigger: T
    guard: Callable[[M_contra, float], bool]
    to: S
    effect: Callable[[M_contra, float], list[Action]]
    kind: Kind = Kind.STEP
    because: str = ""
    """Why the trigger is ignored, or cannot occur."""


class UnexpectedTrigger(Exception):
    """Raised where a trigger is fired that its table calls impossible, or has no row for: a bug of the caller."""

    def __init__(self, machine: Machine, trigger: enum.Enum, because: str) -> None:
        super().__init__(f"{machine.title}: {trigger.value!r} cannot occur in state {machine.state.value!r}: {because}")
        self.state: enum.Enum = machine.state
        self.trigger = trigger


def always(_machine: Machine, _now: float) -> bool:
    """Guard a row that is taken whenever none above it fits."""
    return True


def nothing(_machine: Machine, _now: float) -> list[Action]:
    """Do nothing beyond the change of state."""
    return []


def ignored(trigger: T, *states: S, because: str) -> Iterator[Row[Machine, S, T]]:
    """Yield rows of a trigger that may occur in these states, and changes nothing there."""
    for state in states:
        yield Row(state, trigger, always, state, nothing, Kind.IGNORED, because)


def impossible(trigger: T, *states: S, because: str) -> Iterator[Row[Machine, S, T]]:
    """Yield rows of a trigger that can only occur in these states by a bug of the caller."""
    for state in states:
        yield Row(state, trigger, always, state, nothing, Kind.IMPOSSIBLE, because)


def step(table: Iterable[Row[M_contra, S, T]], machine: M_contra, trigger: T, now: float) -> list[Action]:
    """Take the first row that fits: move the machine to the row's state, and return what is to be done.

    Raises:
        UnexpectedTrigger: the trigger cannot occur in the machine's state, or no row fits.

    """
    for row in table:
        if row.state is machine.state and row.trigger is trigger and row.guard(machine, now):
            if row.kind is Kind.IMPOSSIBLE:
                raise UnexpectedTrigger(machine, trigger, row.because)
            machine.state = row.to
            return row.effect(machine, now)
    raise UnexpectedTrigger(machine, trigger, "no row of the table fits")
