"""Whether a function that stands in the place of another one has done something else than that one would have done.

A `Change` has *fired* when, in one call, the changed function and the original differ: another result, another exception, or
arguments left in another state. Before each call of the changed function the original is called with copies of the same
arguments, and both outcomes are compared; after the first difference there is nothing left to learn, and the changed
function is called alone. So the original must be free of effects except on its arguments: on those that can be changed
(`Life`, `Worker`, `PodMachine`), which are copied. Where it has other effects, `comparing_arguments` compares what is passed
on instead, and never calls the original a second time.
"""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

import copy
import functools
import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pytest_podconform.podmachine.container import Life
from pytest_podconform.podmachine.machine import PodMachine
from pytest_podconform.podmachine.worker import Worker

Function = Callable[..., Any]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass
class Change:
    """One function in the place of another one; the runtime's thread sets `fired`, any thread may read it."""

    place: str
    """What was replaced, as `module.name`."""
    fired: bool = False


class Outcome(NamedTuple):
    """What a call came to: a value, or the type and the text of an exception."""

    value: Any
    error: tuple[type[Exception], str] | None


class _Comparing(threading.local):
    """Whether this thread is in the call of an original: other changes that it reaches have not fired by that."""

    now = False


_comparing = _Comparing()


def comparing(change: Change, original: Function, changed: Function) -> Function:
    """Return `changed`, which sets `change.fired` as soon as `original` would have done something else."""
    refuse_async(change.place, original, changed)

    def compared(*args: Any, **named: Any) -> Any:
        if change.fired or _comparing.now:
            return changed(*args, **named)
        others = copied(args), copied(named)
        expected = _outcome_of_original(original, *others)
        try:
            value = _materialized(changed(*args, **named))
        except Exception as error:
            change.fired = expected.error != (type(error), str(error))
            raise
        given = Outcome(value, None)
        change.fired = change.fired or not (alike(given, expected) and alike((args, named), others))
        return iter(value) if isinstance(value, _Materialized) else value

    return _named_like(original, compared)


def comparing_arguments(change: Change, original: Function, passed_on: Callable[..., Arguments]) -> Function:
    """Return `original`, called with the arguments that `passed_on` returns; other ones set `change.fired`."""
    refuse_async(change.place, original, passed_on)

    def compared(*args: Any, **named: Any) -> Any:
        new_args, new_named = passed_on(*args, **named)
        change.fired = change.fired or not alike((new_args, new_named), (args, named))
        return original(*new_args, **new_named)

    return _named_like(original, compared)


def refuse_async(place: str, *functions: Function) -> None:
    """Raise where a function is a coroutine: its outcome comes later, and cannot be compared here."""
    if any(inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in functions):
        raise TypeError(f"{place} is asynchronous: change a plain function that it calls")


def copied(value: Any) -> Any:
    """Return a copy of what a function could change, and anything else as it is."""
    match value:
        case Life() | Worker():
            return copy.copy(value)  # their fields hold values that never change
        case PodMachine():
            machine = copy.copy(value)
            vars(machine).update(copied(vars(value)))
            return machine
        case dict():
            return {key: copied(each) for key, each in value.items()}
        case list():
            return [copied(each) for each in value]
        case tuple() if type(value) is tuple:
            return tuple(copied(each) for each in value)
        case _:
            return value


def alike(one: Any, other: Any) -> bool:
    """Compare by content, also Pod machines, which have no equality."""
    if isinstance(one, PodMachine) and isinstance(other, PodMachine):
        return alike(vars(one), vars(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


class _Materialized(list[Any]):
    """The items of an iterator."""


def _materialized(value: Any) -> Any:
    return _Materialized(value) if isinstance(value, Iterator) else value


def _outcome_of_original(original: Function, args: Any, named: Any) -> Outcome:
    _comparing.now = True
    try:
        return Outcome(_materialized(original(*args, **named)), None)
    except Exception as error:  # noqa: BLE001 - the changed function may have to raise the same, whatever it is
        return Outcome(None, (type(error), str(error)))
    finally:
        _comparing.now = False


def _named_like(original: Function, compared: Function) -> Function:
    return functools.wraps(original, updated=())(compared)
