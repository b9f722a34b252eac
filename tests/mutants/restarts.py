"""Mistakes about who is restarted, and when."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pytest_podconform.evidence.target import StartDetails, TargetDetails
from pytest_podconform.podmachine import backoff, container, machine, status
from pytest_podconform.podmachine.backoff import Backoff
from pytest_podconform.podmachine.container import Life
from pytest_podconform.runtimes.simulated import runtime as simulated
from pytest_podconform.runtimes.simulated.target import SimTarget

from .comparison import Arguments
from .mechanism import Broken, mutant

Guard = Callable[[Life, float], bool]


def restarts(decide: Callable[[Life, bool], bool]) -> Callable[[Guard], Guard]:
    """Decide anew who is restarted, knowing what would be right."""

    def around(right: Guard) -> Guard:
        return lambda life, now: not life.pod_ends and decide(life, right(life, now))

    return around


def failed(life: Life) -> bool:
    """Tell whether a container has ended with another code than 0."""
    return life.exit is not None and life.exit.code != 0


@mutant(caught_by=["restart.always", "restart.default"], spares=["restart.on-failure", "restart.never"])
def always_means_on_failure(runtime: Broken) -> None:
    """Who ends with 0 has done its work."""
    runtime.guard(container, "restarts", restarts(lambda life, right: right and (failed(life) or life.killed_by_probe)))


@mutant(caught_by=["restart.on-failure", "phase.succeeded"], spares=["restart.always", "restart.never"])
def on_failure_means_always(runtime: Broken) -> None:
    """`OnFailure` restarts after a success, too."""
    runtime.guard(
        container,
        "restarts",
        restarts(lambda life, right: right or (life.restart_policy == "OnFailure" and life.role == "app")),
    )


@mutant(caught_by=["restart.on-failure", "restart.scope"], spares=["restart.always", "restart.never"])
def on_failure_means_never(runtime: Broken) -> None:
    """`OnFailure` does not restart at all."""
    runtime.guard(
        container,
        "restarts",
        restarts(lambda life, right: right and (life.restart_policy != "OnFailure" or life.role != "app")),
    )


@mutant(caught_by=["restart.never", "restart.scope", "phase.failed"], spares=["restart.always", "restart.on-failure"])
def never_means_on_failure(runtime: Broken) -> None:
    """`Never` restarts after a failure."""
    runtime.guard(container, "restarts", restarts(lambda life, right: right or (life.role == "app" and failed(life))))


@mutant(caught_by=["restart.scope"], spares=["restart.always", "restart.on-failure"])
def policy_of_the_first_container_only(runtime: Broken) -> None:
    """Only the container that is called like the Pod's main one is restarted."""
    runtime.guard(container, "restarts", restarts(lambda life, right: right and life.spec.name != "two"))


@mutant(caught_by=["restart.not-pod"], spares=["restart.always"])
def restart_makes_a_new_pod(runtime: Broken) -> None:
    """A restart throws the Pod's volumes away: the target does not know that it has run before."""

    def write(me: SimTarget, details: TargetDetails) -> Arguments:
        return (me, msgspec.structs.replace(details, attempt=0) if isinstance(details, StartDetails) else details), {}

    runtime.pass_on(SimTarget, "_write", write)


@mutant(caught_by=["probe.liveness.kill"], spares=["restart.always"])
def restarts_are_not_counted(runtime: Broken) -> None:
    """`restartCount` stays at zero."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **more: msgspec.structs.replace(right(*args, **more), restart_count=0)

    runtime.wrap(status, "container_status", around)


@mutant(caught_by=["restart.backoff", "state.waiting"], spares=["restart.always"])
def no_backoff(runtime: Broken) -> None:
    """Whoever ends is restarted at once, for ever."""
    runtime.replace(Backoff, "resumes", lambda _me, finished_at: finished_at)


@mutant(caught_by=["restart.backoff", "restart.backoff-cap"], spares=["restart.always"])
def backoff_does_not_grow(runtime: Broken) -> None:
    """Each restart waits 10 s."""
    runtime.constant(backoff, "LONGEST_DELAY", 10.0, read_by=(Backoff, "restarted"))


@mutant(caught_by=["restart.backoff-cap"], spares=["restart.backoff", "restart.backoff-reset"])
def backoff_has_no_cap(runtime: Broken) -> None:
    """The delay doubles for ever."""
    runtime.constant(backoff, "LONGEST_DELAY", 1e9, read_by=(Backoff, "restarted"))


@mutant(caught_by=["restart.backoff-reset"], spares=["restart.backoff", "restart.backoff-cap"])
def backoff_is_never_forgotten(runtime: Broken) -> None:
    """Ten minutes without a crash count for nothing."""
    runtime.constant(backoff, "RESET_AFTER", 1e9, read_by=(Backoff, "_forgotten"))


@mutant(caught_by=["restart.backoff-reset"], spares=["restart.backoff-cap"])
def backoff_is_forgotten_after_a_minute(runtime: Broken) -> None:
    """A minute without a crash is enough."""
    runtime.constant(backoff, "RESET_AFTER", 60.0, read_by=(Backoff, "_forgotten"))


@mutant(caught_by=["restart.backoff"], spares=["restart.always"])
def backoff_is_always_twenty_seconds(runtime: Broken) -> None:
    """Each restart but the first waits as long as the one before."""
    runtime.constant(backoff, "FIRST_DELAY", 20.0, read_by=(Backoff, "restarted"))
    runtime.constant(backoff, "LONGEST_DELAY", 20.0, read_by=(Backoff, "restarted"))


@mutant(caught_by=["restart.backoff", "restart.always"], spares=["restart.never"])
def first_restart_waits(runtime: Broken) -> None:
    """There is a back-off before the first restart already."""
    runtime.replace(Backoff, "resumes", lambda me, finished_at: finished_at + (me.delay or 10.0))


@mutant(caught_by=["state.waiting"], spares=["restart.always", "phase.pending"])
def missing_image_is_not_told(runtime: Broken) -> None:
    """A container that cannot start waits without a word."""
    runtime.wrap(status, "container_status", _without_reason)


def _without_reason(right: Callable[..., Any]) -> Callable[..., Any]:
    def container_status(seen: Any, *, initialized: bool) -> Any:
        made = right(seen, initialized=initialized)
        if made.state.waiting is None:
            return made
        return msgspec.structs.replace(made, state=type(made.state)(waiting=type(made.state.waiting)()))

    return container_status


@mutant(caught_by=["restart.backoff"], spares=["restart.never"])
def restarts_come_long_after_their_backoff(runtime: Broken) -> None:
    """A Pod in back-off is looked at each half minute, so its restarts come later than any kubelet's."""
    runtime.wrap(Backoff, "resumes", lambda right: lambda self, ended: right(self, ended) + (20 if self.delay else 0))


@mutant(caught_by=["probe.startup.first"], spares=["restart.never"])
def the_old_picture_stands_for_three_seconds(runtime: Broken) -> None:
    """After a restart, probes go by the old instance's status for more than a relist."""
    runtime.wrap(simulated, "Relists", lambda right: lambda period, phase: right(3 * period, phase))


@mutant(caught_by=["state.waiting"], spares=["restart.backoff"])
def backoff_has_no_name(runtime: Broken) -> None:
    """A container that waits for its back-off is being created, by the look of it."""

    def around(right: Callable[[Life], Any]) -> Callable[[Life], Any]:
        def view(life: Life) -> Any:
            seen = right(life)
            return (
                msgspec.structs.replace(seen, waits_for="ContainerCreating") if seen.waits_for == "CrashLoopBackOff" else seen
            )

        return view

    runtime.wrap(machine, "view", around)
