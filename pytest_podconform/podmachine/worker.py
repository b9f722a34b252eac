"""The worker that runs one probe of one container, as a table.

There is one worker for each probe of each container, from the Pod's first sync to its end. It ticks each
`periodSeconds`; on a tick it looks at the container *as the agent last saw it* and either probes or lets the tick
pass. Results count in a row; when a threshold is reached the result is settled, and the agent acts on what is settled,
never on a single execution. After a settled liveness or startup failure, and after the startup success, the worker
holds until it sees a new instance.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Final

import msgspec

from pytest_podconform.model.pod import Container, Probe, ProbeResult, ProbeType
from pytest_podconform.model.rules import implements

from .events import Action, RunProbe
from .policy import Policy
from .table import Row, always, ignored, impossible, nothing, step

# "The default state of readiness before the initial delay is Failure." A container without a verdict of its liveness
# probe is taken as alive, and one without a verdict of its startup probe as neither started nor failed.
INITIAL: Final[dict[ProbeType, ProbeResult]] = {
    "liveness": ProbeResult.SUCCESS,
    "readiness": ProbeResult.FAILURE,
    "startup": ProbeResult.UNKNOWN,
}


class State(enum.Enum):
    """Where a worker stands."""

    TICKING = "ticking"
    PROBING = "probing"
    HOLDING = "holding"
    RETIRED = "retired"


class Trigger(enum.Enum):
    """What can happen to it."""

    TICK = "tick"
    RESULT = "success or failure"
    NO_RESULT = "neither success nor failure"
    NEW_INSTANCE = "a new instance is seen"
    RETIRE = "its Pod ends"


class Seen(msgspec.Struct, frozen=True):
    """A container as the agent last saw it; times in seconds."""

    instance: int
    running: bool
    started_at: float
    started: bool
    gate_opened_at: float
    """When the startup probe succeeded; the start itself where there is none."""


NEVER_SEEN: Final = Seen(instance=-1, running=False, started_at=0, started=False, gate_opened_at=0)


@dataclass(slots=True)
class Worker:
    """One probe of one container."""

    container: Container
    kind: ProbeType
    probe: Probe
    policy: Policy
    next_tick: float

    state: State = State.TICKING
    seen: Seen = NEVER_SEEN
    instance: int = -1
    last: ProbeResult | None = None
    streak: int = 0
    settled: ProbeResult = ProbeResult.UNKNOWN
    owed_beside: bool = False

    @property
    def due(self) -> float | None:
        """Return when the next tick falls that could lead to an execution; None where none could."""
        news = self.seen.instance != self.instance
        waits = self.state is State.TICKING or (self.state is State.HOLDING and news)
        return self.next_tick if waits and self.seen.running and not math.isinf(self.next_tick) else None

    @implements("probe.field.initial-delay")
    def result_for(self, instance: int) -> ProbeResult:
        """Return the settled result for that instance; what was settled for another one says nothing of it."""
        return self.settled if self.instance == instance else INITIAL[self.kind]

    def see(self, seen: Seen, now: float) -> None:
        """Take note of how the container looks now."""
        opens = seen.started and not (self.seen.started and self.seen.instance == seen.instance)
        if self.due is None:
            self._advance(now)  # ticks that nobody waited for have passed
        self.seen = seen
        if self.policy.ticks_from == "gate" and (opens if self.kind != "startup" else seen.instance != self.instance):
            self._begin_at_gate(seen)

    @implements("probe.timing.delay-beside-startup")
    def _begin_at_gate(self, seen: Seen) -> None:
        if seen.running:
            self.fire(Trigger.NEW_INSTANCE, seen.gate_opened_at)
            self.next_tick = seen.gate_opened_at + self.probe.initial_delay_seconds

    @implements("probe.timing.serial")
    def tick(self, now: float, *, beside: bool = False) -> list[Action]:
        """Let a tick fall, or one beside the ticker; return the execution of the probe if it leads to one."""
        if self.state is State.PROBING:
            self.owed_beside = self.owed_beside or beside
            return []
        self.owed_beside = False
        self._advance(now, beside=beside)
        if self.seen.instance != self.instance:
            self.fire(Trigger.NEW_INSTANCE, now)
        return self.fire(Trigger.TICK, now)

    @implements(
        "probe.field.failure-threshold",
        "probe.field.success-threshold",
        "probe.matrix.streak",
        "probe.error.counts-nothing",
        "probe.error.no-consequence",
    )
    def finish(self, result: ProbeResult, now: float) -> bool:
        """Count a result; tell whether the settled result is another one now."""
        before = self.settled
        if result is not ProbeResult.UNKNOWN:
            self.streak = self.streak + 1 if result is self.last else 1
            self.last = result
        self.fire(Trigger.NO_RESULT if result is ProbeResult.UNKNOWN else Trigger.RESULT, now)
        return self.settled is not before

    @implements("probe.timing.serial")
    def tick_owed(self, now: float) -> list[Action]:
        """Let the tick fall that came during the last execution, if there was one."""
        missed = self.due is not None and self.next_tick <= now
        return self.tick(now, beside=self.owed_beside) if missed or self.owed_beside else []

    @implements("probe.field.period", "probe.matrix.period", "probe.startup.budget")
    def _advance(self, now: float, *, beside: bool = False) -> None:
        """Move the ticker on: it keeps its phase, but a tick beside it starts the period anew.

        A tick that falls during an execution is kept and comes right after it; of several, one is kept.
        """
        period = self.probe.period
        if beside:
            self.next_tick = now + period
        elif self.next_tick <= now:
            self.next_tick += (math.floor((now - self.next_tick) / period) + 1) * period

    def fire(self, trigger: Trigger, now: float) -> list[Action]:
        """Take the first row that fits and return what is to be done; raises UnexpectedTrigger."""
        return step(TABLE, self, trigger, now)

    @property
    def title(self) -> str:
        """What an error calls it."""
        return f"{self.kind} probe of container {self.container.name}"


# ---- guards


@implements("probe.startup.first", "probe.matrix.gate", "probe.liveness.still-ready")
def may_probe(worker: Worker, now: float) -> bool:
    """Tell whether a tick leads to an execution.

    "If a startup probe is provided, all other probes are disabled until it succeeds", and it "is only executed at
    startup". https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#types-of-probe
    """
    seen = worker.seen
    gate_fits = not seen.started if worker.kind == "startup" else seen.started
    return seen.running and gate_fits and delay_is_over(worker, now)


@implements("probe.field.initial-delay", "probe.matrix.delay", "probe.timing.delay-beside-startup")
def delay_is_over(worker: Worker, now: float) -> bool:
    if worker.policy.ticks_from == "gate":
        return True  # the first tick was laid behind the delay
    # `int32(time.Since(startedAt).Seconds()) < initialDelaySeconds`, pkg/kubelet/prober/worker.go
    start = math.floor(worker.seen.started_at) if worker.policy.whole_seconds else worker.seen.started_at
    return math.floor(now - start) >= worker.probe.initial_delay_seconds


@implements("probe.field.failure-threshold", "probe.field.success-threshold", "probe.matrix.streak", "probe.startup.budget")
def reaches_threshold(worker: Worker, _now: float) -> bool:
    needed = worker.probe.successes if worker.last is ProbeResult.SUCCESS else worker.probe.failures
    return worker.streak >= needed


@implements("probe.liveness.hold")
def is_final(worker: Worker, now: float) -> bool:
    """Tell whether this result ends the probing of this instance: a kill follows, or the container has started."""
    ends = worker.kind == "startup" or (worker.kind == "liveness" and worker.last is ProbeResult.FAILURE)
    return ends and reaches_threshold(worker, now)


@implements("probe.shutdown.liveness", "probe.shutdown.readiness")
def stops_with_pod(worker: Worker, _now: float) -> bool:
    return worker.kind != "readiness"


# ---- effects


def execute(worker: Worker, _now: float) -> list[Action]:
    return [RunProbe(worker.container, worker.kind, worker.probe, worker.instance)]


def settle(worker: Worker, _now: float) -> list[Action]:
    assert worker.last is not None
    worker.settled = worker.last
    return []


@implements("probe.streak.new-instance")
def settle_and_forget(worker: Worker, now: float) -> list[Action]:
    worker.streak = 0
    return settle(worker, now)


@implements("probe.streak.crash")
def begin_anew(worker: Worker, _now: float) -> list[Action]:
    worker.instance = worker.seen.instance
    worker.settled = INITIAL[worker.kind]
    if not worker.policy.streak_survives_crash:
        worker.last, worker.streak = None, 0
    return []


# fmt: off
S, T = State, Trigger
TABLE: tuple[Row[Worker, State, Trigger], ...] = (
    #   state       trigger         guard              -> state        effect
    Row(S.TICKING,  T.TICK,         may_probe,         S.PROBING,      execute),
    Row(S.PROBING,  T.RESULT,       is_final,          S.HOLDING,      settle_and_forget),
    Row(S.PROBING,  T.RESULT,       reaches_threshold, S.TICKING,      settle),
    Row(S.PROBING,  T.RESULT,       always,            S.TICKING,      nothing),
    Row(S.PROBING,  T.NO_RESULT,    always,            S.TICKING,      nothing),
    Row(S.TICKING,  T.NEW_INSTANCE, always,            S.TICKING,      begin_anew),
    Row(S.HOLDING,  T.NEW_INSTANCE, always,            S.TICKING,      begin_anew),
    Row(S.TICKING,  T.RETIRE,       stops_with_pod,    S.RETIRED,      nothing),
    Row(S.PROBING,  T.RETIRE,       stops_with_pod,    S.RETIRED,      nothing),
    Row(S.HOLDING,  T.RETIRE,       always,            S.RETIRED,      nothing),  # readiness never holds

    *ignored(T.TICK, S.TICKING,
             because="the container does not run, its startup probe has not succeeded, or the initial delay is not over"),
    *ignored(T.TICK, S.HOLDING, because="the settled result holds until a new instance is seen"),
    *ignored(T.TICK, S.RETIRED, because="the Pod ends, and this probe is over"),
    *ignored(T.RESULT, S.RETIRED, because="the execution began before the Pod was deleted"),
    *ignored(T.NO_RESULT, S.RETIRED, because="the execution began before the Pod was deleted"),
    *ignored(T.NEW_INSTANCE, S.PROBING, because="the new instance counts from the tick after this execution on"),
    *ignored(T.NEW_INSTANCE, S.RETIRED, because="the Pod ends, and this probe is over"),
    *ignored(T.RETIRE, S.TICKING, S.PROBING, because="a readiness probe goes on until its container has ended"),
    *ignored(T.RETIRE, S.RETIRED, because="the Pod is deleted again, with another grace period"),

    *impossible(T.TICK, S.PROBING, because="`Worker.tick` keeps a tick that falls during an execution until its result"),
    *impossible(T.RESULT, S.TICKING, S.HOLDING, because="each execution has one result, and none is under way"),
    *impossible(T.NO_RESULT, S.TICKING, S.HOLDING, because="each execution has one result, and none is under way"),
)
# fmt: on
