"""Probes that no Pod may have, and what looks odd and is allowed."""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import READY, REFUSED, Case, case, eventually, hit, soon
from pytest_podconform.model.build import Manifest, container, http, pod, readiness

HTTP = {"httpGet": {"port": 8080}}

BELOW_ZERO: dict[str, Manifest] = {
    field: {**HTTP, field: -1}
    for field in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
}
HANDLERS: dict[str, Manifest] = {
    "none": {"periodSeconds": 1},
    "two": {**HTTP, "tcpSocket": {"port": 8080}},
    "no-command": {"exec": {"command": []}},
    "scheme": {"httpGet": {"port": 8080, "scheme": "https"}},
    "header-name": {"httpGet": {"port": 8080, "httpHeaders": [{"name": "X_Y", "value": "1"}]}},
    "grpc-port-name": {"grpc": {"port": "web"}},
}
PORTS: dict[str, int | str] = {
    "zero": 0,
    "too-large": 65536,
    "numeric-name": "8080",
    "long-name": "sixteen-letters1",
    "upper-case": "Web",
    "two-hyphens": "a--b",
    "hyphen-first": "-web",
    "empty-name": "",
}


def refused(kind: str, probe: Manifest) -> Case:
    """Expect a Pod whose container has this probe to be refused."""
    field: Any = {f"{kind}Probe": probe}
    return Case.of(pod(container(**field)), eventually(REFUSED))


@case("probe.valid.not-negative", params=BELOW_ZERO)
def below_zero(probe: Manifest) -> Case:
    """A time or a threshold below zero is refused."""
    return refused("readiness", probe)


@case("probe.valid.whole-seconds")
def half_a_second() -> Case:
    """Half a second is no period."""
    return refused("readiness", {**HTTP, "periodSeconds": 0.5})


@case("probe.valid.handler", params=HANDLERS)
def not_one_handler(probe: Manifest) -> Case:
    """A probe has one action, and each action what it needs."""
    return refused("liveness", probe)


@case("probe.valid.port", params=PORTS)
def no_port(port: int | str) -> Case:
    """A port is a number from 1 to 65535, or a name by the rules for services' names."""
    return refused("liveness", {"tcpSocket": {"port": port}})


@case("probe.valid.grace", params={"zero": ("liveness", 0), "below-zero": ("startup", -1), "readiness": ("readiness", 5)})
def no_grace(kind: str, seconds: int) -> Case:
    """A probe's grace period is more than zero, and a readiness probe, which never kills, has none."""
    return refused(kind, {**HTTP, "terminationGracePeriodSeconds": seconds})


@case("probe.valid.zero-is-unset", shares=True)
def zero_is_the_default() -> Case:
    """Zero is taken for a default that is not zero: the third failure in a row makes it unready, not the first."""
    zeros = {"successThreshold": 0, "failureThreshold": 0, "timeoutSeconds": 0}
    probed = container(readiness(http(200), period=1))
    probed["readinessProbe"] |= zeros
    return Case.of(pod(probed), soon(READY, after=hit(1)))
