"""The end of a Pod that is deleted."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import DELETED, DELETING, READY, Case, case, not_sooner, soon, terminated
from pytest_podconform.model.build import container, http, pod, readiness

GRACE = 4


@case("pod.grace")
def grace_is_given() -> Case:
    """A container that does not obey TERM runs on for its grace period, and no longer.

    The least is counted from the request, for the program may learn of TERM later than the runtime has sent it.
    """
    stubborn = container(readiness(http(200), period=1), ignores_term=True)
    return Case.of(
        pod(stubborn, terminationGracePeriodSeconds=GRACE),
        soon(terminated(), after=DELETING),
        not_sooner(DELETED, than=GRACE, after=DELETING),
        soon(DELETED, after=terminated(), within=GRACE),
        deleted_after=READY,
    )


@case("pod.grace")
def grace_is_not_waited_for() -> Case:
    """A container that obeys TERM ends the Pod at once, however long its grace period."""
    polite = container(readiness(http(200), period=1))
    return Case.of(
        pod(polite, terminationGracePeriodSeconds=60),
        soon(terminated(), after=DELETING),
        soon(DELETED, after=terminated()),
        deleted_after=READY,
    )
