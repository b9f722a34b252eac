"""An engine for the tests that need one, and a look at what they leave behind."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import pytest_asyncio

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.runtimes.docker import images, reaper
from pytest_podconform.runtimes.docker.engine import connect
from pytest_podconform.runtimes.docker.owner import RUN_LABEL


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine() -> str:
    """Return the address of the engine, ready for a run; without one the tests are skipped, unless `make test` promised it."""
    try:
        engine = await connect()
        await images.ensure_coredns(engine.api, print)  # a build takes minutes, which count for no test
        await engine.close()
    except EnvironmentFault as fault:
        if os.environ.get("PODCONFORM_NEEDS_ENGINE"):
            raise
        pytest.skip(str(fault))
    return engine.host


def left_behind(host: str) -> list[str]:
    """Name whatever of ours is on the engine."""
    found = reaper.find(host, RUN_LABEL)
    return [each.name for kind in found.values() for each in kind]


@pytest.fixture
def clean(engine: str) -> Iterator[str]:
    """Return the engine's address; see that a test leaves nothing there."""
    assert left_behind(engine) == []
    yield engine
    assert left_behind(engine) == []
