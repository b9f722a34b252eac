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
    either,
    eventually,
    hit,
    never,
    not_sooner,
    soon,
    spaced,
    started,
)
from pytest_podconform.model.build import Route, container, ends, execute, grpc, http, liveness, pod, readiness, slow, startup

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


@case("probe.field.timeout", params=LATE, shares=True)
def late_answer_is_a_failure(route: Route) -> Case:
    """An answer that comes after the timeout never makes the container ready."""
    return Case.of(pod(container(readiness(route, period=2, timeout=2))), never(READY, before=hit(3)))


@case("probe.field.timeout", params=LATE)
def late_answer_kills(route: Route) -> Case:
    """An answer that comes after the timeout is a failure of the liveness probe."""
    probed = pod(container(liveness(route, initial_delay=2, period=1, timeout=1, failure_threshold=1)))
    return Case.of(probed, never(RESTARTED, before=hit(1)), soon(RESTARTED, after=hit(1), within=1))


@case("probe.field.timeout", params=IN_TIME, shares=True)
def slow_answer_in_time(route: Route) -> Case:
    """An answer that takes longer than the default of one second is in time where the timeout says so."""
    return Case.of(pod(container(readiness(route, period=2, timeout=3))), soon(READY, after=hit(1), within=1.5))


@case("probe.field.success-threshold-one", params={"liveness": "livenessProbe", "startup": "startupProbe"})
def success_threshold_must_be_one(field: str) -> Case:
    """More than one success cannot be asked for: the Pod is refused."""
    probe: Any = {"httpGet": {"port": 8080}, "successThreshold": 2}
    return Case.of(pod(container(**{field: probe})), eventually(REFUSED))


@case("probe.timing.serial")
def executions_follow_each_other() -> Case:
    """A probe that takes longer than its period is never executed twice at a time: the next one comes right after it."""
    probed = pod(container(liveness(http(slow(200, 6)), initial_delay=2, period=5, timeout=8)))
    return Case.of(probed, spaced(hit(), period=6, count=3))


@case("probe.timing.independent")
def types_do_not_wait_for_each_other() -> Case:
    """One liveness probe each second, although each readiness probe takes two and a half."""
    late = readiness(http(slow(200, 2.5)), initial_delay=2, period=1, timeout=4)
    probed = pod(container(liveness(http(200), initial_delay=2, period=1), late))
    return Case.of(probed, spaced(hit(probe="liveness"), period=1, count=5))


@case("probe.timing.delay-beside-startup")
def delay_beside_a_startup_probe() -> Case:
    """The liveness probe's delay counts from the startup success by the page, and from the start for a kubelet."""
    slow_start = startup(http(*[503] * 5, 200), initial_delay=2, period=1, failure_threshold=20)
    probed = pod(container(slow_start, liveness(http(200), initial_delay=7, period=1)))
    success, first_hit = hit(6, "startup"), hit(1, "liveness")
    return Case.of(
        probed,
        either(documented=not_sooner(first_hit, than=7 - TRUNCATION, after=success), kubelet=soon(first_hit, after=success)),
    )


@case("probe.timing.ready-after-startup")
def readiness_does_not_wait_for_its_period() -> Case:
    """The readiness probe comes right after the startup success, though its period is twenty seconds."""
    probed = pod(
        container(
            startup(http(503, 503, 503, 200), initial_delay=2, period=1, failure_threshold=10), readiness(http(200), period=20)
        )
    )
    return Case.of(probed, soon(READY, after=hit(4, "startup")))


@case("probe.timing.unready-is-probed")
def an_unready_container_is_probed_again() -> Case:
    """One failure takes the container out; it is probed again at once rather than after its period of fifteen seconds."""
    probed = pod(container(readiness(http(200, 503, 200), initial_delay=2, period=15, failure_threshold=1)))
    return Case.of(probed, soon(READY, after=hit(1)), soon(hit(3), after=hit(2)))
