"""TCP probes."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    CLOSED,
    READY,
    RESTARTED,
    Case,
    case,
    eventually,
    first,
    has,
    hit,
    never,
    soon,
    started,
)
from pytest_podconform.model.build import (
    HANG_UP,
    closed_tcp,
    container,
    deaf_tcp,
    http,
    liveness,
    mismatch,
    pod,
    readiness,
    tcp,
)

ONCE_CONNECTED = (eventually(hit(1)), soon(READY, after=started(), within=1))
"""A kernel lets a connection in before the program knows of it: Ready may come before the program says that there is one."""


@case("probe.tcp.open", shares=True)
def open_port() -> Case:
    """A port that accepts connections makes the container ready."""
    return Case.of(pod(container(readiness(tcp(), period=1))), *ONCE_CONNECTED)


@case("probe.tcp.open")
def closed_port() -> Case:
    """A port on which nobody listens never makes it ready; four liveness probes pass meanwhile."""
    probed = pod(container(liveness(http(200), initial_delay=2, period=1), readiness(closed_tcp(), period=1)))
    return Case.of(probed, never(READY, before=hit(4, "liveness")), never(RESTARTED, before=hit(4, "liveness")))


@case("probe.tcp.open", marks=["wire"])
def nobody_lets_in() -> Case:
    """A port whose backlog is full, so that no connection comes about, never makes it ready."""
    beside = liveness(http(200), initial_delay=2, period=1)
    return Case.of(pod(container(beside, readiness(deaf_tcp(full=True), period=1))), never(READY, before=hit(4, "liveness")))


@case("probe.tcp.connect-only", marks=["wire"], shares=True)
def hung_up_at_once() -> Case:
    """A server that closes each connection as soon as it has come is healthy."""
    return Case.of(pod(container(readiness(tcp(HANG_UP), period=1))), *ONCE_CONNECTED)


@case("probe.tcp.connect-only", marks=["wire"], shares=True)
def whatever_it_would_answer() -> Case:
    """A server that would answer each request with 500 is healthy."""
    return Case.of(pod(container(readiness(mismatch(http(500), tcp()), period=1))), eventually(READY))


@case("probe.tcp.nothing-sent", marks=["wire"], shares=True)
def nothing_is_sent() -> Case:
    """Nothing is sent over the connection: it is closed."""
    return Case.of(pod(container(readiness(tcp(), period=1))), first(CLOSED, has("received", 0)), *ONCE_CONNECTED)


@case("probe.tcp.backlog", marks=["wire"], shares=True)
def the_kernel_lets_in() -> Case:
    """A program that listens and never accepts is healthy: its kernel completes the connection."""
    return Case.of(pod(container(readiness(deaf_tcp(), period=1))), eventually(READY))
