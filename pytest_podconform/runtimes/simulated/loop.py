"""An event loop whose time is virtual: when nothing is ready, the clock jumps to the next timer.

Whatever awaits timers only runs unchanged on it, ten minutes in milliseconds, and the same way each time.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


LOOK_EACH: Final = 32
"""Only each so many steps the loop looks for news from other threads: to be told to stop is all they can send."""


class _JumpingSelector(selectors.SelectSelector):
    """A selector that does not wait: it tells the loop how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped = 0.0
        self._calls = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._calls += 1
        look = timeout is None or self._calls % LOOK_EACH == 0
        ready = super().select(0) if look else []
        if not ready and timeout is None:
            msg = "deadlock: nothing is ready, and no timer is set"
            raise RuntimeError(msg)
        if not ready and timeout:
            self.jumped += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; its time begins at zero."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual time, in seconds."""
        return self._jumping.jumped


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
