"""What the status tells of a container's state."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    Case,
    case,
    collected,
    exited,
    first,
    has,
    hit,
    said_more_than,
    soon,
    started,
    state,
    told,
)
from pytest_podconform.model.build import container, ends, http, pod, readiness

from .backoff import LATER
from .phases import MISSING


@case("state.waiting")
def waiting_for_an_image() -> Case:
    """A container whose image is not there waits, and says for what: not only that it is being made."""
    waits = collected(state("waiting", "other"), said_more_than("ContainerCreating"), before=hit(6))
    return Case.of(pod(container(readiness(http(200), period=1)), {"name": "other", **MISSING}), waits)


@case("state.waiting")
def waiting_for_its_backoff() -> Case:
    """A container that crashes again and again waits in CrashLoopBackOff.

    The kubelet says so with the sync after the one that has met the back-off, 10 to 15 s later (see `backoff`); somebody
    may look seldom, and see it with the second back-off only, of 20 s.
    """
    waits = state("waiting", "app", reason="CrashLoopBackOff")
    return Case.of(pod(container(exits=ends(1, after=0.5))), soon(waits, after=exited(1), within=LATER + 20))


@case("state.running")
def running_tells_since_when() -> Case:
    """A running container tells when it was started."""
    return Case.of(pod(container()), soon(state("running"), after=started()), first(state("running"), told("started_at")))


@case("state.terminated", params={"success": (0, "Completed"), "failure": (3, "Error")})
def terminated_tells_how(code: int, reason: str) -> Case:
    """A container that has ended tells its exit code, a reason, and when it ran."""
    ended = state("terminated")
    return Case.of(
        pod(container(exits=ends(code, after=1.5)), restartPolicy="Never"),
        soon(ended, after=exited()),
        first(ended, has("exit_code", code), has("reason", reason), told("started_at", "finished_at")),
    )
