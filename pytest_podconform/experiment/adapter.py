"""Calls of an adapter: whatever its code raises that it may not raise is the fault of its author."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from pytest_podconform.errors import AdapterFault, EnvironmentFault, PodconformError, UsageFault, told
from pytest_podconform.model.validated import InvalidFieldsError
from pytest_podconform.runtimes.interface import Facts, Interrupted, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Coroutine

    from pytest_podconform.runtimes.interface import Runtime, RuntimeOptions

T = TypeVar("T")

MOST_PODS_OF_A_CASE: Final = 2

OF_THE_RUNTIME: Final = (Interrupted, PodconformError)
"""What an adapter may raise while a case runs."""


def made(runtime: type[Runtime]) -> Runtime:
    """Make the runtime of a run.

    Raises:
        AdapterFault: its constructor raises, or it lacks a method.

    """
    try:
        return runtime()
    except PodconformError:
        raise
    except Exception as error:
        do = ["docs/adapter.md says what a runtime needs"]
        raise AdapterFault(f"{runtime.__name__}() raised {told(error)}", do=do) from error


def options_of(runtime: type[Runtime], chosen: RuntimeOptions, name: str) -> RuntimeOptions:
    """Return the options that a runtime takes: those that were chosen, its defaults where nothing was; `name` is as in errors.

    Raises:
        UsageFault: options are given that it does not declare.

    """
    if type(chosen) is runtime.options:
        return chosen
    if given := chosen.given():
        raise UsageFault(f"{given[0]} has no effect on the runtime {name}")
    return runtime.options()


async def called(work: Awaitable[T], what: str, *, may_raise: tuple[type[Exception], ...] = (PodconformError,)) -> T:
    """Await a call of the adapter; what it may not raise is an AdapterFault."""
    try:
        return await work
    except may_raise:
        raise
    except Refused as refused:
        if Interrupted not in may_raise:  # no object was applied: an error as any other
            raise AdapterFault(f"{what} raised {told(refused)}") from refused
        raise AdapterFault(f"{what} refused: {refused.reason}") from refused
    except Exception as error:
        raise AdapterFault(f"{what} raised {told(error)}") from error


async def iterated(stream: AsyncIterator[T], kind: type[T], what: str) -> AsyncIterator[T]:
    """Iterate what the adapter yields, with the same rule."""
    try:
        async for item in stream:
            if not isinstance(item, kind):
                msg = f"{what} yields {type(item).__name__}, and not {kind.__name__}"
                raise AdapterFault(msg)  # noqa: TRY301 - its author sees it as any other
            yield item
    except OF_THE_RUNTIME:
        raise
    except Exception as error:
        raise AdapterFault(f"{what} raised {told(error)}") from error


async def facts_of(runtime: Runtime) -> Facts:
    """Return what a runtime says of itself, if cases can be run with that.

    Raises:
        AdapterFault: it says what no runtime can, or something else than facts.
        EnvironmentFault: no case can be judged, or not each of them.

    """
    try:
        asked = cast("Awaitable[object]", runtime.facts())  # an adapter need not be typed
        facts = await called(asked, "facts()", may_raise=(PodconformError, InvalidFieldsError))
    except InvalidFieldsError as error:
        do = ["docs/adapter.md describes what an adapter declares"]
        raise AdapterFault(f"{type(runtime).__module__}:{type(runtime).__qualname__}: {error}", do=do) from error
    if not isinstance(facts, Facts):
        raise AdapterFault(f"facts() returned {type(facts).__name__}, and not Facts")
    if not facts.shares_clock:
        do = ["run pytest on the node: the times of containers on another kernel cannot be judged yet"]
        raise EnvironmentFault("containers and harness do not share a clock (facts().shares_clock)", do=do)
    if facts.max_pods < MOST_PODS_OF_A_CASE:
        raise EnvironmentFault(f"max_pods is {facts.max_pods}, and there are cases with {MOST_PODS_OF_A_CASE} Pods")
    return facts


async def shielded(work: Coroutine[Any, Any, T]) -> T:
    """Await something to its end though the caller be cancelled: `stop` may come while a run removes what it has made."""
    task = asyncio.create_task(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()
