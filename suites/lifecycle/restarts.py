"""Whether a container that has ended is started again.

"Not restarted" is decided by counting: another container of the Pod is probed once a second, and its sixth probe is the
end of the observation.
"""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    POD_ADDRESS,
    RESTARTED,
    Case,
    case,
    eventually,
    exactly,
    exited,
    first,
    has,
    hit,
    never,
    ready,
    soon,
    started,
)
from pytest_podconform.model.build import Manifest, container, ends, http, pod, readiness

CODES = {"success": 0, "failure": 3}


def witness() -> Manifest:
    """Build the container whose probes are counted."""
    return container(readiness(http(200), period=1), name="witness")


@case("restart.always", params=CODES)
def always(code: int) -> Case:
    """`Always` restarts a container whatever its exit code."""
    return Case.of(
        pod(container(exits=[ends(code, after=0.5), None]), restartPolicy="Always"),
        soon(RESTARTED, after=exited(0)),
    )


@case("restart.default")
def always_is_the_default() -> Case:
    """Without a restartPolicy a container that ends with 0 is restarted."""
    return Case.of(pod(container(exits=[ends(0, after=0.5), None])), soon(RESTARTED, after=exited(0)))


@case("restart.on-failure")
def on_failure_after_a_failure() -> Case:
    """`OnFailure` restarts a container that ends with another code than 0."""
    failing = container(exits=[ends(1, after=0.5), None])
    return Case.of(pod(failing, restartPolicy="OnFailure"), soon(RESTARTED, after=exited(0)))


@case("restart.on-failure")
def not_after_a_success() -> Case:
    """`OnFailure` lets a container be that has ended with 0."""
    done = container(exits=ends(0, after=0.5))
    return Case.of(
        pod(done, witness(), restartPolicy="OnFailure"),
        never(started(1, "app"), before=hit(6)),
        exactly(1, exited(container="app"), before=hit(6)),
    )


@case("restart.never", "restart.scope", params=CODES)
def never_restarts(code: int) -> Case:
    """`Never` restarts none of the Pod's containers, however they end, and lets the others run on."""
    return Case.of(
        pod(
            container(exits=ends(code, after=0.5)),
            container(exits=ends(1, after=0.5), name="other"),
            witness(),
            restartPolicy="Never",
        ),
        never(started(1, "app"), before=hit(6)),
        never(started(1, "other"), before=hit(6)),
        exactly(2, exited(), before=hit(6)),
    )


@case("restart.scope")
def all_containers_are_restarted() -> Case:
    """The Pod's policy holds for each of its containers."""
    one, two = (container(exits=[ends(1, after=0.5), None], name=name) for name in ("one", "two"))
    return Case.of(
        pod(one, two, restartPolicy="OnFailure"),
        eventually(started(1, "one")),
        eventually(started(1, "two")),
    )


@case("restart.not-pod")
def pod_stays_the_same() -> Case:
    """A restarted container finds the Pod's address and its volumes as the one before has left them.

    The target counts its instances in an emptyDir; the readiness probe reaches the new one by the Pod's address.
    """
    return Case.of(
        pod(container(readiness(http(200), http(200), period=1), exits=[ends(1, after=3), None])),
        first(RESTARTED, has("attempt", 1)),
        exactly(1, POD_ADDRESS, before=ready(instance=1)),
    )
