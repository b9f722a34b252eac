"""What a Pod does over time: time and events in, actions out; no clock, no socket, no thread.

Rule 1. What is true of a container stands in its `Life` and changes by the rows of `container.TABLE` only. What is true
of a probe stands in its `Worker` and changes by the rows of `worker.TABLE` only.

Rule 2. The agent acts on what it has *seen*. A relist takes a picture of all containers (`status.View`): with the
documented policy at each event, with the kubelet's once a second where something changed. A sync looks at the last
picture and at the settled probe results, renders the status from them, and acts: it kills what failed a probe, starts
what is next, and has readiness probed where a container is not ready.

Rule 3. A sync never works on a picture that is older than the last sync: after it has acted it waits for the next
relist. So a container killed by a probe and started again at once keeps its old status until then, and its workers
believe that status. The end of a container that the agent asked for is known at once, any other with a relist. The
kubelet's sync lasts until what it stops has ended and what it starts has started (`one_thing_at_a_time`).

Rule 4. Phase, conditions and readiness are functions of the picture (`status`), never stored.

Times are seconds on a steady clock that counts from the Unix epoch, for whole seconds of `startedAt` matter.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.model.pod import PROBE_TYPES, Pod, ProbeResult
from pytest_podconform.model.rules import implements

from . import container as life_table
from . import worker as worker_table
from .container import Exit, Life, State, grace_of
from .events import (
    Action,
    ContainerExited,
    ContainerStarted,
    DeleteAsked,
    Event,
    HookFinished,
    PodEnded,
    ProbeFinished,
    StartFailed,
    StatusChanged,
)
from .policy import Policy, Relists
from .status import View, pod_status, view
from .worker import Seen, Worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_podconform.model.status import PodStatus

    from .container import Role

Turn = life_table.Trigger


class PodMachine:
    """One Pod on one node.

    `handle` takes an event and the time and returns what is to be done, in order; `due` says when it wants a `Tick`.
    `relists` are the node's, for all Pods alike; those of a Pod alone begin with it.
    """

    def __init__(self, pod: Pod, policy: Policy, now: float, *, relists: Relists | None = None) -> None:
        self.pod = pod
        self.policy = policy
        self.pod_ip = ""
        self._lives = {life.spec.name: life for life in _lives(pod, policy)}
        self._workers = {(w.container.name, w.kind): w for w in _workers(self._lives.values(), policy, now)}
        self._views: tuple[View, ...] = tuple(map(view, self._lives.values()))
        self._gates: dict[str, tuple[int, float]] = {}
        self._unseen_exits: dict[str, Exit] = {}
        self._relists = Relists(policy.relist_period, now) if relists is None else relists
        self._changed = False
        self._sync_at: float | None = now
        self._last_sync = -math.inf
        self._delete_by: float | None = None
        self._rendered: tuple[tuple[View, ...], str, PodStatus] | None = None
        self._done = False

    @property
    def status(self) -> PodStatus:
        """The status as the agent would report it now; the same object as long as nothing has changed."""
        if self._rendered is None or self._rendered[:2] != (self._views, self.pod_ip):
            status = pod_status(self._views, self.pod.spec.restart_policy, self.pod_ip)
            self._rendered = (self._views, self.pod_ip, status)
        return self._rendered[2]

    def due(self) -> float | None:
        """Return when the machine wants a Tick; None when only an event can move it."""
        if self._done:
            return None
        times = [None if self._busy() else self._sync_at, *(worker.due for worker in self._workers.values())]
        for life in self._lives.values():
            times.append(life.kill_at if life.state is State.STOPPING else None)
            times.append(life.resumes_at if life.state is State.BACKING_OFF else None)
        return min((time for time in times if time is not None), default=None)

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take an event, then do all that is due by now.

        Raises:
            UnexpectedTrigger: the event cannot occur now, such as the end of an instance that has not been started.

        """
        if self._done:
            return []
        before = self._views
        actions = self._take(event, now)
        while (due := self.due()) is not None and due <= now:
            actions += self._do_due(now)
        if self._views != before:
            actions.append(StatusChanged())
        if self._delete_by is not None and all(life.state is State.ENDED for life in self._lives.values()):
            self._done = True
            actions.append(PodEnded())
        return actions

    # ---- events

    def _take(self, event: Event, now: float) -> list[Action]:  # noqa: PLR0911 - a dispatcher: one return each
        match event:
            case ContainerStarted(name):
                return self._move(self._lives[name], Turn.STARTED, now)
            case StartFailed(name, _, reason, message):
                self._lives[name].trouble = (reason, message)
                return self._move(self._lives[name], Turn.START_FAILED, now)
            case ContainerExited(name, _, exit_code, reason):
                life = self._lives[name]
                return self._exited(life, Exit(exit_code, reason, life.started_at, now), now)
            case HookFinished(name):
                return self._move(self._lives[name], Turn.HOOK_OVER, now)
            case ProbeFinished(name, kind, result):
                return self._probed(self._workers[name, kind], result, now)
            case DeleteAsked(grace):
                return self._delete(grace, now)
            case _:
                return []

    def _move(self, life: Life, trigger: life_table.Trigger, now: float) -> list[Action]:
        state, was_busy = life.state, self._busy()
        actions = life.fire(trigger, now)
        if was_busy and not self._busy():
            self._last_sync, self._sync_at = now, None
        if life.state is not state:
            self._sync_after_relist(now)
        return actions

    def _busy(self) -> bool:
        """Tell whether the last sync still lasts."""
        waits = {State.STARTING, State.STOPPING}
        return self.policy.one_thing_at_a_time and any(life.state in waits for life in self._lives.values())

    def _exited(self, life: Life, ended: Exit, now: float) -> list[Action]:
        if life.state is State.STOPPING:
            life.ended(ended)
            actions = self._move(life, Turn.EXITED, now)
            return actions + (self._stop_in_order(now) if life.pod_ends else [])
        self._unseen_exits[life.spec.name] = ended
        self._sync_after_relist(now)
        return []

    def _probed(self, worker: Worker, result: ProbeResult, now: float) -> list[Action]:
        if worker.finish(result, now):
            if worker.kind == "startup" and worker.settled is ProbeResult.SUCCESS:
                self._gates[worker.container.name] = (worker.instance, now)
            self._judge_views(now)  # started and ready change at once, what follows from them with the sync
            self._sync_soon(now)
        return worker.tick_owed(now)

    def _delete(self, grace: float, now: float) -> list[Action]:
        self._delete_by = now + grace
        for worker in self._workers.values():
            worker.fire(worker_table.Trigger.RETIRE, now)
        return self._stop_in_order(now)

    # ---- time

    def _do_due(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for life in self._lives.values():
            if life.state is State.STOPPING and life.kill_at is not None and life.kill_at <= now:
                actions += self._move(life, Turn.GRACE_OVER, now)
            if life.state is State.BACKING_OFF and life.resumes_at is not None and life.resumes_at <= now:
                actions += self._move(life, Turn.BACKOFF_OVER, now)
        if self._sync_at is not None and self._sync_at <= now and not self._busy():
            actions += self._sync(now)
        for worker in self._workers.values():
            if worker.due is not None and worker.due <= now:
                actions += self._tick(worker, now)
        return actions

    def _tick(self, worker: Worker, now: float, *, beside: bool = False) -> list[Action]:
        known = worker.instance
        actions = worker.tick(now, beside=beside)
        if worker.instance != known and worker.kind != "liveness":
            self._sync_soon(now)  # what it takes a new instance for is news: not ready, not started
        return actions

    def _has_fresh_picture(self, now: float) -> bool:
        return not self.policy.relist_period or self._relists.last(now) > self._last_sync

    def _sync_after_relist(self, now: float) -> None:
        self._changed = True
        self._sync_by(self._relists.next(now))

    def _sync_soon(self, now: float) -> None:
        self._sync_by(now if self._has_fresh_picture(now) else self._relists.next(now))

    def _sync_by(self, time: float) -> None:
        self._sync_at = time if self._sync_at is None else min(self._sync_at, time)

    # ---- sync

    def _sync(self, now: float) -> list[Action]:
        self._sync_at = None
        actions: list[Action] = []
        if self._changed and self._has_fresh_picture(now):
            self._changed = False
            actions += self._see_exits(now)
            self._views = tuple(map(view, self._lives.values()))
        self._last_sync = now
        self._judge_views(now)
        actions += self._kill_failed(now)
        actions += self._stop_in_order(now) if self._is_over() else self._start_in_order(now)
        if self.policy.readiness_on_sync:
            actions += self._probe_unready(now)
        return actions

    def _see_exits(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for name in list(self._unseen_exits):
            life = self._lives[name]
            life.ended(self._unseen_exits.pop(name))
            actions += self._move(life, Turn.EXITED, now)
        return actions

    def _judge_views(self, now: float) -> None:
        self._views = tuple(map(self._judged, self._views))
        for seen in self._views:
            instance, opened_at = self._gates.get(seen.name, (seen.instance, seen.started_at))
            gate = opened_at if instance == seen.instance else seen.started_at
            for worker in self._workers_of(seen.name):
                worker.see(Seen(seen.instance, seen.running, seen.started_at, seen.started, gate), now)

    @implements("probe.startup.status", "probe.readiness.running", "probe.readiness.recovers")
    def _judged(self, seen: View) -> View:
        results = {worker.kind: worker.result_for(seen.instance) for worker in self._workers_of(seen.name)}
        success = ProbeResult.SUCCESS
        started = seen.running and results.get("startup", success) is success
        ready = started and results.get("readiness", success) is success
        if seen.role == "init":
            started, ready = False, seen.succeeded
        return msgspec.structs.replace(seen, started=started, ready=ready)

    @implements(
        "probe.liveness.kill",
        "probe.startup.kill",
        "probe.liveness.scope",
        "probe.readiness.no-restart",
        "probe.matrix.consequence",
    )
    def _kill_failed(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for seen in self._views:
            life = self._lives[seen.name]
            for worker in self._workers_of(seen.name):
                failed = worker.kind != "readiness" and worker.result_for(life.instance) is ProbeResult.FAILURE
                if failed and seen.instance == life.instance and life.state is State.RUNNING:
                    life.grace = grace_of(life.spec, worker.kind, self.pod.spec.termination_grace_period_seconds)
                    actions += self._stop(life, Turn.PROBE_KILLS, now)
        return actions

    def _stop(self, life: Life, trigger: life_table.Trigger, now: float) -> list[Action]:
        actions = self._move(life, trigger, now)
        ended = self._unseen_exits.pop(life.spec.name, None)
        if ended is None:
            return actions
        life.ended(ended)  # it had ended by itself, and nobody has looked since
        return self._move(life, Turn.EXITED, now)

    def _start_in_order(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for name in _whose_turn(self._views):
            actions += self._move(self._lives[name], Turn.TURN, now)
        return actions

    @implements("sidecar.completion")
    def _is_over(self) -> bool:
        apps_ended = all(seen.for_good for seen in self._views if seen.role == "app")
        return self._delete_by is not None or apps_ended or any(s.failed for s in self._views if s.role == "init")

    @implements("sidecar.shutdown", "probe.grace.deletion")
    def _stop_in_order(self, now: float) -> list[Action]:
        """Stop the app containers, and only when they have ended the sidecars, the last one first.

        https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#sidecar-containers-and-pod-lifecycle
        """
        actions: list[Action] = []
        for life in self._lives.values():
            life.pod_ends = True
            if self._delete_by is not None:
                life.grace = max(self._delete_by - now, 0)
        first = [life for life in self._lives.values() if life.role != "sidecar"]
        for life in first:
            actions += self._stop(life, Turn.STOP, now)
        sidecars = [life for life in self._lives.values() if life.role == "sidecar" and life.state is not State.ENDED]
        if sidecars and all(life.state is State.ENDED for life in first):
            actions += self._stop(sidecars[-1], Turn.STOP, now)
        return actions

    @implements("probe.timing.unready-is-probed", "probe.timing.ready-after-startup")
    def _probe_unready(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for seen in self._views:
            worker = self._workers.get((seen.name, "readiness"))
            if worker is not None and seen.started and not seen.ready:
                actions += self._tick(worker, now, beside=True)
        return actions

    def _workers_of(self, name: str) -> Iterator[Worker]:
        for kind in PROBE_TYPES:
            worker = self._workers.get((name, kind))
            if worker is not None:
                yield worker


@implements("init.sequential", "init.must-succeed", "sidecar.native", "probe.sidecar.startup", "probe.sidecar.readiness")
def _whose_turn(views: tuple[View, ...]) -> Iterator[str]:
    """Name the containers that may be running by now: init containers one by one, then all app containers."""
    for seen in views:
        if seen.role == "app":
            yield seen.name
        elif seen.role == "sidecar":
            yield seen.name
            if not seen.started:
                return
        elif not seen.succeeded:
            yield seen.name
            return


def _lives(pod: Pod, policy: Policy) -> Iterator[Life]:
    spec = pod.spec
    for container in spec.init_containers:
        role: Role = "sidecar" if container.restart_policy == "Always" else "init"
        yield Life(container, role, spec.restart_policy, policy, spec.termination_grace_period_seconds)
    for container in spec.containers:
        yield Life(container, "app", spec.restart_policy, policy, spec.termination_grace_period_seconds)


@implements("probe.timing.independent", "probe.liveness.independent")
def _workers(lives: Iterable[Life], policy: Policy, now: float) -> Iterator[Worker]:
    first_tick = now if policy.ticks_from == "worker" else math.inf
    for life in lives:
        for kind in PROBE_TYPES:
            probe = life.spec.probe(kind)
            if probe is not None:
                yield Worker(life.spec, kind, probe, policy, next_tick=first_tick)
