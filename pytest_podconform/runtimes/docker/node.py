"""What all Pods of a run share on their node: the engine, the network, the clock."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from pytest_podconform.podmachine import Relists
from pytest_podconform.probes.exec import CannotStart

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiodocker

    from pytest_podconform.dns.policy import Node as DNSNode
    from pytest_podconform.podmachine import Policy

    from .containers import Containers

EXECS_AT_ONCE = 4
"""An engine runs about 30 commands a second, however many are asked for at once (measured)."""

CANNOT_START = frozenset({126, 127})
"""Exit codes by which engines say that a command could not be started: Docker's, podman's."""


class Clock:
    """A steady clock that counts from the Unix epoch, in seconds."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the time."""
        return time.monotonic() + self._offset


class Exits:
    """The ends of containers, as the engine's event stream tells them, by container name."""

    def __init__(self) -> None:
        self._futures: dict[str, asyncio.Future[int]] = {}

    def expect(self, name: str) -> None:
        """Look out for the end of a container that is about to be started."""
        self._futures[name] = asyncio.get_running_loop().create_future()

    async def of(self, name: str) -> int:
        """Wait for the end of a container and return its exit code."""
        exit_code = await self._futures[name]
        del self._futures[name]
        return exit_code

    def tell(self, name: str, exit_code: int) -> None:
        """Take note of an end."""
        future = self._futures.get(name)
        if future is not None and not future.done():
            future.set_result(exit_code)


class Node:
    """The node of the reference runtime."""

    def __init__(
        self,
        *,
        run: str,
        api: aiodocker.Docker,
        containers: Containers,
        labels: Mapping[str, str],
        network: str,
        image: str,
        policy: Policy,
        dns: DNSNode,
        address: str,
    ) -> None:
        self.run = run
        self.api = api
        self.containers = containers
        self.labels = labels
        self.network = network
        self.image = image
        self.policy = policy
        self.dns = dns
        self.address = address
        self.clock = Clock()
        self.relists = Relists(policy.relist_period, self.clock.now())
        self.exits = Exits()
        self._execs = asyncio.Semaphore(EXECS_AT_ONCE)

    async def follow_exits(self) -> None:
        """Follow the engine's events until cancelled."""
        events: Any = self.api.events.subscribe(filters={"event": ["die"], "type": ["container"]})  # type: ignore[no-untyped-call]
        while (event := await events.get()) is not None:
            attributes = event["Actor"]["Attributes"]
            self.exits.tell(attributes["name"], int(attributes["exitCode"]))

    async def execute(self, name: str, command: tuple[str, ...]) -> int:
        """Run a command in a container and return its exit code.

        Raises:
            CannotStart: the engine could not start it.

        """
        async with self._execs:
            execution = await self.api.containers.container(name).exec(list(command))
            output = b""
            async with execution.start(detach=False) as stream:
                while (message := await stream.read_out()) is not None:
                    output += message.data
            exit_code = int((await execution.inspect())["ExitCode"])
        if exit_code in CANNOT_START and b"OCI runtime exec failed" in output:
            raise CannotStart(output.decode(errors="replace").strip())
        return exit_code
