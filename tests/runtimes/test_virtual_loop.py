from __future__ import annotations

import asyncio
import time

import pytest

from pytest_podconform.runtimes.simulated.loop import run


def test_time_jumps_to_the_next_timer() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        seen: list[float] = []

        async def ticker(period: float) -> None:
            for _ in range(3):
                await asyncio.sleep(period)
                seen.append(loop.time())

        await asyncio.gather(ticker(600), ticker(250))
        return seen

    began = time.monotonic()

    assert run(main()) == [250, 500, 600, 750, 1200, 1800]
    assert time.monotonic() - began < 1


def test_timeouts_work() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run(main()) == 30


def test_waiting_for_nothing_is_an_error_and_not_for_ever() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="deadlock"):
        run(main())
