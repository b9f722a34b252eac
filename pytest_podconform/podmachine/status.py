"""The status of a Pod as a function of its containers; nothing here is ever stored.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.model.pod import RestartPolicy
from pytest_podconform.model.rules import implements
from pytest_podconform.model.status import (
    Condition,
    ContainerState,
    ContainerStatus,
    Phase,
    PodStatus,
    Running,
    Terminated,
    Waiting,
)

from .container import Exit, Life, Role, State

if TYPE_CHECKING:
    from collections.abc import Sequence


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One container at one moment, with what its probes have settled."""

    name: str
    role: Role
    instance: int
    running: bool
    ended: bool
    for_good: bool
    started_at: float
    exit: Exit | None
    waits_for: str
    message: str
    started: bool = False
    ready: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether it has ended for good with exit code 0."""
        return self.for_good and self.exit is not None and self.exit.code == 0

    @property
    def failed(self) -> bool:
        """Whether it has ended for good, and not with 0."""
        return self.for_good and self.exit is not None and self.exit.code != 0


@implements("state.waiting")
def view(life: Life) -> View:
    """Take a picture of a container."""
    reason, message = life.trouble
    if life.state is State.BACKING_OFF and not reason:
        reason = "CrashLoopBackOff"
    return View(
        name=life.spec.name,
        role=life.role,
        instance=life.instance - 1 if life.state is State.STARTING else life.instance,  # counted when it runs
        running=life.state in {State.RUNNING, State.STOPPING},
        ended=life.state in {State.ENDED, State.STARTING} and life.exit is not None,
        for_good=life.state is State.ENDED,
        started_at=life.started_at,
        exit=life.exit,
        waits_for=reason,
        message=message,
    )


@implements("state.waiting", "state.running")
def container_status(seen: View, *, initialized: bool) -> ContainerStatus:
    """Render the status of one container."""
    last = ContainerState() if seen.exit is None else ContainerState(terminated=_terminated(seen.exit))
    if seen.running:
        state = ContainerState(running=Running(started_at=timestamp(seen.started_at)))
    elif seen.ended:
        state, last = last, ContainerState()
    else:
        default = "ContainerCreating" if initialized or seen.role != "app" else "PodInitializing"
        state = ContainerState(waiting=Waiting(reason=seen.waits_for or default, message=seen.message))
    return ContainerStatus(
        name=seen.name,
        state=state,
        last_state=last,
        ready=seen.ready,
        started=seen.started,
        restart_count=max(seen.instance, 0),
        container_id=f"{seen.name}/{seen.instance}" if seen.instance >= 0 else "",
    )


@implements("state.terminated")
def _terminated(ended: Exit) -> Terminated:
    reason = ended.reason or ("Completed" if ended.code == 0 else "Error")
    return Terminated(
        exit_code=ended.code,
        reason=reason,
        started_at=timestamp(ended.started_at),
        finished_at=timestamp(ended.finished_at),
    )


def timestamp(seconds: float) -> str:
    """Render a time as the API does: RFC 3339, UTC, whole seconds."""
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@implements(
    "phase.pending",
    "phase.running",
    "phase.succeeded",
    "phase.failed",
    "init.before-running",
    "init.retry",
    "restart.never",
    "probe.liveness.never",
    "sidecar.completion",
)
def phase(views: Sequence[View], restart_policy: RestartPolicy) -> Phase:
    """Derive the phase. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase."""
    inits = [seen for seen in views if seen.role != "app"]
    apps = [seen for seen in views if seen.role == "app"]
    if restart_policy == "Never" and any(seen.failed for seen in inits if seen.role == "init"):
        return "Failed"
    if any(map(_uninitialized, inits)) and not any(seen.running or seen.exit for seen in apps):
        return "Pending"
    if any(not seen.running and seen.exit is None for seen in apps):
        return "Pending"
    if all(seen.for_good for seen in apps):
        return "Succeeded" if all(seen.succeeded for seen in apps) else "Failed"
    return "Running"


@implements("condition.scheduled", "condition.initialized", "condition.ready")
def conditions(views: Sequence[View], now_phase: Phase) -> tuple[Condition, ...]:
    """Derive the conditions. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions."""
    ready = _containers_ready(views, now_phase)
    return (
        Condition(type="PodScheduled", status="True"),
        _condition("Initialized", "ContainersNotInitialized", "incomplete", [v for v in views if _uninitialized(v)]),
        ready,
        msgspec.structs.replace(ready, type="Ready"),
    )


@implements("condition.containers-ready", "condition.ready", "probe.sidecar.readiness")
def _containers_ready(views: Sequence[View], now_phase: Phase) -> Condition:
    if now_phase in {"Succeeded", "Failed"}:
        reason = "PodCompleted" if now_phase == "Succeeded" else "PodFailed"
        return Condition(type="ContainersReady", status="False", reason=reason)
    unready = [seen for seen in views if seen.role != "init" and not seen.ready]
    return _condition("ContainersReady", "ContainersNotReady", "unready", unready)


@implements("condition.initialized")
def _uninitialized(seen: View) -> bool:
    return seen.role != "app" and not (seen.succeeded if seen.role == "init" else seen.started)


def _condition(name: str, reason: str, word: str, against: Sequence[View]) -> Condition:
    """Build a condition that is true unless some containers speak against it."""
    if not against:
        return Condition(type=name, status="True")
    names = " ".join(seen.name for seen in against)
    return Condition(type=name, status="False", reason=reason, message=f"containers with {word} status: [{names}]")


def pod_status(views: Sequence[View], restart_policy: RestartPolicy, pod_ip: str) -> PodStatus:
    """Render the status of a Pod."""
    now_phase = phase(views, restart_policy)
    initialized = not any(map(_uninitialized, views))
    return PodStatus(
        phase=now_phase,
        pod_ip=pod_ip,
        conditions=conditions(views, now_phase),
        init_container_statuses=tuple(container_status(v, initialized=initialized) for v in views if v.role != "app"),
        container_statuses=tuple(container_status(v, initialized=initialized) for v in views if v.role == "app"),
    )
