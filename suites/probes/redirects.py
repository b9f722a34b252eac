"""HTTP probes and redirects: those on the same host are followed, others are not, and are a success."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    READY,
    RESTARTED,
    Case,
    case,
    either,
    first,
    has,
    header,
    header_like,
    hit,
    never,
    soon,
)
from pytest_podconform.model.build import PORTS, Answer, Route, container, http, https, liveness, pod, readiness, slow

ELSEWHERE = "http://localhost:1/"
"""Another host than the Pod's address, and nobody there: whoever follows fails, and leaves no machine."""


def _moved(status: int, to: str, *, delay: float = 0) -> Answer:
    return Answer(status, delay, headers=(("Location", to),))


@case("probe.http.redirect-local", params={str(s): s for s in (301, 302, 303, 307, 308)}, marks=["wire"], shares=True)
def last_status_decides(status: int) -> Case:
    """A redirect on the same host is followed, and the status at its end decides: three times 500, then 200."""
    moved = _moved(status, "/moved?to=here")
    answers = http(moved, 500, moved, 500, moved, 500, moved, 200)
    return Case.of(
        pod(container(readiness(answers, period=1, failure_threshold=1))),
        first(hit(2), has("line", "GET /moved?to=here HTTP/1.1")),
        never(READY, before=hit(8)),
        soon(READY, after=hit(8)),
    )


@case("probe.http.redirect-elsewhere", marks=["wire"], shares=True)
def another_host_is_not_followed() -> Case:
    """A redirect to another host is not followed: the probe has succeeded."""
    return Case.of(pod(container(readiness(http(_moved(302, ELSEWHERE)), period=1))), soon(READY, after=hit(1)))


@case("probe.http.redirect-limit", marks=["wire"], shares=True)
def nine_redirects_are_followed() -> Case:
    """Nine redirects in a row are followed: the tenth answer decides."""
    answers = http(*[_moved(302, "/again")] * 9, 200)
    return Case.of(pod(container(readiness(answers, period=1))), first(hit(10), has("answer", 200)), soon(READY, after=hit(10)))


@case("probe.http.redirect-limit", marks=["wire"], shares=True)
def endless_redirects() -> Case:
    """Redirects without an end: a success by the page, from the eleventh on; for the kubelet the tenth is a failure."""
    return Case.of(
        pod(container(readiness(http(_moved(302, "/again")), period=1))),
        either(documented=soon(READY, after=hit(10)), kubelet=never(READY, before=hit(31))),
    )


@case("probe.http.redirect-elsewhere", marks=["wire"])
def another_host_never_kills() -> Case:
    """A liveness probe that is sent to another host for good never kills."""
    probed = pod(container(liveness(http(_moved(302, ELSEWHERE)), initial_delay=2, period=1, failure_threshold=1)))
    return Case.of(probed, never(RESTARTED, before=hit(6)))


SAME_HOST: dict[str, tuple[str, Route]] = {"port": ("http", http(200)), "https": ("https", https(200))}


@case("probe.http.redirect-same-host", params=SAME_HOST, marks=["wire"])
def another_port_is_the_same_host(scheme: str, served: Route) -> Case:
    """A redirect to another port of the same address, in plain text or by TLS, is followed."""
    elsewhere = _moved(302, f"{scheme}://{{address}}:{PORTS['liveness']}/there")
    probed = container(readiness(http(elsewhere), period=1), liveness(served, initial_delay=15))
    return Case.of(
        pod(probed),
        first(hit(1, "liveness"), has("line", "GET /there HTTP/1.1")),
        soon(READY, after=hit(1, "liveness")),
    )


HOSTS = {"relative": ("/next", True), "absolute": (f"http://{{address}}:{PORTS['readiness']}/next", False)}


@case("probe.http.redirect-host", params=HOSTS, marks=["wire"])
def host_header_over_redirects(to: str, stays: bool) -> Case:  # noqa: FBT001 - a parameter of the case
    """A custom Host goes along with a relative redirect, and not with an absolute one."""
    answers = http(_moved(302, to), 200, headers=[("Host", "app.example")])
    check = header("Host", "app.example") if stays else header_like("Host", rf"[0-9.]+:{PORTS['readiness']}")
    return Case.of(pod(container(readiness(answers, period=1))), first(hit(2), check), soon(READY, after=hit(2)))


@case("probe.field.timeout-whole", marks=["wire"])
def timeout_is_for_all_redirects() -> Case:
    """Two answers that each come in time, one after the other, come too late together."""
    answers = http(*[_moved(302, "/next", delay=1.2), slow(200, 1.2)] * 4)
    return Case.of(pod(container(readiness(answers, period=3, timeout=2))), never(READY, before=hit(5)))
