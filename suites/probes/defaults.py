"""What holds where a probe does not say it."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, RESTARTED, Case, case, exactly, hit, never, soon, spaced, started
from pytest_podconform.model.build import container, http, liveness, pod, readiness, slow


@case("probe.field.defaults")
def three_failures() -> Case:
    """The third failure in a row kills, and neither the second nor the fourth."""
    probed = pod(container(liveness(http(503), initial_delay=2, period=1)))
    return Case.of(
        probed,
        exactly(3, hit(probe="liveness", instance=0), before=RESTARTED),
        soon(RESTARTED, after=hit(3, "liveness", instance=0)),
    )


@case("probe.field.defaults")
def every_ten_seconds() -> Case:
    """One probe each ten seconds."""
    return Case.of(pod(container(liveness(http(200), initial_delay=1))), spaced(hit(), period=10, count=2))


@case("probe.field.defaults", shares=True)
def one_second_to_answer() -> Case:
    """An answer after a second and a half is too late."""
    return Case.of(pod(container(readiness(http(slow(200, 1.5)), period=2))), never(READY, before=hit(4)))


@case("probe.field.defaults", shares=True)
def half_a_second_is_in_time() -> Case:
    """An answer after half a second is not."""
    return Case.of(pod(container(readiness(http(slow(200, 0.5)), period=2))), soon(READY, after=hit(1)))


@case("probe.field.defaults")  # alone: in a Pod of several, a kubelet probes none before it has started all
def at_once_and_one_success() -> Case:
    """The first probe comes without a delay, and its success makes the container ready."""
    probed = pod(container(readiness(http(200, 503), period=1)))
    return Case.of(probed, soon(hit(1), after=started()), soon(READY, after=hit(1)))
