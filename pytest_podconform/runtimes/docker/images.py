"""See to it that the engine has the two images of a run."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import aiodocker

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.fixtures.coredns import image as coredns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pytest_podconform.runtimes.interface import Run


async def ensure_target(api: aiodocker.Docker, run: Run) -> str:
    """Return the name of a target image that the engine has: pulled, or else built from this interpreter."""
    for name in filter(None, (run.image, run.published)):
        if await _has(api, name):
            run.say(f"target image {name}: the engine has it")
            return name
    if run.published:
        with contextlib.suppress(aiodocker.DockerError):
            await api.images.pull(run.published)
            run.say(f"target image {run.published}: pulled")
            return run.published
    start = time.monotonic()
    await load(api, run.write_image)
    run.say(f"target image {run.image}: built from this interpreter in {time.monotonic() - start:.1f} s")
    return run.image


async def ensure_musl(api: aiodocker.Docker, run: Run) -> str:
    """Return the name of the musl client's image, which the engine has then; empty where it cannot be built."""
    if run.musl is None:
        return ""
    if not await _has(api, run.musl.tag):
        try:
            await load(api, run.musl.write)
        except EnvironmentFault as fault:  # a few cases less, and no run less
            run.say(f"image {run.musl.tag}: {fault.what}")
            return ""
        run.say(f"image {run.musl.tag}: built with musl-gcc")
    return run.musl.tag


async def ensure_coredns(api: aiodocker.Docker, say: Callable[[str], None]) -> str:
    """Return the name of a CoreDNS image that the engine has: pulled, or else made from a binary."""
    for tag in (coredns.PUBLISHED, coredns.TAG):
        if await _has(api, tag):
            say(f"image {tag}: the engine has it")
            return tag
    with contextlib.suppress(aiodocker.DockerError):
        await api.images.pull(coredns.PUBLISHED)
        say(f"image {coredns.PUBLISHED}: pulled")
        return coredns.PUBLISHED
    program = await asyncio.to_thread(coredns.binary, say)
    await load(api, lambda to: coredns.write_archive(program, to))
    say(f"image {coredns.TAG}: made from {program}")
    return coredns.TAG


async def _has(api: aiodocker.Docker, tag: str) -> bool:
    try:
        await api.images.inspect(tag)
    except aiodocker.DockerError as error:
        if error.status == 404:  # noqa: PLR2004 - HTTP
            return False
        raise
    return True


async def load(api: aiodocker.Docker, write: Callable[[Path], None]) -> None:
    """Bring an image into the engine.

    Raises:
        EnvironmentFault: it cannot be written, or the engine does not take it.

    """
    with tempfile.TemporaryDirectory(prefix="podconform-") as folder:
        archive = Path(folder) / "image.tar"
        try:
            await asyncio.to_thread(write, archive)
            with archive.open("rb") as file:
                await cast("Awaitable[Any]", api.images.import_image(file))
        except (OSError, aiodocker.DockerError) as error:
            msg = f"an image could not be built: {error}"
            raise EnvironmentFault(msg, do=["look at the free space of the engine and of the temporary folder"]) from error
