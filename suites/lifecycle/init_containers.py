"""Init containers: one after the other, each to its success, before anything else."""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import REFUSED, Case, case, eventually, exited, hit, never, phase, soon, started
from pytest_podconform.model.build import container, ends, http, pod, readiness


@case("init.sequential")
def one_after_the_other() -> Case:
    """The second init container starts when the first one has ended, the app container when the second one has."""
    inits = [container(name=name, exits=ends(after=1.5)) for name in ("first", "second")]
    return Case.of(
        pod(container(), initContainers=inits),
        never(started(container="second"), before=exited(container="first")),
        never(started(container="app"), before=exited(container="second")),
        eventually(started(container="app")),
    )


@case("init.must-succeed", "init.retry", params={"always": "Always", "on-failure": "OnFailure"})
def failure_is_retried(policy: str) -> Case:
    """An init container that fails runs again, until it has succeeded; nothing else starts before that."""
    init = container(name="init", exits=[ends(1, after=0.5), ends(0, after=0.5)])
    app = container(readiness(http(200), period=1))
    return Case.of(
        pod(app, initContainers=[init], restartPolicy=policy),
        soon(started(1, "init"), after=exited(0, "init")),
        never(started(container="app"), before=exited(1, "init")),
        never(started(2, "init"), before=hit(4)),
    )


@case("init.retry")
def failure_is_final_under_never() -> Case:
    """Where the policy is Never, a failed init container fails the Pod: it does not run again, the app never does."""
    init = container(name="init", exits=ends(1, after=0.5))
    return Case.of(
        pod(container(), initContainers=[init], restartPolicy="Never"),
        soon(phase("Failed"), after=exited(container="init")),
        never(started(container="app"), before=phase("Failed")),
        never(started(1, "init"), before=phase("Failed")),
    )


@case("init.no-probes", params={"liveness": "livenessProbe", "readiness": "readinessProbe", "startup": "startupProbe"})
def probes_are_refused(field: str) -> Case:
    """An init container that is no sidecar cannot have probes: the Pod is refused."""
    probe: dict[str, Any] = {field: {"tcpSocket": {"port": 80}}}
    return Case.of(pod(container(), initContainers=[container(name="init", **probe)]), eventually(REFUSED))
