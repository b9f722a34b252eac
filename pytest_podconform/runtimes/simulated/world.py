"""The world of one simulated Pod: scripted targets, and probes that reach them without a wire."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from pytest_podconform.dns.hosts import MOST_HOSTNAME, hostname, hosts_file, own_names
from pytest_podconform.dns.policy import Node, resolv_conf
from pytest_podconform.fixtures.target.program.script import Answer, Attempt, End, Route, Script, parse
from pytest_podconform.model.build import CALL
from pytest_podconform.model.expansion import expand
from pytest_podconform.model.pod import ExecAction, GRPCAction, HTTPGetAction
from pytest_podconform.probes import exec as exec_probe
from pytest_podconform.probes import grpc as grpc_probe
from pytest_podconform.probes import http as http_probe
from pytest_podconform.probes import tcp as tcp_probe
from pytest_podconform.probes.outcome import unknown
from pytest_podconform.probes.prober import resolve_port
from pytest_podconform.runtimes.driver import NeverStartedError, StartError, World

from .target import Request, SimTarget
from .weather import FAIR, Weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from pytest_podconform.dns.records import Answer as Found
    from pytest_podconform.model.pod import Container, Pod, Probe, ProbeResult
    from pytest_podconform.podmachine.events import RunHook, RunProbe
    from pytest_podconform.probes.outcome import Outcome

IMAGE: Final = "simulated"  # the only one there is
NODE_NAME: Final = "node"
SANDBOX_IN: Final = 0.1  # seconds that the sandbox takes
START_IN: Final = 0.05  # seconds that a container takes

EXCHANGE_IN: Final = 0.001  # seconds that a probe takes at least


class SimWorld(World):
    """One Pod's world."""

    def __init__(
        self, pod: Pod, node: Node, address: str, lookup: Callable[[str, str], Found], weather: Weather = FAIR
    ) -> None:
        self._pod = pod
        self._node = node
        self._address = address
        self._lookup = lookup
        self._weather = weather
        self._dice = weather.chance(pod.metadata.namespace, pod.metadata.name)
        self._targets: dict[tuple[str, int], SimTarget] = {}
        self._current: dict[str, SimTarget] = {}

    async def make_sandbox(self) -> str:
        """Take an address."""
        await self._takes(SANDBOX_IN)
        if len(hostname(self._pod, self._node.cluster_domain)) > MOST_HOSTNAME:
            raise NeverStartedError("its FQDN is no host name")
        return self._address

    async def start(self, container: Container, instance: int) -> None:
        """Start a target with the container's script."""
        await self._takes(START_IN)
        if container.image != IMAGE:
            raise StartError("ErrImageNeverPull", f"image {container.image} is not there")
        script = _script(container)
        dns = resolv_conf(self._pod, self._node)
        files = {
            "/etc/resolv.conf": dns.render(),
            "/etc/hosts": hosts_file(self._pod, self._address, self._node.cluster_domain),
        }
        target = SimTarget(
            container.name,
            script.attempt(instance),
            instance,
            address=self._address,
            names=self._names(),
            files=files,
            resolv_conf=dns,
            lookup=self._lookup,
        )
        self._targets[container.name, instance] = self._current[container.name] = target

    def _names(self) -> list[str]:
        """Return FQDN and host name; in its node's network a Pod has those of the node."""
        if self._pod.spec.host_network:
            return [NODE_NAME, NODE_NAME]
        zone = self._node.cluster_domain
        return [own_names(self._pod, zone)[0], hostname(self._pod, zone)]

    async def exit_code(self, name: str, instance: int) -> int:
        """Wait for the target's end."""
        return await self._targets[name, instance].exit_code()

    async def signal(self, name: str, instance: int, signal: str) -> None:
        """Signal the target."""
        await self._takes(0)
        self._targets[name, instance].signal(signal)

    async def probe(self, action: RunProbe, address: str) -> ProbeResult:  # noqa: ARG002 - there is no network
        """Execute a probe: what reaches the target is a hit, what comes back is judged as ever."""
        await self._takes(0)
        return (await self._exchange(action.container, action.probe, action.kind)).result

    async def hook(self, action: RunHook) -> None:
        """Sleep as long as the hook does."""
        if action.handler.sleep is not None:
            await asyncio.sleep(min(action.handler.sleep.seconds, action.limit))

    async def log(self, name: str, instance: int) -> AsyncIterator[bytes]:
        """Follow the target's lines."""
        dice = self._weather.chance(self._pod.metadata.name, name, instance)
        target = self._targets[name, instance]
        async for line in target.log():
            if self._weather.late_logs:
                await asyncio.sleep(dice.uniform(0, self._weather.late_logs))
            if self._weather.lost_tails and target.has_ended:
                return
            yield line

    async def _takes(self, seconds: float) -> None:
        later = self._dice.uniform(0, self._weather.jitter) if self._weather.jitter else 0
        if seconds + later:
            await asyncio.sleep(seconds + later)

    async def remove(self) -> None:
        """Let go of all targets."""
        for target in self._targets.values():
            target.signal("KILL")

    async def _exchange(self, container: Container, probe: Probe, kind: str) -> Outcome:
        """Reach whoever runs in the container now: a probe goes to an address, not to an instance."""
        target, handler = self._current[container.name], probe.handler
        if isinstance(handler, ExecAction):
            program, *argv = (expand(word, container.env) for word in handler.command)
            if program != CALL:
                return exec_probe.outcome(exec_probe.Exchange(not_started=f"{program}: no such file or directory"))
            env = {variable.name: variable.value for variable in container.env}
            answer = await _answer(target, target.route(name=kind), probe, Request(argv=argv, env=env))
            return exec_probe.outcome(_exec(answer, probe))
        port = handler.port if isinstance(handler, GRPCAction) else resolve_port(handler.port, container)
        if isinstance(handler, GRPCAction):
            answer = await _answer(target, target.route(port=handler.port), probe, Request(service=handler.service))
            return grpc_probe.outcome(_grpc(answer, probe))
        if port is None:
            return unknown(f"port {handler.port!r} not found")
        answer = await _answer(target, target.route(port=port), probe, Request())
        if isinstance(handler, HTTPGetAction):
            return http_probe.outcome(_http(answer, probe))
        return tcp_probe.outcome(tcp_probe.Exchange(None if answer else "refused"))


async def _answer(target: SimTarget, route: Route | None, probe: Probe, request: Request) -> Answer | None:
    """Return what a request gets, when it gets it, or the timeout is over; None where nobody listens."""
    if route is None:
        return None
    answer = target.hit(route, request)
    await asyncio.sleep(min(answer.delay + EXCHANGE_IN, probe.timeout))
    return answer


def _is_late(answer: Answer, probe: Probe) -> bool:
    return answer.delay + EXCHANGE_IN >= probe.timeout


def _http(answer: Answer | None, probe: Probe) -> http_probe.Exchange:
    if answer is None or _is_late(answer, probe):
        return http_probe.Exchange(error="refused" if answer is None else "no answer in time")
    if not isinstance(answer.value, int):
        return http_probe.Exchange(error=f"no status: {answer.value}")  # raw bytes: there is no wire to read them from
    return http_probe.Exchange(status=answer.value)


def _exec(answer: Answer | None, probe: Probe) -> exec_probe.Exchange:
    if answer is not None and _is_late(answer, probe):
        return exec_probe.Exchange(timed_out="no end in time")
    return exec_probe.Exchange(exit_code=125 if answer is None else int(answer.value))


def _grpc(answer: Answer | None, probe: Probe) -> grpc_probe.Exchange:
    if answer is None or _is_late(answer, probe):
        return grpc_probe.Exchange(error="refused" if answer is None else "no answer in time")
    return grpc_probe.Exchange(str(answer.value))


def _script(container: Container) -> Script:
    """Read what a container plays; the init container that copies resolv.conf plays nothing and ends."""
    program, *args = container.args or ("",)
    if program == "serve":
        return parse(args[0])
    if program == "resolv-conf":
        return Script(container.name, (Attempt(show=(args[0],), exits=End()),))
    raise StartError("RunContainerError", f"container {container.name} plays no script")
