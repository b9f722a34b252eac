"""Start containers, through testcontainers. It blocks, so it runs in threads."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
from docker.errors import APIError, DockerException
from docker.types import Mount  # noqa: TC002 - msgspec resolves the annotations of `Wanted`
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from pytest_podconform.runtimes.driver import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READY_POLL = 0.02  # seconds between two looks for the text by which a container says that it is ready
READY_LIMIT = 60  # seconds until then


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A container to start."""

    name: str
    image: str
    entrypoint: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, str] = {}
    working_dir: str = ""
    network: str = ""
    hostname: str = ""
    joins: str = ""
    """The container whose network namespace it shares, and with it hostname, resolv.conf and hosts."""
    mounts: Sequence[Mount] = ()
    files: Mapping[str, str] = {}
    """Texts to be put into the container before it starts, by path."""
    ready_text: str = ""
    """What it prints when it is ready; the start lasts until then."""


class Containers:
    """The containers of a run on one engine.

    At most `threads` are started at once: a start costs 0.2 s of CPU in the engine, so more than it has processors would
    only make each other late.
    """

    def __init__(self, host: str, labels: Mapping[str, str], *, threads: int) -> None:
        # Ryuk would be a further image, which a machine without a registry does not have; `reaper` does its work.
        testcontainers_config.ryuk_disabled = True
        os.environ["DOCKER_HOST"] = host  # testcontainers reads it for each container
        self._labels = dict(labels)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="podconform-engine")

    async def start(self, wanted: Wanted) -> dict[str, str]:
        """Create and start a container and return its addresses, by network.

        Raises:
            StartError: the engine refuses; nothing of the container is left.

        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._start, wanted)

    def close(self) -> None:
        """Wait for the starts that are under way; nothing can be started any more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, wanted: Wanted) -> dict[str, str]:
        container = DockerContainer(wanted.image, env=dict(wanted.env), name=wanted.name)
        container.with_command(list(wanted.args)).with_kwargs(**self._options(wanted))
        for path, text in wanted.files.items():
            container.with_copy_into_container(text.encode(), path)
        if wanted.ready_text:
            ready = LogMessageWaitStrategy(wanted.ready_text).with_poll_interval(READY_POLL)
            container.waiting_for(ready.with_startup_timeout(READY_LIMIT))
        try:
            container.start()
            made = container.get_wrapped_container()
            made.reload()
        except (DockerException, TimeoutError) as error:
            container.stop()
            raise StartError(*_why(error)) from error
        container.get_docker_client().client.close()
        return {name: network["IPAddress"] for name, network in made.attrs["NetworkSettings"]["Networks"].items()}

    def _options(self, wanted: Wanted) -> dict[str, Any]:
        options: dict[str, Any] = {"labels": self._labels, "mounts": list(wanted.mounts)}
        if wanted.entrypoint:
            options["entrypoint"] = list(wanted.entrypoint)
        if wanted.working_dir:
            options["working_dir"] = wanted.working_dir
        if wanted.joins:
            return options | {"network_mode": f"container:{wanted.joins}"}
        return options | {"network": wanted.network, "hostname": wanted.hostname or None}


def _why(error: Exception) -> tuple[str, str]:
    """Name the error as the kubelet would, with the engine's own text."""
    text = str(error.explanation or error) if isinstance(error, APIError) else str(error)
    missing = isinstance(error, APIError) and any(word in text for word in ("pull", "o such image", "registry"))
    return ("ErrImagePull" if missing else "RunContainerError"), text
