"""Run a Pod machine in a world that answers each request once, but in any order and at any time."""

from __future__ import annotations

import random
from typing import Any

from pytest_podconform.model.pod import Pod, ProbeResult
from pytest_podconform.podmachine import PodMachine, Policy
from pytest_podconform.podmachine import events as e

from .clockwork import START, pod, probe

WAITS = (0.0, 0.01, 0.3, 1.0, 4.0, 30.0, 700.0)  # seconds; from none up to the reset of the back-off


def random_pod(rng: random.Random) -> Pod:
    """Build a Pod with any mix of probes, hooks, init containers and sidecars."""

    def container(name: str) -> dict[str, Any]:
        kinds = [kind for kind in ("startupProbe", "livenessProbe", "readinessProbe") if rng.random() < 0.6]
        made: dict[str, Any] = {"name": name}
        made |= {kind: probe(failureThreshold=rng.randint(1, 2), initialDelaySeconds=rng.choice([0, 0, 2])) for kind in kinds}
        if rng.random() < 0.5:
            made["lifecycle"] = {"preStop": {"sleep": {"seconds": 3}}}
        return made

    inits = [
        {**container(f"sidecar{n}"), "restartPolicy": "Always"} if rng.random() < 0.5 else {"name": f"init{n}"}
        for n in range(rng.randint(0, 2))
    ]
    policy = rng.choice(["Always", "OnFailure", "Never"])
    return pod(*map(container, ["app", "other"]), init=inits, restartPolicy=policy, terminationGracePeriodSeconds=5)


class Disorder:
    """A machine, and the events that may come next."""

    def __init__(self, rng: random.Random, policy: Policy) -> None:
        self.machine = PodMachine(random_pod(rng), policy, START)
        self.now = START
        self.ended = False
        self._rng = rng
        self._owed: list[e.Event] = []
        self._deleted = False
        self._handle(e.Tick())

    def run(self, steps: int) -> None:
        """Let that many events happen, fewer where the Pod has ended before."""
        for _ in range(steps):
            if self.ended:
                return
            self._wait()
            self._handle(self._next_event())

    def _wait(self) -> None:
        due = self.machine.due()
        if due is not None and self._rng.random() < 0.5:
            self.now = max(self.now, due)
        else:
            self.now += self._rng.choice(WAITS)

    def _next_event(self) -> e.Event:
        if self._rng.random() < (0.1 if self._deleted else 0.02):
            self._deleted = True
            return e.DeleteAsked(self._rng.choice([0.0, 1.0, 5.0, 30.0]))
        if self._owed and self._rng.random() < 0.7:
            return self._owed.pop(self._rng.randrange(len(self._owed)))
        return e.Tick()

    def _handle(self, event: e.Event) -> None:
        if isinstance(event, e.ContainerStarted):
            self._owed.append(e.ContainerExited(event.name, event.instance, self._rng.choice([0, 0, 1])))
        for action in self.machine.handle(event, self.now):
            self._do(action)

    def _do(self, action: e.Action) -> None:
        match action:
            case e.StartContainer(container, instance):
                starts = self._rng.random() < 0.9
                failed = e.StartFailed(container.name, instance, "ErrImageNeverPull", "no such image")
                self._owed.append(e.ContainerStarted(container.name, instance) if starts else failed)
            case e.RunProbe(container, kind):
                self._owed.append(e.ProbeFinished(container.name, kind, self._rng.choice(list(ProbeResult))))
            case e.RunHook(name, instance):
                self._owed.append(e.HookFinished(name, instance))
            case e.PodEnded():
                self.ended = True
            case e.SendSignal() | e.StatusChanged():
                pass  # a process that may end at any time also ends after a signal
