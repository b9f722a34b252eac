"""Liveness probes: when they kill, and what a kill is."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import RESTARTED, Case, case, exactly, hit, never, restart_count, soon
from pytest_podconform.model.build import container, http, liveness, pod


@case("probe.liveness.kill")
def failure_kills() -> Case:
    """A failed liveness probe ends the container; another instance takes its place, and the restart is counted."""
    probed = pod(container(liveness(http(200, 503), http(200), initial_delay=2, period=1, failure_threshold=1)))
    return Case.of(
        probed,
        exactly(2, hit(instance=0), before=RESTARTED),
        soon(RESTARTED, after=hit(2)),
        soon(restart_count(1), after=hit(2)),
        never(restart_count(2), before=hit(3, instance=1)),
    )


@case("probe.field.failure-threshold")
def failures_must_be_consecutive() -> Case:
    """Two failures, a success, three failures: only the third in a row kills."""
    probed = pod(container(liveness(http(503, 503, 200, 503, 503, 503), initial_delay=2, period=1, failure_threshold=3)))
    return Case.of(
        probed,
        never(RESTARTED, before=hit(6)),
        soon(RESTARTED, after=hit(6)),
        exactly(6, hit(instance=0), before=RESTARTED),
    )
