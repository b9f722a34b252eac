"""HTTP probes: what counts as success, and what is sent."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, Case, case, first, has, header, header_like, hit, never, soon
from pytest_podconform.model.build import PORTS, container, http, https, pod, readiness

OUTSIDE, INSIDE = (199, 400), (200, 399)


@case("probe.http.success-range", params={str(status): status for status in sorted((*OUTSIDE, *INSIDE))})
def status_boundaries(status: int) -> Case:
    """A status of 200 to 399 is a success, any other a failure."""
    probed = pod(container(readiness(http(status), period=1)))
    if status in INSIDE:
        return Case.of(probed, soon(READY, after=hit(1)))
    return Case.of(probed, never(READY, before=hit(4)))


@case("probe.http.path", params={"given": "/healthz?full=1", "default": None}, marks=["wire"])
def path(given: str | None) -> Case:
    """The request is a GET of the path that the probe names, of / where it names none."""
    probed = pod(container(readiness(http(200, path=given), period=1)))
    return Case.of(probed, first(hit(1), has("line", f"GET {given or '/'} HTTP/1.1")), soon(READY, after=hit(1)))


@case("probe.http.port-number")
def port_number() -> Case:
    """A number names the port itself; the container declares no port at all."""
    return Case.of(pod(container(readiness(http(200), period=1))), soon(READY, after=hit(1)))


@case("probe.http.port-name")
def port_name() -> Case:
    """A name stands for the port of that name in the same container; the neighbour's port of that name is another."""
    web = [{"name": "web", "containerPort": PORTS["readiness"]}]
    other = [{"name": "web", "containerPort": 9}]
    neighbour = container(name="neighbour", ports=other)
    probed = pod(neighbour, container(readiness(http(200, port="web"), period=1), ports=web))
    return Case.of(probed, soon(READY, after=hit(1)))


@case("probe.http.headers", marks=["wire"])
def headers() -> Case:
    """Headers are sent as given, one that is given twice is sent twice."""
    given = [("X-Podconform", "one"), ("X-Other", "three"), ("X-Podconform", "two")]
    probed = pod(container(readiness(http(200, headers=given), period=1)))
    checks = (header("X-Podconform", "one", "two"), header("X-Other", "three"))
    return Case.of(probed, first(hit(1), *checks), soon(READY, after=hit(1)))


@case("probe.http.default-headers", marks=["wire"])
def default_headers() -> Case:
    """A probe says who it is, `kube-probe/` and a version, and that it accepts anything."""
    probed = pod(container(readiness(http(200), period=1)))
    checks = (header_like("User-Agent", r"kube-probe/\d+\.\d+\+?"), header("Accept", "*/*"))
    return Case.of(probed, first(hit(1), *checks), soon(READY, after=hit(1)))


@case("probe.http.default-headers", marks=["wire"])
def default_headers_are_overridden() -> Case:
    """Who gives them gives others; an empty value takes one away."""
    given = [("User-Agent", "mine"), ("Accept", "")]
    probed = pod(container(readiness(http(200, headers=given), period=1)))
    return Case.of(probed, first(hit(1), header("User-Agent", "mine"), header("Accept")), soon(READY, after=hit(1)))


@case("probe.http.host-header", marks=["wire"])
def host_header() -> Case:
    """A `Host` among the headers is the request's, and changes nothing about where it goes."""
    probed = pod(container(readiness(http(200, headers=[("Host", "app.example")]), period=1)))
    return Case.of(probed, first(hit(1), header("Host", "app.example")), soon(READY, after=hit(1)))


@case("probe.http.body-limit", marks=["wire"])
def large_body() -> Case:
    """A body of more than 10 KiB, of which no more is read, is no failure."""
    answer = {"value": 200, "body": "x" * 30_000}
    return Case.of(pod(container(readiness(http(answer), period=1))), soon(READY, after=hit(1)))


@case("probe.http.scheme-https", marks=["wire"])
def https_without_trust() -> Case:
    """With scheme HTTPS the probe speaks TLS and trusts any certificate: expired, self-signed, for another name."""
    return Case.of(pod(container(readiness(https(200), period=1))), soon(READY, after=hit(1)))
