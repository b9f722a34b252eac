"""Probes of a Pod that is being deleted."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, Case, at_least, at_most, case, exited, hit, terminated
from pytest_podconform.model.build import Manifest, container, http, liveness, pod, readiness


def leaving() -> Manifest:
    """Build a Pod that takes five seconds to obey TERM, with both probes each second."""
    probes = (liveness(http(200), initial_delay=2, period=1), readiness(http(200), initial_delay=2, period=1))
    return pod(container(*probes, term_takes=5), terminationGracePeriodSeconds=15)


@case("probe.shutdown.liveness")
def liveness_stops() -> Case:
    """Once the Pod is being deleted its liveness is not probed any more; one execution may be under way."""
    return Case.of(leaving(), at_most(1, hit(probe="liveness"), since=terminated(), before=exited()), deleted_after=READY)


@case("probe.shutdown.readiness")
def readiness_goes_on() -> Case:
    """Its readiness is probed as long as it runs."""
    return Case.of(leaving(), at_least(3, hit(probe="readiness"), since=terminated(), before=exited()), deleted_after=READY)
