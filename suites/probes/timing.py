"""Delays, periods and timeouts."""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import (
    READY,
    REFUSED,
    RESTARTED,
    TRUNCATION,
    Case,
    case,
    eventually,
    hit,
    never,
    not_sooner,
    soon,
    spaced,
    started,
)
from pytest_podconform.model.build import Route, container, ends, execute, grpc, http, liveness, pod, readiness, slow

DELAY = 4


@case("probe.field.initial-delay")
def initial_delay_counts_from_the_start() -> Case:
    """No probe for four seconds after the container has started; the three of its init container do not count."""
    init = container(name="init", exits=ends(after=3))
    probed = pod(container(liveness(http(200), initial_delay=DELAY, period=1)), initContainers=[init])
    start = started(container="app")
    return Case.of(
        probed,
        not_sooner(hit(1), than=DELAY - TRUNCATION, after=start),
        soon(hit(1), after=start, within=DELAY + 1),
    )


@case("probe.field.period")
def period_is_from_start_to_start() -> Case:
    """One probe each two seconds, although each one takes half a second."""
    probed = pod(container(liveness(http(slow(200, 0.5)), initial_delay=2, period=2)))
    return Case.of(probed, spaced(hit(), period=2, count=4))


LATE: dict[str, Route] = {
    "http": http(slow(200, 4)),
    "exec": execute(slow(0, 4)),
    "grpc": grpc(slow("SERVING", 4)),
}
IN_TIME: dict[str, Route] = {
    "http": http(slow(200, 1.5)),
    "exec": execute(slow(0, 1.5)),
    "grpc": grpc(slow("SERVING", 1.5)),
}


@case("probe.field.timeout", params=LATE)
def late_answer_is_a_failure(route: Route) -> Case:
    """An answer that comes after the timeout never makes the container ready."""
    return Case.of(pod(container(readiness(route, period=2, timeout=2))), never(READY, before=hit(3)))


@case("probe.field.timeout", params=LATE)
def late_answer_kills(route: Route) -> Case:
    """An answer that comes after the timeout is a failure of the liveness probe."""
    probed = pod(container(liveness(route, initial_delay=2, period=1, timeout=1, failure_threshold=1)))
    return Case.of(probed, never(RESTARTED, before=hit(1)), soon(RESTARTED, after=hit(1), within=1))


@case("probe.field.timeout", params=IN_TIME)
def slow_answer_in_time(route: Route) -> Case:
    """An answer that takes longer than the default of one second is in time where the timeout says so."""
    return Case.of(pod(container(readiness(route, period=2, timeout=3))), soon(READY, after=hit(1), within=1.5))


@case("probe.field.success-threshold-one", params={"liveness": "livenessProbe", "startup": "startupProbe"})
def success_threshold_must_be_one(field: str) -> Case:
    """More than one success cannot be asked for: the Pod is refused."""
    probe: Any = {"httpGet": {"port": 8080}, "successThreshold": 2}
    return Case.of(pod(container(**{field: probe})), eventually(REFUSED))
