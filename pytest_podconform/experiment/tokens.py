"""Admission: how many experiments run at once, so that they do not slow each other down."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

MOST_HELD = 3.0
"""Seconds for which a turn to start is held at most: who has not come up by then waits for something, and costs nothing."""

LAG_INTERVAL = 0.05  # seconds; how often the harness looks at its own clock


class Tokens:
    """What experiments have to wait for: room for a Pod, and a turn to start its containers."""

    def __init__(self, pods: int, starts: int) -> None:
        self._room = pods
        self._left = asyncio.Condition()
        self._starts = asyncio.Semaphore(starts)
        self.held_s = 0.0
        """How long turns to start were held, all together, in seconds."""

    @asynccontextmanager
    async def pods(self, count: int) -> AsyncGenerator[None]:
        """Hold room for that many Pods, taken all at once: two who wait for each other's half would wait for ever."""
        async with self._left:
            await self._left.wait_for(lambda: self._room >= count)
            self._room -= count
        try:
            yield
        finally:
            self._room += count
            async with self._left:
                self._left.notify_all()

    @asynccontextmanager
    async def start(self) -> AsyncGenerator[None]:
        """Hold a turn to start a Pod's containers, until they have started or it has been held long enough."""
        await self._starts.acquire()
        held, since = [self._starts], asyncio.get_running_loop().time()
        waiting = asyncio.get_running_loop().call_later(MOST_HELD, lambda: held.pop().release())
        try:
            yield
            self.held_s += min(asyncio.get_running_loop().time() - since, MOST_HELD)
        finally:
            waiting.cancel()
            for turn in held:
                turn.release()


class LoopLag:
    """How late the event loop runs its timers; the harness's share of the jitter of an experiment."""

    def __init__(self) -> None:
        self._lateness: list[tuple[float, float]] = []

    async def measure(self) -> None:
        """Measure until cancelled."""
        while True:
            due = asyncio.get_running_loop().time() + LAG_INTERVAL
            await asyncio.sleep(LAG_INTERVAL)
            late = asyncio.get_running_loop().time() - due
            if late > LAG_INTERVAL / 10:  # what is less is no jitter, and need not be kept
                self._lateness.append((due, late))

    def since(self, start: float) -> float:
        """Return the worst lateness, in seconds, since a time on the monotonic clock."""
        return max((late for due, late in self._lateness if due >= start), default=0.0)
