"""Executions that come to nothing: neither a success nor a failure. Only the kubelet's code says what they are."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    READY,
    RESTARTED,
    Case,
    case,
    either,
    exactly,
    hit,
    never,
    not_sooner,
    soon,
    started,
)
from pytest_podconform.model.build import Manifest, Route, container, http, liveness, pod, raw, readiness, run, startup

TRUNCATED = "HTTP/1.1 {status} Cut\r\nContent-Length: 100\r\n\r\nshort"
CUT = raw(TRUNCATED.format(status=200))
NOWHERE = http(200, port="nowhere")
"""By a port's name that the container does not declare."""


def witness() -> Manifest:
    """Build the container whose probes are counted."""
    return container(liveness(http(200), initial_delay=2, period=1), name="witness", ports_from=10)


@case("probe.error.counts-nothing", marks=["wire"])
def streaks_outlive_it() -> Case:
    """A failure, an answer cut short that is asked for three times, a failure: the second failure kills."""
    probed = pod(container(liveness(http(200, 503, CUT, CUT, CUT, 503), initial_delay=2, period=1, failure_threshold=2)))
    return Case.of(probed, exactly(6, hit(instance=0), before=RESTARTED), soon(RESTARTED, after=hit(6)))


@case("probe.error.retried", marks=["wire"])
def three_tries_at_once() -> Case:
    """An answer cut short is asked for three times in a row, and then a period later."""
    probed = pod(container(liveness(http(CUT), initial_delay=2, period=5)))
    return Case.of(probed, soon(hit(3), after=hit(1)), not_sooner(hit(4), than=4, after=hit(3)))


ERRORS: dict[str, Route] = {"unknown-port": NOWHERE, "missing-program": run("/podconform/no-such-program")}


@case("probe.error.no-consequence", params=ERRORS)
def liveness_never_kills(route: Route) -> Case:
    """A liveness probe that cannot be executed never kills."""
    probed = pod(container(liveness(route, initial_delay=2, period=1, failure_threshold=1)), witness())
    return Case.of(probed, never(started(1, "app"), before=hit(6, container="witness")))


@case("probe.error.no-consequence", params=ERRORS)
def startup_neither_starts_nor_kills(route: Route) -> Case:
    """A startup probe that cannot be executed neither kills nor lets the container start."""
    probed = pod(container(startup(route, initial_delay=2, period=1, failure_threshold=1)), witness())
    last = hit(6, container="witness")
    return Case.of(probed, never(started(1, "app"), before=last), never(READY, before=last))


@case("probe.error.no-consequence")
def readiness_is_never_ready() -> Case:
    """A container whose readiness probe cannot be executed is never ready."""
    return Case.of(pod(container(readiness(NOWHERE, period=1)), witness()), never(READY, before=hit(4, container="witness")))


@case("probe.http.body-error", params={"cut": False, "stalled": True}, marks=["wire"], shares=True)
def success_without_a_body(stalls: bool) -> Case:  # noqa: FBT001 - a parameter of the case
    """A status of 200 whose body is cut short, or does not come, is a success by the page, and nothing for the kubelet."""
    answer = raw(TRUNCATED.format(status=200), holds=stalls)
    return Case.of(
        pod(container(readiness(http(answer), period=1))),
        either(documented=soon(READY, after=hit(1)), kubelet=never(READY, before=hit(7))),
    )


@case("probe.http.body-error", marks=["wire"])
def failure_without_a_body() -> Case:
    """A status of 500 whose body is cut short is a failure by the page, and nothing for the kubelet."""
    answer = raw(TRUNCATED.format(status=500))
    return Case.of(
        pod(container(liveness(http(answer), initial_delay=2, period=1, failure_threshold=1))),
        either(documented=soon(RESTARTED, after=hit(1)), kubelet=never(RESTARTED, before=hit(25))),
    )
