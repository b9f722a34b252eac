"""HTTP probes: what counts as success, and what is sent."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    READY,
    Case,
    case,
    eventually,
    first,
    has,
    header,
    header_like,
    header_written,
    hit,
    never,
    soon,
)
from pytest_podconform.model.build import PORTS, Answer, container, http, https, pod, readiness

OUTSIDE, INSIDE = (199, 400), (200, 399)


@case("probe.http.success-range", params={str(status): status for status in sorted((*OUTSIDE, *INSIDE))}, shares=True)
def status_boundaries(status: int) -> Case:
    """A status of 200 to 399 is a success, any other a failure."""
    probed = pod(container(readiness(http(status), period=1)))
    if status in INSIDE:
        return Case.of(probed, soon(READY, after=hit(1)))
    return Case.of(probed, never(READY, before=hit(4)))


@case("probe.http.path", params={"given": "/healthz?full=1", "default": None}, marks=["wire"], shares=True)
def path(given: str | None) -> Case:
    """The request is a GET of the path that the probe names, of / where it names none."""
    route = http(200) if given is None else http(200, path=given)
    line = has("line", f"GET {given or '/'} HTTP/1.1")
    return Case.of(pod(container(readiness(route, period=1))), first(hit(1), line), soon(READY, after=hit(1)))


@case("probe.http.port-number", shares=True)
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


@case("probe.http.headers", marks=["wire"], shares=True)
def headers() -> Case:
    """Headers are sent as given, one that is given twice is sent twice."""
    given = [("X-Podconform", "one"), ("X-Other", "three"), ("X-Podconform", "two")]
    probed = pod(container(readiness(http(200, headers=given), period=1)))
    checks = (header("X-Podconform", "one", "two"), header("X-Other", "three"))
    return Case.of(probed, first(hit(1), *checks), soon(READY, after=hit(1)))


@case("probe.http.default-headers", marks=["wire"], shares=True)
def default_headers() -> Case:
    """A probe says who it is, `kube-probe/` and a version, and that it accepts anything."""
    probed = pod(container(readiness(http(200), period=1)))
    checks = (header_like("User-Agent", r"kube-probe/\d+\.\d+\+?"), header("Accept", "*/*"))
    return Case.of(probed, first(hit(1), *checks), soon(READY, after=hit(1)))


@case("probe.http.default-headers", marks=["wire"], shares=True)
def default_headers_are_overridden() -> Case:
    """Who gives them gives others; an empty value takes one away."""
    given = [("User-Agent", "mine"), ("Accept", "")]
    probed = pod(container(readiness(http(200, headers=given), period=1)))
    return Case.of(probed, first(hit(1), header("User-Agent", "mine"), header("Accept")), soon(READY, after=hit(1)))


@case("probe.http.host-header", marks=["wire"], shares=True)
def host_header() -> Case:
    """A `Host` among the headers is the request's, and changes nothing about where it goes."""
    probed = pod(container(readiness(http(200, headers=[("Host", "app.example")]), period=1)))
    return Case.of(probed, first(hit(1), header("Host", "app.example")), soon(READY, after=hit(1)))


@case("probe.http.body-limit", marks=["wire"], shares=True)
def large_body() -> Case:
    """A body of more than 10 KiB, of which no more is read, is no failure."""
    answer = Answer(200, body="x" * 30_000)
    return Case.of(pod(container(readiness(http(answer), period=1))), soon(READY, after=hit(1)))


@case("probe.http.scheme-https", marks=["wire"], shares=True)
def https_without_trust() -> Case:
    """With scheme HTTPS the probe speaks TLS and trusts any certificate: expired, self-signed, for another name."""
    return Case.of(pod(container(readiness(https(200), period=1))), soon(READY, after=hit(1)))


@case("probe.http.exact-headers", marks=["wire"], shares=True)
def nothing_else_is_sent() -> Case:
    """Beside its own headers a probe says that it will not use the connection again, and asks for no encoding."""
    checks = (header("Connection", "close"), header("Accept-Encoding"))
    return Case.of(pod(container(readiness(http(200), period=1))), first(hit(1), *checks), soon(READY, after=hit(1)))


@case("probe.http.header-forms", marks=["wire"], shares=True)
def header_forms() -> Case:
    """Names get capitals; of several User-Agents the first is sent; what frames a body is not; an empty value is."""
    given = [("x-lower", "1"), ("User-Agent", "one"), ("User-Agent", "two"), ("Content-Length", "5"), ("X-Empty", "")]
    checks = (header_written("X-Lower", "1"), header("User-Agent", "one"), header("Content-Length"), header("X-Empty", ""))
    return Case.of(pod(container(readiness(http(200, headers=given), period=1))), first(hit(1), *checks))


PATHS = {
    "no-slash": ("healthz", "/healthz"),
    "fragment": ("/a?b#c", "/a?b"),
    "escape": ("/a%2Fb", "/a%2Fb"),
    "space": ("/a b", "/a%20b"),
    "beyond-ascii": ("/ä", "/%C3%A4"),
    "broken-escape": ("/%zz", "/%25zz"),
    "address": ("http://other.example/x?y", "/x?y"),
    "empty": ("", "/"),
}


@case("probe.http.path-forms", marks=["wire"])
def path_forms() -> Case:
    """A path that is no plain one is mended rather than refused; there is a container for each form."""
    probed = [
        container(readiness(http(200, path=given), period=1), name=form, ports_from=10 * number)
        for number, (form, (given, _)) in enumerate(PATHS.items())
    ]
    lines = [first(hit(1, container=form), has("line", f"GET {sent} HTTP/1.1")) for form, (_, sent) in PATHS.items()]
    return Case.of(pod(*probed), *lines, eventually(READY))


@case("probe.http.no-server-name", marks=["wire"], shares=True)
def no_server_name() -> Case:
    """With scheme HTTPS no server is named in the handshake, not even where a `Host` is given: it goes to an address."""
    route = https(200, headers=[("Host", "app.example")])
    return Case.of(pod(container(readiness(route, period=1))), first(hit(1), has("sni", None)), soon(READY, after=hit(1)))
