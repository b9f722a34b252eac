"""Mistakes about when a probe runs and what its results add up to."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_podconform.model.pod import Probe, ProbeResult
from pytest_podconform.podmachine import machine, worker
from pytest_podconform.podmachine.worker import Seen, State, Worker

from .mechanism import Broken, mutant

Guard = Callable[[Worker, float], bool]


def settles_at(streak: Callable[[Worker], int]) -> Callable[[Guard], Guard]:
    """Have a result settle at another length of its streak."""

    def around(_right: Guard) -> Guard:
        return lambda each, _now: each.streak >= streak(each)

    return around


@mutant(caught_by=["probe.field.failure-threshold", "probe.liveness.kill", "probe.startup.kill"])
def one_failure_too_many(runtime: Broken) -> None:
    """`>` for `>=`: the failure after the threshold settles it."""
    runtime.guard(
        worker,
        "reaches_threshold",
        settles_at(lambda w: w.probe.successes if w.last is ProbeResult.SUCCESS else w.probe.failures + 1),
    )


@mutant(caught_by=["probe.field.failure-threshold", "probe.startup.kill", "probe.startup.budget"])
def one_failure_too_few(runtime: Broken) -> None:
    """The failure before the threshold settles it."""
    runtime.guard(
        worker,
        "reaches_threshold",
        settles_at(lambda w: w.probe.successes if w.last is ProbeResult.SUCCESS else max(w.probe.failures - 1, 1)),
    )


@mutant(caught_by=["probe.field.success-threshold"], spares=["probe.field.failure-threshold", "probe.liveness.kill"])
def success_threshold_ignored(runtime: Broken) -> None:
    """The first success makes a container ready."""
    runtime.guard(worker, "reaches_threshold", settles_at(lambda w: 1 if w.last is ProbeResult.SUCCESS else w.probe.failures))


def remembering(result: ProbeResult) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
    """Have a counter go on counting after a result of the other kind."""

    def around(right: Callable[..., bool]) -> Callable[..., bool]:
        counts: dict[int, tuple[Worker, int]] = {}  # with the worker itself, so that no later one gets its id

        def finish(me: Worker, got: ProbeResult, now: float) -> bool:
            if got is result:
                _, before = counts.get(id(me), (me, 0))
                counts[id(me)] = me, before + 1
                me.streak, me.last = before, result
            return right(me, got, now)

        return finish

    return around


@mutant(caught_by=["probe.field.failure-threshold"], spares=["probe.field.success-threshold", "probe.startup.kill"])
def failures_are_never_forgotten(runtime: Broken) -> None:
    """A success does not set the count of failures back."""
    runtime.wrap(Worker, "finish", remembering(ProbeResult.FAILURE))


@mutant(caught_by=["probe.field.success-threshold", "probe.matrix.streak"], spares=["probe.field.failure-threshold"])
def successes_are_never_forgotten(runtime: Broken) -> None:
    """A failure does not set the count of successes back."""
    runtime.wrap(Worker, "finish", remembering(ProbeResult.SUCCESS))


@mutant(caught_by=["probe.field.initial-delay"], spares=["probe.field.period", "probe.startup.kill"])
def delay_counts_from_the_pod(runtime: Broken) -> None:
    """The initial delay runs from the Pod's creation and not from the container's start."""
    born: dict[int, tuple[Worker, float]] = {}  # with the worker itself, so that no later one gets its id

    def around(_right: Guard) -> Guard:
        return lambda w, now: now - born[id(w)][1] >= w.probe.initial_delay_seconds

    def see(me: Worker, _seen: Seen, now: float) -> None:
        born.setdefault(id(me), (me, now))

    runtime.watch(Worker, "see", see)
    runtime.guard(worker, "delay_is_over", around)


@mutant(
    caught_by=["probe.field.initial-delay", "probe.matrix.delay"], spares=["probe.field.period", "probe.readiness.no-restart"]
)
def delay_ignored(runtime: Broken) -> None:
    """Probes begin with the first tick."""
    runtime.guard(worker, "delay_is_over", lambda _right: lambda _w, _now: True)


def ungated(*kinds: str) -> Callable[[Guard], Guard]:
    """Have some probes run whatever the startup probe says."""

    def around(right: Guard) -> Guard:
        return lambda w, now: right(w, now) or (w.kind in kinds and w.seen.running and worker.delay_is_over(w, now))

    return around


@mutant(caught_by=["probe.startup.first"], spares=["probe.startup.budget", "probe.readiness.no-restart"])
def liveness_during_startup(runtime: Broken) -> None:
    """The liveness probe does not wait for the startup probe."""
    runtime.guard(worker, "may_probe", ungated("liveness"))


@mutant(caught_by=["probe.startup.first", "probe.matrix.gate"], spares=["probe.startup.kill", "probe.liveness.kill"])
def readiness_during_startup(runtime: Broken) -> None:
    """The readiness probe does not wait for the startup probe."""
    runtime.guard(worker, "may_probe", ungated("readiness"))


@mutant(caught_by=["probe.startup.first"], spares=["probe.startup.kill"])
def startup_probe_goes_on(runtime: Broken) -> None:
    """The startup probe is executed after its success, too."""
    runtime.guard(worker, "may_probe", ungated("startup"))
    runtime.guard(worker, "is_final", lambda right: lambda w, now: right(w, now) and w.last is ProbeResult.FAILURE)


@mutant(caught_by=["probe.startup.first"], spares=["probe.startup.kill", "probe.liveness.kill"])
def restarted_container_counts_as_started(runtime: Broken) -> None:
    """A new instance inherits `started` from the one before (kubernetes #141155)."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def judged(me: Any, seen: Any) -> Any:
            gates = me._gates
            view = right(me, seen)
            inherits = seen.running and seen.instance > 0 and seen.name in gates and not view.started
            return type(view)(**{n: getattr(view, n) for n in view.__struct_fields__} | {"started": True}) if inherits else view

        return judged

    runtime.wrap(machine.PodMachine, "_judged", around)


@mutant(caught_by=["probe.readiness.no-restart"], spares=["probe.liveness.kill", "probe.startup.kill"])
def readiness_restarts(runtime: Broken) -> None:
    """A failed readiness probe kills the container."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def workers_of(me: Any, name: str) -> Any:
            for each in right(me, name):
                yield each
                failed = each.kind == "readiness" and each.streak >= each.probe.failures and each.last is ProbeResult.FAILURE
                if failed:
                    yield _Liveness(each)

        return workers_of

    runtime.wrap(machine.PodMachine, "_workers_of", around)


class _Liveness:
    """A readiness worker that passes for one of liveness."""

    kind = "liveness"

    def __init__(self, real: Worker) -> None:
        self._real = real

    def see(self, seen: Seen, now: float) -> None:
        """The real one sees it."""

    def result_for(self, _instance: int) -> ProbeResult:
        """Return a failure."""
        return ProbeResult.FAILURE


def without_result(kind: str, result: ProbeResult) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
    """Have a result of a probe never settle."""

    def around(right: Callable[..., bool]) -> Callable[..., bool]:
        def finish(me: Worker, got: ProbeResult, now: float) -> bool:
            return right(me, ProbeResult.UNKNOWN if me.kind == kind and got is result else got, now)

        return finish

    return around


@mutant(caught_by=["probe.liveness.kill", "probe.field.failure-threshold"], spares=["probe.startup.kill"])
def liveness_never_kills(runtime: Broken) -> None:
    """Liveness probes are executed, and nothing follows from their failure."""
    runtime.wrap(Worker, "finish", without_result("liveness", ProbeResult.FAILURE))


@mutant(caught_by=["probe.startup.kill"], spares=["probe.liveness.kill", "probe.startup.budget"])
def startup_never_kills(runtime: Broken) -> None:
    """Startup probes gate the others for as long as it takes."""
    runtime.wrap(Worker, "finish", without_result("startup", ProbeResult.FAILURE))


@mutant(
    caught_by=["probe.readiness.no-restart", "probe.readiness.endpoints", "condition.ready"],
    spares=["probe.liveness.kill", "probe.startup.first"],
)
def once_ready_always_ready(runtime: Broken) -> None:
    """A container that has become ready stays so, whatever its readiness probe says later."""
    runtime.wrap(Worker, "finish", without_result("readiness", ProbeResult.FAILURE))


@mutant(caught_by=["probe.readiness.recovers", "probe.readiness.endpoints"], spares=["probe.liveness.kill"])
def never_ready_again(runtime: Broken) -> None:
    """Who has failed a readiness probe stays out of service."""

    def around(right: Callable[..., bool]) -> Callable[..., bool]:
        fallen: dict[int, Worker] = {}  # the worker itself, so that no later one gets its id

        def finish(me: Worker, got: ProbeResult, now: float) -> bool:
            before = me.settled
            changed = right(me, ProbeResult.FAILURE if id(me) in fallen else got, now)
            if me.kind == "readiness" and before is ProbeResult.SUCCESS and me.settled is ProbeResult.FAILURE:
                fallen[id(me)] = me
            return changed

        return finish

    runtime.wrap(Worker, "finish", around)


@mutant(caught_by=["probe.field.period"], spares=["probe.liveness.kill"])
def period_counts_from_the_answer(runtime: Broken) -> None:
    """The next probe comes a period after the last one's answer, not after its start."""

    def around(right: Callable[..., bool]) -> Callable[..., bool]:
        def finish(me: Worker, got: ProbeResult, now: float) -> bool:
            changed = right(me, got, now)
            if me.state is State.TICKING:
                me.next_tick = now + me.probe.period
            return changed

        return finish

    runtime.wrap(Worker, "finish", around)


@mutant(caught_by=["probe.field.period", "probe.matrix.period"], spares=["probe.startup.budget"])
def period_is_always_a_second(runtime: Broken) -> None:
    """`periodSeconds` is not looked at."""
    runtime.replace(Probe, "period", lambda _probe: 1)


@mutant(caught_by=["probe.field.timeout"], spares=["probe.field.period"])
def timeout_is_always_a_second(runtime: Broken) -> None:
    """`timeoutSeconds` is not looked at."""
    runtime.replace(Probe, "timeout", lambda _probe: 1)
