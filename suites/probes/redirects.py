"""HTTP probes and redirects: those on the same host are followed, others are not, and are a success."""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import READY, Case, case, first, has, hit, never, soon
from pytest_podconform.model.build import container, http, pod, readiness

ELSEWHERE = "http://localhost:1/"
"""Another host than the Pod's address, and nobody there: whoever follows fails, and leaves no machine."""


def _moved(status: int, to: str) -> dict[str, Any]:
    return {"value": status, "headers": [["Location", to]]}


@case("probe.http.redirect-local", params={str(s): s for s in (301, 302, 303, 307, 308)}, marks=["wire"])
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


@case("probe.http.redirect-elsewhere", marks=["wire"])
def another_host_is_not_followed() -> Case:
    """A redirect to another host is not followed: the probe has succeeded."""
    return Case.of(pod(container(readiness(http(_moved(302, ELSEWHERE)), period=1))), soon(READY, after=hit(1)))


@case("probe.http.redirect-limit", marks=["wire"])
def nine_redirects_are_followed() -> Case:
    """Nine redirects in a row are followed: the tenth answer decides."""
    answers = http(*[_moved(302, "/again")] * 9, 200)
    return Case.of(pod(container(readiness(answers, period=1))), first(hit(10), has("answer", 200)), soon(READY, after=hit(10)))
