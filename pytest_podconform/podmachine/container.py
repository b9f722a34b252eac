"""The life of one container, as a table.

A container waits for its turn, is started, runs, and ends: by itself, or because a probe or a deletion stops it. What
ends may start again as a new instance, at once or after a back-off. `TABLE` has a row for every state and every trigger;
the first row that fits is taken.

Which container's turn it is, and which one has to stop, is not decided here but in `machine`, which sees them all.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from pytest_podconform.model.pod import Container, Probe, RestartPolicy
from pytest_podconform.model.rules import implements

from .backoff import FIRST_DELAY, Backoff
from .events import Action, RunHook, SendSignal, StartContainer
from .policy import Policy
from .table import Row, always, ignored, impossible, nothing, step

Role = Literal["init", "sidecar", "app"]


class State(enum.Enum):
    """Where a container stands."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    BACKING_OFF = "backing off"
    ENDED = "ended"


class Trigger(enum.Enum):
    """What can happen to it."""

    TURN = "its turn has come"
    STARTED = "the engine started it"
    START_FAILED = "the engine could not start it"
    EXITED = "its process ended"
    PROBE_KILLS = "a liveness or startup probe failed for good"
    STOP = "the Pod ends"
    HOOK_OVER = "its preStop hook is over"
    GRACE_OVER = "its grace period is over"
    BACKOFF_OVER = "its back-off is over"


class Exit(msgspec.Struct, frozen=True):
    """How an instance ended; times in seconds."""

    code: int
    reason: str
    started_at: float
    finished_at: float


@dataclass(slots=True)
class Life:
    """One container of a Pod, over all its instances."""

    spec: Container
    role: Role
    restart_policy: RestartPolicy
    policy: Policy
    grace: float

    state: State = State.WAITING
    instance: int = -1
    started_at: float = 0.0
    exit: Exit | None = None
    exit_before: Exit | None = None
    backoff: Backoff = field(default_factory=Backoff)
    resumes_at: float | None = None
    kill_at: float | None = None
    killed_by_probe: bool = False
    pod_ends: bool = False
    trouble: tuple[str, str] = ("", "")

    def fire(self, trigger: Trigger, now: float) -> list[Action]:
        """Take the first row that fits and return what is to be done; raises UnexpectedTrigger."""
        return step(TABLE, self, trigger, now)

    @property
    def title(self) -> str:
        """What an error calls it."""
        return f"container {self.spec.name}"

    def ended(self, how: Exit) -> None:
        """Take note of the end of an instance."""
        self.exit_before, self.exit = self.exit, how

    @property
    def delayed_from(self) -> float | None:
        """The end from which the back-off counts; None where the agent knows of none, and starts at once."""
        looks_back = self.killed_by_probe and self.policy.kill_looks_back
        known = self.exit_before if looks_back else self.exit
        return None if known is None else known.finished_at


# ---- guards


def pod_ends(life: Life, _now: float) -> bool:
    return life.pod_ends


@implements(
    "restart.always",
    "restart.on-failure",
    "restart.never",
    "restart.scope",
    "init.retry",
    "sidecar.lifetime",
    "probe.sidecar.startup",
    "probe.sidecar.liveness",
    "probe.liveness.never",
    "probe.liveness.polite-exit",
)
def restarts(life: Life, now: float) -> bool:
    """Tell whether an ended container gets another instance.

    "The restartPolicy for a Pod applies to app containers in the Pod and to regular init containers. Sidecar containers
    ignore the Pod-level restartPolicy field." For an init container, Always means OnFailure.
    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
    """
    if life.pod_ends:
        return False
    if life.role == "sidecar":
        return True
    if life.restart_policy == "Never":
        return False
    if life.restart_policy == "Always" and life.role == "app":
        return True
    failed = life.exit is not None and life.exit.code != 0
    return failed or (life.killed_by_probe and life.policy.restart_decided_by_kill and no_delay(life, now))


def no_delay(life: Life, now: float) -> bool:
    return life.delayed_from is None or life.backoff.resumes(life.delayed_from) <= now


@implements("restart.backoff")
def restarts_now(life: Life, now: float) -> bool:
    return restarts(life, now) and no_delay(life, now)


# ---- effects


def start(life: Life, now: float) -> list[Action]:
    if life.delayed_from is not None:
        life.backoff = life.backoff.restarted(life.delayed_from, now)
    life.instance += 1
    life.resumes_at = life.kill_at = None
    life.killed_by_probe = False
    life.trouble = ("", "")
    return [StartContainer(life.spec, life.instance)]


def run(life: Life, now: float) -> list[Action]:
    life.started_at = now
    return []


def retry_later(life: Life, now: float) -> list[Action]:
    """Try again after the first delay; what never ran is no restart."""
    life.instance -= 1
    life.resumes_at = now + FIRST_DELAY
    return []


@implements("restart.backoff")
def wait(life: Life, _now: float) -> list[Action]:
    assert life.exit is not None
    life.killed_by_probe = False  # from here on the agent sees this end as any other
    life.resumes_at = life.backoff.resumes(life.exit.finished_at)
    return []


@implements("pod.grace", "probe.grace.hook")
def stop(life: Life, now: float) -> list[Action]:
    """Begin the grace period: first the preStop hook, then TERM, and KILL when the time is up.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
    """
    if life.grace <= 0:
        return kill(life, now)
    life.kill_at = now + life.grace
    hook = life.spec.lifecycle.pre_stop
    if hook is not None:
        return [RunHook(life.spec.name, life.instance, hook, life.grace)]
    return term(life, now)


@implements("probe.grace.deletion")
def hurry(life: Life, now: float) -> list[Action]:
    """Shorten a grace period that already runs: a deletion may leave less time than a probe's kill did."""
    if life.kill_at is not None:
        life.kill_at = min(life.kill_at, now + life.grace)
    return []


def stop_by_probe(life: Life, now: float) -> list[Action]:
    life.killed_by_probe = True
    return stop(life, now)


@implements("pod.grace", "probe.grace.hook", "probe.grace.least")
def term(life: Life, now: float) -> list[Action]:
    # "If the preStop hook is still running after the grace period expires, the kubelet requests a small, one-off grace
    # period extension of 2 seconds." The same floor holds for a grace period of 1 s.
    life.kill_at = max(life.kill_at or now, now + life.policy.minimum_grace)
    return [SendSignal(life.spec.name, life.instance, "TERM")]


@implements("pod.grace")
def kill(life: Life, _now: float) -> list[Action]:
    life.kill_at = None
    return [SendSignal(life.spec.name, life.instance, "KILL")]


def stop_at_once(life: Life, now: float) -> list[Action]:
    return [*run(life, now), *stop(life, now)]


# fmt: off
S, T = State, Trigger
TABLE: tuple[Row[Life, State, Trigger], ...] = (
    #   state          trigger         guard         -> state          effect
    Row(S.WAITING,     T.TURN,         always,       S.STARTING,       start),
    Row(S.WAITING,     T.STOP,         always,       S.ENDED,          nothing),
    Row(S.STARTING,    T.STARTED,      pod_ends,     S.STOPPING,       stop_at_once),
    Row(S.STARTING,    T.STARTED,      always,       S.RUNNING,        run),
    Row(S.STARTING,    T.START_FAILED, pod_ends,     S.ENDED,          nothing),
    Row(S.STARTING,    T.START_FAILED, always,       S.BACKING_OFF,    retry_later),
    Row(S.RUNNING,     T.PROBE_KILLS,  always,       S.STOPPING,       stop_by_probe),
    Row(S.RUNNING,     T.STOP,         always,       S.STOPPING,       stop),
    Row(S.RUNNING,     T.EXITED,       restarts_now, S.STARTING,       start),
    Row(S.RUNNING,     T.EXITED,       restarts,     S.BACKING_OFF,    wait),
    Row(S.RUNNING,     T.EXITED,       always,       S.ENDED,          nothing),
    Row(S.STOPPING,    T.HOOK_OVER,    always,       S.STOPPING,       term),
    Row(S.STOPPING,    T.GRACE_OVER,   always,       S.STOPPING,       kill),
    Row(S.STOPPING,    T.STOP,         always,       S.STOPPING,       hurry),
    Row(S.STOPPING,    T.EXITED,       restarts_now, S.STARTING,       start),
    Row(S.STOPPING,    T.EXITED,       restarts,     S.BACKING_OFF,    wait),
    Row(S.STOPPING,    T.EXITED,       always,       S.ENDED,          nothing),
    Row(S.BACKING_OFF, T.BACKOFF_OVER, always,       S.STARTING,       start),
    Row(S.BACKING_OFF, T.STOP,         always,       S.ENDED,          nothing),

    *ignored(T.TURN, S.STARTING, because="the engine is starting it"),
    *ignored(T.TURN, S.RUNNING, because="it runs"),
    *ignored(T.TURN, S.STOPPING, because="whether it starts again is decided when its process has ended"),
    *ignored(T.TURN, S.BACKING_OFF, because="its back-off is not over"),
    *ignored(T.TURN, S.ENDED, because="it has ended for good"),
    *ignored(T.STOP, S.STARTING, because="it is stopped as soon as the engine has started it"),
    *ignored(T.STOP, S.ENDED, because="it has ended"),
    *ignored(T.HOOK_OVER, S.STARTING, S.RUNNING, S.BACKING_OFF, S.ENDED,
             because="the instance that the hook belongs to has ended before its hook"),

    *impossible(T.STARTED, S.WAITING, S.RUNNING, S.STOPPING, S.BACKING_OFF, S.ENDED,
                because="the engine answers once to each start that it was asked for"),
    *impossible(T.START_FAILED, S.WAITING, S.RUNNING, S.STOPPING, S.BACKING_OFF, S.ENDED,
                because="the engine answers once to each start that it was asked for"),
    *impossible(T.EXITED, S.WAITING, S.STARTING, S.BACKING_OFF, S.ENDED,
                because="only a process that the engine has reported as started can end, and it ends once"),
    *impossible(T.PROBE_KILLS, S.WAITING, S.STARTING, S.STOPPING, S.BACKING_OFF, S.ENDED,
                because="the Pod machine kills running containers only"),
    *impossible(T.HOOK_OVER, S.WAITING, because="no instance has been started that could have a hook"),
    *impossible(T.GRACE_OVER, S.WAITING, S.STARTING, S.RUNNING, S.BACKING_OFF, S.ENDED,
                because="a grace period runs only while the container is being stopped"),
    *impossible(T.BACKOFF_OVER, S.WAITING, S.STARTING, S.RUNNING, S.STOPPING, S.ENDED,
                because="the container is not in back-off"),
)
# fmt: on


@implements("probe.grace.own")
def grace_of(container: Container, kind: str, pod_grace: float) -> float:
    """Return the grace period, in seconds, of a kill that this probe causes: its own, or else the Pod's."""
    probe: Probe | None = container.startup_probe if kind == "startup" else container.liveness_probe
    own = None if probe is None else probe.termination_grace_period_seconds
    return pod_grace if own is None else own
