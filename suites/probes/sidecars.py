"""Probes of native sidecars."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, Case, case, eventually, hit, never, phase, soon, started, terminated
from pytest_podconform.model.build import container, http, liveness, pod, readiness, sidecar, startup


@case("probe.sidecar.readiness")
def readiness_counts_and_does_not_block() -> Case:
    """A sidecar that is not ready keeps the Pod from being Ready, and the app container from nothing."""
    beside = sidecar(readiness(http(503), period=1))
    app = container(liveness(http(200), initial_delay=2, period=1))
    return Case.of(
        pod(app, initContainers=[beside]),
        eventually(started(container="app")),
        never(READY, before=hit(4, "liveness")),
    )


@case("probe.sidecar.readiness")
def ready_with_its_sidecar() -> Case:
    """The Pod is Ready when its sidecar is, too: at its sixth try."""
    beside = sidecar(readiness(http(*[503] * 5, 200), initial_delay=3, period=1))
    return Case.of(pod(container(), initContainers=[beside]), never(READY, before=hit(6)), soon(READY, after=hit(6)))


@case("probe.sidecar.startup", params={"always": "Always", "never": "Never"})
def startup_failure_restarts_it(policy: str) -> Case:
    """A sidecar whose startup probe fails is restarted under any policy; no app container starts, the Pod is Pending."""
    beside = sidecar(startup(http(503), initial_delay=2, period=1, failure_threshold=2))
    restarted = started(1, "sidecar")
    return Case.of(
        pod(container(), initContainers=[beside], restartPolicy=policy),
        soon(restarted, after=hit(2, instance=0)),
        never(started(container="app"), before=hit(2, instance=1)),
        never(phase("Running"), before=hit(2, instance=1)),
    )


@case("probe.sidecar.liveness", params={"always": "Always", "never": "Never"})
def liveness_failure_restarts_it_alone(policy: str) -> Case:
    """A sidecar whose liveness probe fails is restarted under any policy, and the app container runs on."""
    beside = sidecar(liveness(http(200, 200, 503), http(200), initial_delay=2, period=1, failure_threshold=1))
    app = container(readiness(http(200), period=1))
    last = hit(3, "liveness", instance=1)
    return Case.of(
        pod(app, initContainers=[beside], restartPolicy=policy),
        soon(started(1, "sidecar"), after=hit(3, "liveness", instance=0)),
        never(terminated("app"), before=last),
        never(started(1, "app"), before=last),
    )
