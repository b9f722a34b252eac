"""How a container ends that a probe has killed: its hook, its grace period, its neighbours, its restart policy."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    BEAT,
    DELETING,
    LAST_SIGN,
    READY,
    RESTARTED,
    TRUNCATION,
    Case,
    at_least,
    case,
    either,
    exactly,
    hit,
    never,
    not_sooner,
    phase,
    soon,
    started,
    terminated,
)
from pytest_podconform.model.build import container, http, liveness, pod, readiness, startup

LONG, SHORT = 25, 5  # seconds; a kill by the other of the two is out of every window


@case("probe.grace.own", params={"shorter": (LONG, SHORT), "longer": (1, SHORT)})
def liveness_has_a_grace_of_its_own(of_pod: int, own: int) -> Case:
    """A grace period of the liveness probe stands in for the Pod's, be it shorter or longer."""
    probe = liveness(
        http(200, 503), http(200), initial_delay=2, period=1, failure_threshold=1, termination_grace_period_seconds=own
    )
    return Case.of(
        pod(container(probe, ignores_term=True), terminationGracePeriodSeconds=of_pod),
        soon(terminated(), after=hit(2, instance=0)),
        not_sooner(RESTARTED, than=own - TRUNCATION, after=terminated()),
        soon(RESTARTED, after=terminated(), within=own),
    )


@case("probe.grace.own")
def startup_has_a_grace_of_its_own() -> Case:
    """A grace period of the startup probe stands in for the Pod's."""
    probe = startup(http(503), initial_delay=2, period=1, failure_threshold=2, termination_grace_period_seconds=SHORT)
    return Case.of(
        pod(container(probe, ignores_term=True), terminationGracePeriodSeconds=LONG),
        soon(terminated(), after=hit(2, instance=0)),
        not_sooner(RESTARTED, than=SHORT - TRUNCATION, after=terminated()),
        soon(RESTARTED, after=terminated(), within=SHORT),
    )


@case("probe.grace.deletion")
def a_deletion_has_the_pods() -> Case:
    """When the Pod is deleted, the grace period of a probe means nothing."""
    alive = liveness(http(200), initial_delay=2, period=1, termination_grace_period_seconds=LONG)
    probed = pod(container(alive, readiness(http(200), period=1), ignores_term=True), terminationGracePeriodSeconds=SHORT)
    return Case.of(
        probed,
        not_sooner(LAST_SIGN, than=SHORT - BEAT, after=DELETING),
        soon(LAST_SIGN, after=terminated(), within=SHORT),
        deleted_after=READY,
    )


@case("probe.grace.hook")
def the_hook_is_part_of_it() -> Case:
    """A probe's kill runs the preStop hook before TERM, and what the hook takes is taken from the grace period."""
    sick = liveness(http(200, 503), http(200), initial_delay=2, period=1, failure_threshold=1)
    stubborn = container(sick, ignores_term=True, lifecycle={"preStop": {"sleep": {"seconds": 6}}})
    return Case.of(
        pod(stubborn, terminationGracePeriodSeconds=8),
        not_sooner(terminated(), than=6 - TRUNCATION, after=hit(2, instance=0)),
        soon(RESTARTED, after=hit(2, instance=0), within=8),
    )


@case("probe.liveness.scope")
def others_run_on() -> Case:
    """A liveness failure ends its own container, and lets the Pod's other one be."""
    sick = container(liveness(http(200, 503), http(200), initial_delay=2, period=1, failure_threshold=1))
    other = container(readiness(http(200), period=1), name="other", ports_from=10)
    return Case.of(
        pod(sick, other),
        soon(started(1, "app"), after=hit(2, "liveness", instance=0)),
        never(terminated("other"), before=hit(3, "liveness", instance=1)),
        never(started(1, "other"), before=hit(3, "liveness", instance=1)),
    )


@case("probe.liveness.hold")
def no_probe_of_what_is_being_killed() -> Case:
    """Once it has failed, the liveness probe is not executed again on a container that takes five seconds to go."""
    sick = liveness(http(200, 503), http(200), initial_delay=2, period=1, failure_threshold=2)
    probed = pod(container(sick, ignores_term=True), terminationGracePeriodSeconds=SHORT)
    return Case.of(probed, exactly(3, hit(instance=0), before=RESTARTED), soon(terminated(), after=hit(3, instance=0)))


@case("probe.liveness.still-ready")
def readiness_goes_on() -> Case:
    """While a container is being killed for its liveness, its readiness is still probed."""
    sick = liveness(http(200, 503), http(200), initial_delay=2, period=1, failure_threshold=1)
    probed = pod(
        container(sick, readiness(http(200), initial_delay=2, period=1), ignores_term=True), terminationGracePeriodSeconds=SHORT
    )
    return Case.of(probed, at_least(2, hit(probe="readiness", instance=0), since=terminated(), before=RESTARTED))


@case("probe.liveness.polite-exit")
def onfailure_and_an_exit_of_zero() -> Case:
    """OnFailure, and the killed container ends with 0: a success by the page, restarted by a kubelet."""
    sick = liveness(http(200, 503), http(200), initial_delay=2, period=1, failure_threshold=1)
    return Case.of(
        pod(container(sick), restartPolicy="OnFailure"),
        either(
            documented=soon(phase("Succeeded"), after=hit(2, instance=0)),
            kubelet=soon(RESTARTED, after=hit(2, instance=0)),
        ),
    )


@case("probe.liveness.never", params={"failure": (3, "Failed"), "success": (0, "Succeeded")})
def never_is_not_restarted(code: int, ends_as: str) -> Case:
    """Under Never the killed container's exit code decides how the Pod ends."""
    sick = liveness(http(200, 503), initial_delay=2, period=1, failure_threshold=1)
    return Case.of(
        pod(container(sick, term_code=code), restartPolicy="Never"),
        soon(terminated(), after=hit(2)),
        soon(phase(ends_as), after=hit(2)),
        never(RESTARTED, before=phase(ends_as)),
    )
