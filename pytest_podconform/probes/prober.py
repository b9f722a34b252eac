"""Run any probe of any container, and say what it came to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from pytest_podconform.model.expansion import expand
from pytest_podconform.model.pod import ExecAction, GRPCAction, HTTPGetAction, ProbeResult
from pytest_podconform.model.rules import implements

from . import exec as exec_probe
from . import grpc as grpc_probe
from . import http as http_probe
from . import tcp as tcp_probe
from .outcome import Outcome, unknown

if TYPE_CHECKING:
    from pytest_podconform.model.pod import Container, Probe

MOST_TRIES: Final = 3
"""An execution that was none is tried again at once (`pkg/kubelet/prober`, `maxProbeRetries`)."""

Execute = Callable[[tuple[str, ...]], Awaitable[int]]
"""Run a command in a container and return its exit code; raises CannotStart."""


@implements("probe.error.retried")
async def probe(probe: Probe, container: Container, host: str, execute: Execute) -> Outcome:
    """Run a probe of a container whose Pod has that address, from this process."""
    result = await _once(probe, container, host, execute)
    for _ in range(MOST_TRIES - 1):
        if result.result is not ProbeResult.UNKNOWN:
            break
        result = await _once(probe, container, host, execute)
    return result


@implements("probe.network.pod-address", "probe.network.host", "probe.exec.variables", "probe.exec.no-shell")
async def _once(probe: Probe, container: Container, host: str, execute: Execute) -> Outcome:
    handler, timeout = probe.handler, probe.timeout
    if isinstance(handler, ExecAction):
        command = tuple(expand(word, container.env) for word in handler.command)
        return exec_probe.outcome(await exec_probe.run(execute, command, timeout))
    if isinstance(handler, GRPCAction):
        return grpc_probe.outcome(await grpc_probe.check(host, handler.port, handler.service, timeout))
    port = resolve_port(handler.port, container)
    if port is None:
        return unknown(f"port {handler.port!r} not found")
    if isinstance(handler, HTTPGetAction):
        return http_probe.outcome(await http_probe.get(handler, host, port, timeout))
    return tcp_probe.outcome(await tcp_probe.connect(handler.host or host, port, timeout))


@implements("probe.http.port-number", "probe.http.port-name")
def resolve_port(port: int | str, container: Container) -> int | None:
    """Return the number of a port; a name is looked up among the ports that the same container declares."""
    if isinstance(port, int):
        return port
    return next((declared.container_port for declared in container.ports if declared.name == port), None)
