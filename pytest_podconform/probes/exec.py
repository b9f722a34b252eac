"""Exec probes: a command in the container, by its exit code.

https://kubernetes.io/docs/concepts/workloads/pods/probes/#exec
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.model.rules import implements

from .outcome import Outcome, failure, success, unknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """An exit code; or nothing in time; or why the command could not be started."""

    exit_code: int | None = None
    timed_out: str | None = None
    not_started: str | None = None


@implements("probe.exec.exit-zero")
def outcome(exchange: Exchange) -> Outcome:
    """Derive the outcome: exit code 0 is a success, any other and a timeout are failures.

    A command that the runtime could not start was no execution of the probe.
    """
    if exchange.not_started is not None:
        return unknown(exchange.not_started)
    if exchange.timed_out is not None:
        return failure(exchange.timed_out)
    return success("exit code 0") if exchange.exit_code == 0 else failure(f"exit code {exchange.exit_code}")


class CannotStart(Exception):
    """Raised by a runtime's exec when the command could not be started."""


@implements("probe.field.timeout")
async def run(
    execute: Callable[[tuple[str, ...]], Awaitable[int]],
    command: tuple[str, ...],
    timeout: float,  # noqa: ASYNC109
) -> Exchange:
    """Run a probe with a runtime's exec, for that many seconds; what still runs then is left to the runtime."""
    try:
        async with asyncio.timeout(timeout):
            return Exchange(exit_code=await execute(command))
    except TimeoutError:
        return Exchange(timed_out=f"command timed out: {' '.join(command)!r} timed out after {timeout:g}s")
    except CannotStart as error:
        return Exchange(not_started=str(error))
