"""gRPC probes."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    READY,
    RESTARTED,
    Case,
    case,
    exactly,
    first,
    has,
    hit,
    metadata_like,
    never,
    soon,
    started,
)
from pytest_podconform.model.build import (
    Route,
    closed_tcp,
    container,
    grpc,
    http,
    https,
    liveness,
    mismatch,
    pod,
    readiness,
    tcp,
)


@case("probe.grpc.serving", shares=True)
def grpc_serving() -> Case:
    """A health check that answers SERVING makes the container ready."""
    return Case.of(pod(container(readiness(grpc("SERVING"), period=1))), soon(READY, after=hit(1)))


@case(
    "probe.grpc.serving",
    params={status.lower(): status for status in ("NOT_SERVING", "UNKNOWN", "SERVICE_UNKNOWN")},
    shares=True,
)
def grpc_other_statuses(status: str) -> Case:
    """A health check that answers anything else never does."""
    return Case.of(pod(container(readiness(grpc(status), period=1))), never(READY, before=hit(4)))


@case("probe.grpc.service", params={"given": "podconform.v1.Answer", "default": None}, shares=True)
def grpc_service(given: str | None) -> Case:
    """The health check names the service that the probe names, and the empty one where it names none."""
    probed = pod(container(readiness(grpc("SERVING", service=given), period=1)))
    return Case.of(probed, first(hit(1), has("service", given or "")), soon(READY, after=hit(1)))


@case("probe.grpc.no-check")
def calls_that_fail_are_failures() -> Case:
    """A service that is not known, a server without health checks, one that is not available: each is a failure."""
    answers = grpc("SERVING", "NOT_FOUND", "UNIMPLEMENTED", "UNAVAILABLE", "SERVING")
    probed = pod(container(liveness(answers, initial_delay=2, period=1, failure_threshold=3)))
    return Case.of(probed, exactly(4, hit(instance=0), before=RESTARTED), soon(RESTARTED, after=hit(4)))


@case("probe.grpc.no-check")
def nobody_there_is_a_failure() -> Case:
    """A port on which nobody listens is a failure, twice in a row at two seconds each: it kills."""
    probed = pod(container(liveness(mismatch(closed_tcp(), grpc()), period=2, timeout=2, failure_threshold=2)))
    return Case.of(probed, soon(RESTARTED, after=started(), within=6))


NO_GRPC: dict[str, Route] = {
    "tls": mismatch(https(200), grpc()),
    "silent": mismatch(tcp(), grpc()),
    "http": mismatch(http(200), grpc()),
}


@case("probe.grpc.no-check", params=NO_GRPC, marks=["wire"])
def other_servers_are_failures(route: Route) -> Case:
    """A server that speaks TLS alone, or nothing at all, or HTTP/1.1, is never ready."""
    beside = liveness(http(200), initial_delay=2, period=1)
    return Case.of(pod(container(readiness(route, period=2), beside)), never(READY, before=hit(5, "liveness")))


@case("probe.grpc.user-agent", marks=["wire"], shares=True)
def user_agent() -> Case:
    """A health check says who asks."""
    agent = metadata_like("user-agent", r"kube-probe/\d+\.\d+\+? grpc-.+")
    return Case.of(pod(container(readiness(grpc("SERVING"), period=1))), first(hit(1), agent), soon(READY, after=hit(1)))
