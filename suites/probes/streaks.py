"""Streaks of results over the instances of a container, and what the status says meanwhile."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    READY,
    RESTARTED,
    UNREADY,
    Case,
    at_most,
    case,
    eventually,
    exactly,
    exited,
    hit,
    never,
    says_started,
    soon,
    started,
    terminated,
)
from pytest_podconform.model.build import Answer, container, ends, http, liveness, pod, readiness, startup


@case("probe.streak.new-instance")
def all_failures_again() -> Case:
    """After a kill the new instance may fail as often as the first one: three times."""
    answers = liveness(http(200, 503), http(503), initial_delay=2, period=1, failure_threshold=3)
    return Case.of(
        pod(container(answers)),
        exactly(4, hit(instance=0), before=RESTARTED),
        exactly(3, hit(instance=1), before=started(2)),
        soon(terminated(), after=hit(3, instance=1)),
    )


@case("probe.streak.crash")
def failures_outlive_a_crash() -> Case:
    """Two failures, a crash of the container's own, two failures: the fourth in a row kills.

    An execution may find nobody before the crash is noticed, and counts: then it is one failure less.
    """
    crash = Answer(503, exits=1)
    answers = liveness(http(503, crash), http(503), initial_delay=2, period=1, failure_threshold=4)
    return Case.of(pod(container(answers)), at_most(2, hit(instance=1), before=terminated()))


@case("probe.startup.status")
def the_status_says_whether_it_has_started() -> Case:
    """`started` is false until the startup probe's success, and so is Ready, though there is no readiness probe."""
    probed = pod(container(startup(http(503, 503, 503, 200), initial_delay=2, period=1, failure_threshold=10)))
    success = hit(4)
    return Case.of(
        probed,
        never(says_started(started=True), before=success),
        never(READY, before=success),
        soon(says_started(started=True), after=success),
        soon(READY, after=success),
    )


@case("probe.readiness.running")
def what_has_ended_is_not_ready() -> Case:
    """A container that has ended is not ready, whatever its probe has said."""
    probed = pod(container(readiness(http(200), period=1), exits=ends(1, after=5)), restartPolicy="Never")
    return Case.of(probed, soon(UNREADY, after=exited(0)), eventually(READY))


@case("probe.liveness.independent")
def liveness_does_not_wait_for_readiness() -> Case:
    """A container that is never ready is probed for its liveness."""
    probed = pod(container(readiness(http(503), period=1), liveness(http(200), initial_delay=2, period=1)))
    return Case.of(
        probed,
        soon(hit(3, "liveness"), after=hit(1, "readiness")),
        never(READY, before=hit(3, "liveness")),
    )


@case("probe.startup.status", shares=True)
def without_probes_it_has_started() -> Case:
    """Without any probe a container has started, and is ready, as soon as it runs."""
    return Case.of(pod(container()), soon(says_started(started=True), after=started()), soon(READY, after=started()))
