"""TCP probes."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, RESTARTED, Case, case, hit, never, soon
from pytest_podconform.model.build import closed_tcp, container, http, liveness, pod, readiness, tcp


@case("probe.tcp.open")
def open_port() -> Case:
    """A port that accepts connections makes the container ready."""
    return Case.of(pod(container(readiness(tcp(), period=1))), soon(READY, after=hit(1)))


@case("probe.tcp.open")
def closed_port() -> Case:
    """A port on which nobody listens never makes it ready; four liveness probes pass meanwhile."""
    probed = pod(container(liveness(http(200), initial_delay=2, period=1), readiness(closed_tcp(), period=1)))
    return Case.of(probed, never(READY, before=hit(4, "liveness")), never(RESTARTED, before=hit(4, "liveness")))
