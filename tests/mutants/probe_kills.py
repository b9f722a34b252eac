"""Mistakes about what a probe's kill is, and about executions that come to nothing."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pytest_podconform.model.pod import ProbeResult
from pytest_podconform.podmachine import container, machine, status, worker
from pytest_podconform.podmachine.container import Life, State
from pytest_podconform.podmachine.events import RunHook
from pytest_podconform.podmachine.machine import PodMachine
from pytest_podconform.podmachine.worker import Worker
from pytest_podconform.probes import exec as exec_probe
from pytest_podconform.probes.outcome import failure, success
from pytest_podconform.runtimes.simulated import world

from .mechanism import Broken, mutant


@mutant(caught_by=["probe.grace.own"], spares=["probe.liveness.kill", "pod.grace"])
def a_probe_has_no_grace_of_its_own(runtime: Broken) -> None:
    """A kill has the Pod's grace period, whatever the probe says."""
    runtime.replace(machine, "grace_of", lambda _container, _kind, of_pod: of_pod)


@mutant(caught_by=["probe.grace.own"], spares=["probe.liveness.kill", "pod.grace"])
def a_probes_grace_only_shortens(runtime: Broken) -> None:
    """A grace period of a probe counts where it is shorter than the Pod's."""
    runtime.wrap(machine, "grace_of", lambda right: lambda spec, kind, of_pod: min(right(spec, kind, of_pod), of_pod))


@mutant(caught_by=["probe.grace.own"], spares=["probe.liveness.kill"])
def startup_has_no_grace_of_its_own(runtime: Broken) -> None:
    """A kill by the startup probe has the grace period of the liveness probe, or the Pod's."""
    runtime.wrap(machine, "grace_of", lambda right: lambda spec, _kind, of_pod: right(spec, "liveness", of_pod))


@mutant(caught_by=["probe.grace.hook"], spares=["probe.liveness.kill", "pod.grace"])
def no_hook_for_a_probes_kill(runtime: Broken) -> None:
    """A container that a probe kills is sent TERM at once, hook or not."""

    def stop_by_probe(life: Life, now: float) -> Any:
        life.killed_by_probe = True
        life.kill_at = now + life.grace
        return container.term(life, now)

    runtime.effect(container, "stop_by_probe", lambda _right: stop_by_probe)


@mutant(caught_by=["probe.grace.hook"], spares=["probe.liveness.kill", "pod.grace"])
def the_hook_comes_on_top(runtime: Broken) -> None:
    """The grace period begins when the hook is over."""

    def around(right: Callable[[Life, float], Any]) -> Callable[[Life, float], Any]:
        def term(life: Life, now: float) -> Any:
            if life.spec.lifecycle.pre_stop is not None:
                life.kill_at = now + life.grace
            return right(life, now)

        return term

    def later(right: Callable[[Life, float], Any]) -> Callable[[Life, float], Any]:
        def stop(life: Life, now: float) -> Any:
            actions = right(life, now)
            if any(isinstance(action, RunHook) for action in actions):
                life.kill_at = now + 2 * life.grace
            return actions

        return stop

    runtime.effect(container, "term", around)
    runtime.effect(container, "stop_by_probe", later)


@mutant(caught_by=["probe.liveness.scope", "probe.sidecar.liveness"], spares=["restart.always"])
def a_kill_takes_the_whole_pod(runtime: Broken) -> None:
    """A liveness failure ends all containers of the Pod."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def kill_failed(me: PodMachine, now: float) -> Any:
            actions = right(me, now)
            for life in me._lives.values() if actions else ():
                if life.state is State.RUNNING:
                    actions += me._stop(life, machine.Turn.PROBE_KILLS, now)
            return actions

        return kill_failed

    runtime.wrap(PodMachine, "_kill_failed", around)


@mutant(caught_by=["probe.liveness.never"], spares=["restart.never", "probe.liveness.kill"])
def a_kill_is_always_a_failure(runtime: Broken) -> None:
    """What a probe has killed has Failed, whatever its exit code."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def ended(me: Life, how: Any) -> None:
            right(me, msgspec.structs.replace(how, code=how.code or 137) if me.killed_by_probe else how)

        return ended

    runtime.wrap(Life, "ended", around)


@mutant(caught_by=["probe.startup.status"], spares=["probe.liveness.kill", "probe.startup.kill"])
def started_means_running(runtime: Broken) -> None:
    """The status says `started` of whatever runs."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def container_status(seen: Any, *, initialized: bool) -> Any:
            return msgspec.structs.replace(right(seen, initialized=initialized), started=seen.running)

        return container_status

    runtime.wrap(status, "container_status", around)


@mutant(caught_by=["probe.error.no-consequence"], spares=["probe.http.success-range", "probe.liveness.kill"])
def errors_are_failures(runtime: Broken) -> None:
    """A probe that cannot be executed has failed (what kubernetes #106682 asks for)."""
    runtime.replace(world, "unknown", failure)
    runtime.replace(exec_probe, "unknown", failure)


@mutant(caught_by=["probe.error.no-consequence"], spares=["probe.http.success-range", "probe.liveness.kill"])
def errors_are_successes(runtime: Broken) -> None:
    """A probe that cannot be executed has nothing to complain of."""
    runtime.replace(world, "unknown", success)
    runtime.replace(exec_probe, "unknown", success)


@mutant(caught_by=["probe.liveness.hold"], spares=["probe.startup.kill", "restart.always"])
def liveness_goes_on_during_the_kill(runtime: Broken) -> None:
    """A container that is being killed is still probed for its liveness."""
    runtime.guard(worker, "is_final", lambda right: lambda me, now: right(me, now) and me.kind == "startup")


@mutant(caught_by=["probe.streak.crash"], spares=["probe.field.failure-threshold", "probe.liveness.kill"])
def a_crash_ends_a_streak(runtime: Broken) -> None:
    """Each instance begins with a count of zero (what the page seems to say)."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def begin_anew(each: Worker, *now: float) -> Any:
            each.last, each.streak = None, 0
            return right(each, *now)

        return begin_anew

    runtime.effect(worker, "begin_anew", around)


@mutant(caught_by=["probe.streak.new-instance", "probe.sidecar.startup"], spares=["probe.startup.kill"])
def the_count_outlives_the_kill(runtime: Broken) -> None:
    """After a kill the next failure kills again (kubernetes #53530)."""
    runtime.effect(worker, "settle_and_forget", lambda _right: worker.settle)


@mutant(caught_by=["probe.shutdown.liveness"], spares=["probe.liveness.kill", "pod.grace"])
def liveness_goes_on_during_the_deletion(runtime: Broken) -> None:
    """A Pod that is being deleted is probed as ever."""
    runtime.guard(worker, "stops_with_pod", lambda _right: lambda _me, _now: False)


@mutant(caught_by=["probe.shutdown.readiness"], spares=["probe.readiness.recovers", "pod.grace"])
def readiness_stops_with_the_deletion(runtime: Broken) -> None:
    """A Pod that is being deleted is not probed any more."""
    runtime.guard(worker, "stops_with_pod", lambda _right: lambda _me, _now: True)


@mutant(caught_by=["probe.timing.ready-after-startup"], spares=["probe.startup.first", "probe.readiness.recovers"])
def readiness_waits_for_its_period(runtime: Broken) -> None:
    """The readiness probe comes with its ticker alone."""
    runtime.replace(PodMachine, "_probe_unready", lambda _me, _now: [])


@mutant(caught_by=["probe.timing.serial"], spares=["probe.field.period"])
def late_executions_skip_a_tick(runtime: Broken) -> None:
    """A tick that falls during an execution is lost."""

    def finish(right: Callable[..., Any]) -> Callable[..., Any]:
        def then(me: Worker, result: ProbeResult, now: float) -> Any:
            me._advance(now)
            return right(me, result, now)

        return then

    runtime.wrap(Worker, "finish", finish)
