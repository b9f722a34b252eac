"""Run a Pod machine against a scripted world, in virtual time, and note what it does."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod, ProbeResult, ProbeType
from pytest_podconform.podmachine import KUBELET, PodMachine, Policy, Relists
from pytest_podconform.podmachine import events as e

START = 1_000_000.0  # a whole second
RESULTS = {"S": ProbeResult.SUCCESS, "F": ProbeResult.FAILURE, "U": ProbeResult.UNKNOWN}


def pod(*containers: Mapping[str, Any], init: Sequence[Mapping[str, Any]] = (), **spec: Any) -> Pod:
    """Build a Pod; containers without a name are called app."""
    manifest = {
        "kind": "Pod",
        "metadata": {"name": "pod"},
        "spec": {
            "containers": [{"name": "app", **container} for container in containers],
            "initContainers": [dict(container) for container in init],
            **spec,
        },
    }
    made = decode(manifest)
    assert isinstance(made, Pod)
    return made


def probe(**fields: Any) -> dict[str, Any]:
    """Build a probe with a period of a second."""
    return {"tcpSocket": {"port": 1}, "periodSeconds": 1, **fields}


@dataclass
class Clockwork:
    """A world in which each step takes a fixed time, and probes answer by script.

    `results`: by (container, probe type) or by probe type, one letter for each execution within an instance; the last one
    repeats. `exits`: by container, the exit codes of its instances and after how many seconds, in order.
    """

    pod: Pod
    policy: Policy = KUBELET
    results: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    exits: Mapping[str, Sequence[tuple[float, int]]] = field(default_factory=dict[str, Sequence[tuple[float, int]]])
    start_takes: float = 0.1
    probe_takes: float = 0.01
    term_takes: float = 0.05
    ignores_term: bool = False
    begins: float = START
    relists: Relists | None = None

    def __post_init__(self) -> None:
        self.machine = PodMachine(self.pod, self.policy, self.begins, relists=self.relists)
        self.now = self.begins
        self.log: list[tuple[float, str]] = []
        self.handled = 0
        self._agenda: list[tuple[float, int, e.Event]] = []
        self._counts: dict[tuple[str, str, int], int] = {}
        self._alive: dict[str, int] = {}
        self._number = 0
        self._handle(e.Tick())

    def at(self, seconds: float, event: e.Event) -> None:
        """Let something happen that many seconds after the beginning."""
        self._number += 1
        heapq.heappush(self._agenda, (START + seconds, self._number, event))

    def run(self, seconds: float) -> Clockwork:
        """Run until that many seconds after the beginning."""
        end = START + seconds
        while True:
            due = self.machine.due()
            event_at = self._agenda[0][0] if self._agenda else float("inf")
            next_at = min(event_at, float("inf") if due is None else max(due, self.now))
            if next_at > end:
                self.now = end
                return self
            self.now = next_at
            self._handle(heapq.heappop(self._agenda)[2] if event_at <= next_at else e.Tick())

    def times(self, what: str) -> list[float]:
        """Return when something happened, in seconds after the beginning."""
        return [round(at, 3) for at, noted in self.log if noted == what]

    def order(self, *kinds: str) -> list[str]:
        """Return what happened, in order, of the given kinds (the first word)."""
        return [noted for _, noted in self.log if noted.split()[0] in kinds]

    def count(self, what: str) -> int:
        """Return how often something happened."""
        return len(self.times(what))

    def _in(self, seconds: float, event: e.Event) -> None:
        self.at(self.now - START + seconds, event)

    def _note(self, what: str) -> None:
        self.log.append((self.now - START, what))

    def _handle(self, event: e.Event) -> None:
        if isinstance(event, e.ContainerStarted):
            self._alive[event.name] = event.instance
        if isinstance(event, e.ContainerExited):
            if self._alive.get(event.name) != event.instance:
                return  # it has been killed before
            del self._alive[event.name]
            self._note(f"exit {event.name}#{event.instance} {event.exit_code}")
        self.handled += 1
        for action in self.machine.handle(event, self.now):
            self._do(action)

    def _do(self, action: e.Action) -> None:
        match action:
            case e.StartContainer(container, instance):
                self._start(container.name, instance)
            case e.SendSignal(name, instance, signal):
                self._note(f"{signal} {name}#{instance}")
                if signal == "KILL" or not self.ignores_term:
                    code = 137 if signal == "KILL" else 0
                    self._in(self.term_takes, e.ContainerExited(name, instance, code))
            case e.RunProbe(container, kind):
                self._probe(container.name, kind)
            case e.RunHook(name, instance, handler):
                self._note(f"hook {name}#{instance}")
                assert handler.sleep is not None
                self._in(handler.sleep.seconds, e.HookFinished(name, instance))
            case e.StatusChanged():
                self._note_status()
            case e.PodEnded():
                self._note("gone")

    def _start(self, name: str, instance: int) -> None:
        self._note(f"start {name}#{instance}")
        self._in(self.start_takes, e.ContainerStarted(name, instance))
        planned = self.exits.get(name, ())
        if instance < len(planned):
            after, code = planned[instance]
            self._in(self.start_takes + after, e.ContainerExited(name, instance, code))

    def _probe(self, name: str, kind: ProbeType) -> None:
        reached = self._alive.get(name, -1)
        n = self._counts[name, kind, reached] = self._counts.get((name, kind, reached), 0) + 1
        script = self.results.get(f"{name}/{kind}") or self.results.get(kind) or "S"
        letter = script[min(n, len(script)) - 1]
        result = ProbeResult.FAILURE if reached < 0 else RESULTS[letter]
        self._note(f"{kind} {name}#{reached}")
        self._in(self.probe_takes, e.ProbeFinished(name, kind, result))

    def _note_status(self) -> None:
        status = self.machine.status
        self._note(f"status {status.phase} {'ready' if status.ready else 'unready'}")
