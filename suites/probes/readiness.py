"""Readiness probes: in and out of service, without a restart."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, RESTARTED, UNREADY, Case, case, hit, never, soon
from pytest_podconform.model.build import container, http, pod, readiness


@case("probe.readiness.no-restart", "probe.readiness.recovers")
def leaves_and_returns() -> Case:
    """Two failures in a row take the Pod out of service, one success puts it back; it is never restarted.

    It fails eight times, for a container that is not ready may be probed more often than once a period.
    """
    answers = http(200, 200, *[503] * 8, 200)
    probed = pod(container(readiness(answers, period=1, failure_threshold=2)))
    return Case.of(
        probed,
        soon(READY, after=hit(1)),
        never(UNREADY, before=hit(4)),
        soon(UNREADY, after=hit(4)),
        soon(READY, after=hit(11)),
        never(RESTARTED, before=hit(13)),
    )


@case("probe.field.success-threshold")  # alone, for it counts up to Ready
def successes_must_be_consecutive() -> Case:
    """One success, a failure, three successes: only the third in a row makes the container ready."""
    answers = http(200, 503, 200, 200, 200)
    probed = pod(container(readiness(answers, period=1, success_threshold=3)))
    return Case.of(probed, never(READY, before=hit(5)), soon(READY, after=hit(5)))
