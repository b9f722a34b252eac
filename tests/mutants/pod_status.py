"""Mistakes in what a runtime says of a Pod."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from pytest_podconform.podmachine import status
from pytest_podconform.podmachine.status import View

from .mechanism import Broken, mutant

Function = Callable[..., Any]


def phases(change: Callable[[Sequence[View], str], str]) -> Callable[[Function], Function]:
    """Say another phase, knowing the right one."""

    def around(right: Function) -> Function:
        return lambda views, policy: change(views, right(views, policy))

    return around


@mutant(caught_by=["phase.pending", "init.before-running"], spares=["phase.succeeded"])
def running_while_initializing(runtime: Broken) -> None:
    """A Pod with a container that runs is Running."""
    runtime.wrap(status, "phase", phases(lambda views, right: "Running" if any(v.running for v in views) else right))


@mutant(caught_by=["phase.pending"], spares=["phase.running", "phase.failed"])
def failed_without_an_image(runtime: Broken) -> None:
    """A container that cannot be started fails the Pod."""
    runtime.wrap(status, "phase", phases(lambda views, right: "Failed" if any("Err" in v.waits_for for v in views) else right))


@mutant(caught_by=["phase.running"], spares=["phase.succeeded", "phase.failed"])
def pending_while_restarting(runtime: Broken) -> None:
    """A Pod without a container that runs is Pending."""

    def change(views: Sequence[View], right: str) -> str:
        return "Pending" if right == "Running" and not any(v.running for v in views if v.role == "app") else right

    runtime.wrap(status, "phase", phases(change))


@mutant(caught_by=["phase.succeeded", "sidecar.completion"], spares=["phase.failed", "phase.running"])
def never_succeeded(runtime: Broken) -> None:
    """Who has been Running stays so."""
    runtime.wrap(status, "phase", phases(lambda _views, right: "Running" if right == "Succeeded" else right))


@mutant(caught_by=["phase.succeeded"], spares=["phase.running"])
def succeeded_too_early(runtime: Broken) -> None:
    """The first container that ends well ends the Pod."""

    def change(views: Sequence[View], right: str) -> str:
        return "Succeeded" if right == "Running" and any(v.succeeded for v in views if v.role == "app") else right

    runtime.wrap(status, "phase", phases(change))


@mutant(caught_by=["phase.failed"], spares=["phase.succeeded", "phase.running"])
def failed_too_early(runtime: Broken) -> None:
    """The first container that fails for good fails the Pod."""

    def change(views: Sequence[View], right: str) -> str:
        return "Failed" if right == "Running" and any(v.failed for v in views if v.role == "app") else right

    runtime.wrap(status, "phase", phases(change))


@mutant(caught_by=["phase.failed"], spares=["phase.succeeded"])
def succeeded_despite_a_failure(runtime: Broken) -> None:
    """What counts is how the last container has ended."""

    def change(views: Sequence[View], right: str) -> str:
        last = max((v for v in views if v.exit is not None), key=lambda v: v.exit.finished_at if v.exit else 0, default=None)
        return "Succeeded" if right == "Failed" and last is not None and last.succeeded else right

    runtime.wrap(status, "phase", phases(change))


def conditions(name: str, change: Callable[[Sequence[View], str], str | None]) -> Callable[[Function], Function]:
    """Say another status of a condition; none to leave it away."""

    def around(right: Function) -> Function:
        def made(views: Sequence[View], phase: str) -> tuple[Any, ...]:
            found = [(each, change(views, each.status) if each.type == name else each.status) for each in right(views, phase)]
            return tuple(msgspec.structs.replace(each, status=new) for each, new in found if new is not None)

        return made

    return around


@mutant(caught_by=["condition.scheduled"], spares=["condition.ready"])
def not_scheduled(runtime: Broken) -> None:
    """A runtime without a scheduler says nothing of scheduling."""
    runtime.wrap(status, "conditions", conditions("PodScheduled", lambda _views, _right: None))


@mutant(caught_by=["condition.initialized"], spares=["condition.containers-ready", "init.sequential"])
def initialized_from_the_beginning(runtime: Broken) -> None:
    """Initialized is always true."""
    runtime.wrap(status, "conditions", conditions("Initialized", lambda _views, _right: "True"))


@mutant(caught_by=["condition.initialized"], spares=["condition.containers-ready", "init.sequential"])
def never_initialized(runtime: Broken) -> None:
    """Initialized is left stale when the init containers have ended."""
    runtime.wrap(status, "conditions", conditions("Initialized", lambda _views, _right: "False"))


@mutant(caught_by=["condition.containers-ready"], spares=["condition.initialized"])
def one_ready_container_is_enough(runtime: Broken) -> None:
    """ContainersReady is true as soon as one container is."""

    def change(views: Sequence[View], _right: str) -> str:
        return str(any(v.ready for v in views if v.role == "app"))

    runtime.wrap(status, "conditions", conditions("ContainersReady", change))


@mutant(caught_by=["condition.ready", "probe.readiness.endpoints"], spares=["condition.initialized"])
def ready_when_running(runtime: Broken) -> None:
    """Ready means that all containers run."""

    def change(views: Sequence[View], _right: str) -> str:
        return str(all(v.running for v in views if v.role == "app"))

    runtime.wrap(status, "conditions", conditions("Ready", change))


def states(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Say another state of a container."""

    def around(right: Function) -> Function:
        def made(seen: View, *, initialized: bool) -> Any:
            told = right(seen, initialized=initialized)
            return msgspec.structs.replace(told, state=change(told.state))

        return made

    return around


@mutant(caught_by=["state.running"], spares=["state.terminated"])
def running_without_a_time(runtime: Broken) -> None:
    """`startedAt` is forgotten."""
    runtime.wrap(status, "container_status", states(lambda s: type(s)(running=type(s.running)()) if s.running else s))


@mutant(caught_by=["state.terminated"], spares=["state.running"])
def terminated_without_times(runtime: Broken) -> None:
    """When a container ran is forgotten with its end."""

    def change(state: Any) -> Any:
        end = state.terminated
        return state if end is None else type(state)(terminated=type(end)(exit_code=end.exit_code, reason=end.reason))

    runtime.wrap(status, "container_status", states(change))


@mutant(caught_by=["state.terminated"], spares=["state.running", "phase.failed"])
def exit_code_is_lost(runtime: Broken) -> None:
    """Each failure is a 1."""

    def change(state: Any) -> Any:
        end = state.terminated
        if end is None or end.exit_code == 0:
            return state
        return type(state)(terminated=msgspec.structs.replace(end, exit_code=1))

    runtime.wrap(status, "container_status", states(change))
