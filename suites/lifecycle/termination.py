"""The end of a Pod that is deleted."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    BEAT,
    DELETED,
    DELETING,
    LAST_SIGN,
    READY,
    Case,
    case,
    not_sooner,
    soon,
    terminated,
)
from pytest_podconform.model.build import container, http, pod, readiness

GRACE = 12  # seconds; far from what somebody might give whatever the Pod says: 1, 2, 5, 10, 30


@case("pod.grace")
def grace_is_given() -> Case:
    """A container that does not obey TERM runs on for its grace period, and no longer.

    Its own signs of life tell how long. The program may learn of TERM later than it was sent, so the least is counted
    from the request.
    """
    stubborn = container(readiness(http(200), period=1), ignores_term=True)
    return Case.of(
        pod(stubborn, terminationGracePeriodSeconds=GRACE),
        soon(terminated(), after=DELETING),
        not_sooner(LAST_SIGN, than=GRACE - BEAT, after=DELETING),
        soon(LAST_SIGN, after=terminated(), within=GRACE),
        soon(DELETED, after=LAST_SIGN, within=5),
        deleted_after=READY,
    )


@case("pod.grace")
def grace_is_not_waited_for() -> Case:
    """A container that obeys TERM ends the Pod at once, however long its grace period."""
    polite = container(readiness(http(200), period=1))
    return Case.of(
        pod(polite, terminationGracePeriodSeconds=60),
        soon(terminated(), after=DELETING),
        soon(DELETED, after=terminated(), within=5),
        deleted_after=READY,
    )
