"""gRPC probes: the standard health check.

https://kubernetes.io/docs/concepts/workloads/pods/probes/#grpc
https://github.com/grpc/grpc/blob/master/doc/health-checking.md
"""

from __future__ import annotations

from typing import Any

import msgspec

from pytest_podconform.model.rules import implements

from .outcome import USER_AGENT, Outcome, failure, success


class Exchange(msgspec.Struct, frozen=True):
    """The serving status that was answered, or why there was none."""

    status: str | None = None
    error: str | None = None


@implements("probe.grpc.serving", "probe.grpc.no-check")
def outcome(exchange: Exchange) -> Outcome:
    """Derive the outcome: SERVING and nothing else is a success.

    "If the health check returns any other status, or the check itself cannot be made, that is a failure."
    """
    if exchange.status == "SERVING":
        return success("SERVING")
    if exchange.status is not None:
        return failure(f'service unhealthy (responded with "{exchange.status}")')
    return failure(exchange.error or "no answer")


@implements("probe.grpc.service", "probe.grpc.user-agent", "probe.network.new-connection", "probe.field.timeout")
async def check(host: str, port: int, service: str, timeout: float) -> Exchange:  # noqa: ASYNC109 - a probe's own field
    """Run a probe on a connection of its own, in plain text, within that many seconds."""
    import grpc.aio  # noqa: PLC0415 - 60 ms and 30 MB that only a gRPC probe should pay
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: PLC0415

    options = [("grpc.primary_user_agent", USER_AGENT), ("grpc.enable_http_proxy", 0)]
    options.append(("grpc.use_local_subchannel_pool", 1))  # else channels to one address share a connection
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        async with grpc.aio.insecure_channel(target, options=options) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            request = health_pb2.HealthCheckRequest(service=service)
            response = await stub.Check(request, timeout=timeout, wait_for_ready=True)
    except grpc.aio.AioRpcError as error:
        return Exchange(error=f"{error.code().name}: {error.details()}")
    return Exchange(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))
