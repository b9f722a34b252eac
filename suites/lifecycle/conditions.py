"""The conditions of a Pod."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, Case, case, condition, eventually, exited, hit, never, soon
from pytest_podconform.model.build import container, ends, http, pod, readiness


@case("condition.scheduled")
def scheduled() -> Case:
    """A Pod that runs has been scheduled."""
    return Case.of(pod(container()), eventually(condition("PodScheduled")))


@case("condition.initialized")
def initialized_after_all_init_containers() -> Case:
    """Initialized becomes true when the last init container has succeeded, and not before."""
    inits = [container(name=name, exits=ends(after=1)) for name in ("first", "second")]
    done = exited(container="second")
    return Case.of(
        pod(container(), initContainers=inits),
        never(condition("Initialized"), before=done),
        soon(condition("Initialized"), after=done),
    )


@case("condition.containers-ready", "condition.ready")
def all_containers_must_be_ready() -> Case:
    """ContainersReady and Ready become true with the last container that becomes ready, and not before."""
    late = container(readiness(http(*[503] * 8, 200), period=1), name="late", ports_from=10)
    last = hit(9, container="late")
    return Case.of(
        pod(container(), late),
        never(condition("ContainersReady"), before=last),
        soon(condition("ContainersReady"), after=last),
        never(READY, before=last),
        soon(READY, after=last),
    )
