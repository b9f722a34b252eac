"""Native sidecars: init containers that are restarted always, run beside the app, and end after it."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    READY,
    Case,
    case,
    eventually,
    exited,
    hit,
    never,
    phase,
    soon,
    started,
    terminated,
)
from pytest_podconform.model.build import container, ends, http, liveness, pod, readiness, sidecar, startup


@case("sidecar.native")
def starts_first_and_runs_on() -> Case:
    """The app container waits for the sidecar's startup probe, not for its end; the sidecar goes on to be probed."""
    beside = sidecar(
        startup(http(503, 503, 200), initial_delay=2, period=1, failure_threshold=10), liveness(http(200), period=1)
    )
    app = started(container="app")
    return Case.of(
        pod(container(), initContainers=[beside]),
        never(app, before=hit(3, "startup")),
        soon(app, after=hit(3, "startup")),
        never(exited(container="sidecar"), before=hit(4, "liveness")),
    )


@case("sidecar.lifetime", params={"always": "Always", "never": "Never"})
def is_restarted(policy: str) -> Case:
    """A sidecar that ends is started again, whatever the Pod's own restart policy."""
    beside = sidecar(exits=[ends(0, after=3), None])
    return Case.of(
        pod(container(), initContainers=[beside], restartPolicy=policy),
        soon(started(1, "sidecar"), after=exited(0, "sidecar")),
    )


@case("sidecar.shutdown")
def ends_after_the_app_in_reverse() -> Case:
    """When the Pod is deleted, the sidecars are sent TERM after the app container has ended, the last one first."""
    one, two = (
        sidecar(startup(http(200), period=1), name=name, ports_from=ports, term_takes=0.5)
        for name, ports in (("one", 10), ("two", 20))
    )
    app = container(readiness(http(200), period=1), term_takes=1)
    return Case.of(
        pod(app, initContainers=[one, two], terminationGracePeriodSeconds=15),
        never(terminated("two"), before=exited(container="app")),
        never(terminated("one"), before=exited(container="two")),
        eventually(terminated("one")),
        deleted_after=READY,
    )


@case("sidecar.completion")
def does_not_keep_the_pod_from_completing() -> Case:
    """A Pod whose app container has ended with 0 has Succeeded, although its sidecar would run for ever."""
    done = exited(container="app")
    return Case.of(
        pod(container(exits=ends(0, after=3)), initContainers=[sidecar()], restartPolicy="Never"),
        never(terminated("sidecar"), before=done),
        soon(terminated("sidecar"), after=done),
        soon(phase("Succeeded"), after=done),
    )
