"""Where a probe comes from, and where it goes."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    POD_ADDRESS,
    READY,
    Case,
    agree,
    all_different,
    case,
    collected,
    eventually,
    from_elsewhere,
    hit,
    never,
)
from pytest_podconform.model.build import Route, container, grpc, http, liveness, only_at, pod, readiness, tcp

NETWORK: dict[str, Route] = {"http": http(200), "tcp": tcp(), "grpc": grpc("SERVING")}
LOOPBACK = "127.0.0.1"
UNUSED = 1234
"""Makes ports of which nobody on a node should have one: 9235 to 9237."""


@case("probe.network.pod-address", params=NETWORK, marks=["wire"])
def loopback_is_not_reached(route: Route) -> Case:
    """A server that listens at the Pod's loopback address alone is not reached; another probe is, meanwhile."""
    probed = container(readiness(only_at(LOOPBACK, route), period=1), liveness(http(200), initial_delay=2, period=1))
    return Case.of(pod(probed), never(READY, before=hit(4, "liveness")))


@case("probe.kubelet-runs", params=NETWORK, marks=["wire"], shares=True)
def comes_from_elsewhere(route: Route) -> Case:
    """A probe comes from another address than the Pod's own."""
    probed = pod(container(readiness(route, period=1)))
    return Case.of(probed, agree(POD_ADDRESS, hit(1), from_elsewhere()), eventually(READY))


HOST: dict[str, Route] = {"http": http(200, host=LOOPBACK), "tcp": tcp(host=LOOPBACK)}


@case("probe.network.host", params=HOST, marks=["wire"])
def host_is_where_it_goes(route: Route) -> Case:
    """A probe with a `host` goes there, the node's own loopback address, and not to the Pod, which would answer."""
    beside = liveness(http(200), initial_delay=2, period=1)
    probed = container(readiness(route, period=1), beside, ports_from=UNUSED)
    return Case.of(pod(probed), never(READY, before=hit(4, "liveness")), never(hit(1, "readiness"), before=hit(4, "liveness")))


@case("probe.network.new-connection", params=NETWORK, marks=["wire"])
def each_time_another_port(route: Route) -> Case:
    """Each execution opens a connection of its own."""
    probed = pod(container(liveness(route, initial_delay=2, period=1)))
    return Case.of(probed, collected(hit(), all_different("peer"), before=hit(4)))
