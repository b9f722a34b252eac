"""The world of one Pod on the engine: a pause container, the containers that join it, and their volumes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import aiodocker
import msgspec

from pytest_podconform.dns.hosts import MOST_HOSTNAME, hostname, hosts_file
from pytest_podconform.dns.policy import resolv_conf
from pytest_podconform.fixtures.target.program import pause
from pytest_podconform.probes import prober
from pytest_podconform.runtimes.driver import NeverStartedError, World

from .containers import Wanted
from .volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_podconform.model.pod import Container, Pod, ProbeResult
    from pytest_podconform.podmachine.events import RunHook, RunProbe

    from .node import Node


PAUSE: Final = ("/podconform/python", "-I", "-B", "-S", "/podconform/site/program/pause.py")


class DockerWorld(World):
    """One Pod's share of the engine."""

    def __init__(self, pod: Pod, node: Node) -> None:
        self._pod = pod
        self._node = node
        self._name = f"podconform-{node.run}-{pod.metadata.namespace}-{pod.metadata.name}"
        self._volumes = Volumes(node.api, self._name, node.labels)
        self._made: list[str] = []

    async def make_sandbox(self) -> str:
        """Start the pause container; return once it has written resolv.conf and hosts."""
        dns = self._node.dns
        resolv = resolv_conf(self._pod, dns).render()
        wanted = Wanted(name=self._name, image=self._node.image, entrypoint=PAUSE, args=[resolv], ready_text=pause.READY)
        if self._pod.spec.host_network:  # name and hosts are the node's, too
            wanted = msgspec.structs.replace(wanted, network="host")
        else:
            hosts = hosts_file(self._pod, pause.OWN_ADDRESS, dns.cluster_domain)
            name = hostname(self._pod, dns.cluster_domain)
            if len(name) > MOST_HOSTNAME:
                raise NeverStartedError(f"{name} is no host name")
            wanted = msgspec.structs.replace(wanted, network=self._node.network, hostname=name, args=[resolv, hosts])
        self._made.append(wanted.name)
        addresses = await self._node.containers.start(wanted)
        return addresses[wanted.network] or self._node.address

    async def start(self, container: Container, instance: int) -> None:
        """Start a new container for each instance: a restarted one would keep its writable layer."""
        name = self._instance(container.name, instance)
        self._node.exits.expect(name)
        self._made.append(name)
        wanted = Wanted(
            name=name,
            image=container.image,
            entrypoint=container.command,
            args=container.args,
            env={variable.name: variable.value for variable in container.env},
            working_dir=container.working_dir,
            joins=self._name,
            mounts=[await self._volumes.mount(mount) for mount in container.volume_mounts],
        )
        await self._node.containers.start(wanted)

    async def exit_code(self, name: str, instance: int) -> int:
        """Wait for the engine to tell of its end."""
        return await self._node.exits.of(self._instance(name, instance))

    async def signal(self, name: str, instance: int, signal: str) -> None:
        """Send a signal to the container's first process."""
        with contextlib.suppress(aiodocker.DockerError):  # it has ended meanwhile
            await self._node.api.containers.container(self._instance(name, instance)).kill(signal=signal)

    async def probe(self, action: RunProbe, address: str) -> ProbeResult:
        """Probe from this process, or by a command in the container."""
        instance = self._instance(action.container.name, action.instance)

        async def execute(command: tuple[str, ...]) -> int:
            return await self._node.execute(instance, command)

        outcome = await prober.probe(action.probe, action.container, address, execute)
        return outcome.result

    async def hook(self, action: RunHook) -> None:
        """Run a hook; whatever becomes of it, the stop goes on."""
        handler = action.handler
        with contextlib.suppress(TimeoutError, aiodocker.DockerError):
            async with asyncio.timeout(action.limit):
                if handler.exec is not None:
                    await self._node.execute(self._instance(action.name, action.instance), handler.exec.command)
                elif handler.sleep is not None:
                    await asyncio.sleep(handler.sleep.seconds)

    async def log(self, name: str, instance: int) -> AsyncIterator[bytes]:
        """Follow the engine's log of the container."""
        log = self._node.api.containers.container(self._instance(name, instance))
        async for piece in log.log(stdout=True, follow=True):
            yield piece.encode()

    async def remove(self) -> None:
        """Remove containers, the sandbox last, then volumes."""
        for name in reversed(self._made):
            with contextlib.suppress(aiodocker.DockerError):  # a container that never came to be
                await self._node.api.containers.container(name).delete(force=True, v=True)
        await self._volumes.remove()

    def _instance(self, name: str, instance: int) -> str:
        return f"{self._name}-{name}-{instance}"
