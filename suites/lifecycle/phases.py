"""The phase of a Pod."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    ANY_PHASE,
    Case,
    case,
    collected,
    either,
    exited,
    hit,
    never,
    phase,
    phases,
    ready,
    soon,
)
from pytest_podconform.model.build import container, ends, http, pod, readiness

MISSING = {"image": "localhost/podconform-no-such-image:1", "imagePullPolicy": "Never"}


@case("phase.pending", "init.before-running")
def pending_while_initializing() -> Case:
    """A Pod whose init container still runs is Pending, and Running once its app container runs."""
    slow = container(name="init", exits=ends(after=2))
    return Case.of(
        pod(container(), initContainers=[slow]),
        never(phase("Running"), before=exited(container="init")),
        soon(phase("Running"), after=exited(container="init")),
        collected(ANY_PHASE, phases("Pending", "Running"), before=phase("Running")),
    )


@case("phase.pending")
def one_container_never_starts() -> Case:
    """One container runs, the image of the other one is not there.

    "Pending: one or more of the containers has not been set up and made ready to run"; "Running: at least one container is
    still running". The kubelet says Pending (`getPhase`, `pkg/kubelet/kubelet_pods.go`).
    """
    observed = hit(4)
    return Case.of(
        pod(container(readiness(http(200), period=1)), {"name": "other", **MISSING}),
        either(
            documented=collected(ANY_PHASE, phases("Pending", "Running"), before=observed),
            kubelet=collected(ANY_PHASE, phases("", "Pending"), before=observed),
        ),
    )


@case("phase.running")
def running_while_restarting() -> Case:
    """A Pod whose only container crashes and is restarted stays Running."""
    crashing = container(readiness(http(200), http(200), period=1), exits=[ends(1, after=2), None])
    return Case.of(pod(crashing), collected(ANY_PHASE, phases("Pending", "Running"), before=ready(instance=1)))


@case("phase.succeeded", params={"never": "Never", "on-failure": "OnFailure"})
def succeeded(policy: str) -> Case:
    """When all containers have ended with 0 and none will be restarted, the Pod has Succeeded, and not before."""
    short, long = container(exits=ends(after=0.5)), container(exits=ends(after=3), name="long")
    done = exited(container="long")
    return Case.of(
        pod(short, long, restartPolicy=policy),
        never(phase("Succeeded"), before=done),
        soon(phase("Succeeded"), after=done),
        never(phase("Failed"), before=phase("Succeeded")),
    )


@case("phase.failed", params={"first": (4, 0), "last": (0, 4)})
def failed(one: int, other: int) -> Case:
    """When all containers have ended, one of them not with 0, the Pod has Failed, and not before."""
    short, long = container(exits=ends(one, after=0.5)), container(exits=ends(other, after=3), name="long")
    done = exited(container="long")
    return Case.of(
        pod(short, long, restartPolicy="Never"),
        never(phase("Failed"), before=done),
        soon(phase("Failed"), after=done),
        never(phase("Succeeded"), before=phase("Failed")),
    )
