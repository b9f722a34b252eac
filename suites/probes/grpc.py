"""gRPC probes."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, Case, case, first, has, hit, never, soon
from pytest_podconform.model.build import container, grpc, pod, readiness


@case("probe.grpc.serving")
def grpc_serving() -> Case:
    """A health check that answers SERVING makes the container ready."""
    return Case.of(pod(container(readiness(grpc("SERVING"), period=1))), soon(READY, after=hit(1)))


@case("probe.grpc.serving", params={status.lower(): status for status in ("NOT_SERVING", "UNKNOWN", "SERVICE_UNKNOWN")})
def grpc_other_statuses(status: str) -> Case:
    """A health check that answers anything else never does."""
    return Case.of(pod(container(readiness(grpc(status), period=1))), never(READY, before=hit(4)))


@case("probe.grpc.service", params={"given": "podconform.v1.Answer", "default": None})
def grpc_service(given: str | None) -> Case:
    """The health check names the service that the probe names, and the empty one where it names none."""
    probed = pod(container(readiness(grpc("SERVING", service=given), period=1)))
    return Case.of(probed, first(hit(1), has("service", given or "")), soon(READY, after=hit(1)))
