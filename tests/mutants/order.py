"""Mistakes about init containers, sidecars, and the end of a Pod."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pytest_podconform.podmachine import container, machine
from pytest_podconform.podmachine.container import Life, State
from pytest_podconform.podmachine.events import SendSignal
from pytest_podconform.podmachine.machine import PodMachine

from .mechanism import Broken, mutant
from .restarts import failed, restarts


@mutant(caught_by=["init.sequential", "init.must-succeed", "sidecar.native"], spares=["restart.always"])
def everything_starts_at_once(runtime: Broken) -> None:
    """Init containers are containers."""
    runtime.replace(machine, "_whose_turn", lambda views: [seen.name for seen in views])


@mutant(caught_by=["init.sequential"], spares=["init.must-succeed", "restart.always"])
def init_containers_in_parallel(runtime: Broken) -> None:
    """The app waits for its init containers, they do not wait for each other."""

    def whose_turn(views: Any) -> Iterator[str]:
        yield from (seen.name for seen in views if seen.role == "init")
        if all(seen.succeeded for seen in views if seen.role == "init"):
            yield from (seen.name for seen in views)

    runtime.replace(machine, "_whose_turn", whose_turn)


@mutant(caught_by=["init.must-succeed"], spares=["init.sequential", "restart.always"])
def init_failure_does_not_matter(runtime: Broken) -> None:
    """What counts is that an init container has ended."""

    def whose_turn(views: Any) -> Iterator[str]:
        for seen in views:
            yield seen.name
            if seen.role == "init" and seen.exit is None:
                return

    runtime.replace(machine, "_whose_turn", whose_turn)


@mutant(caught_by=["init.retry", "init.must-succeed"], spares=["init.sequential", "restart.always"])
def init_containers_are_not_retried(runtime: Broken) -> None:
    """A failed init container is the end."""
    runtime.guard(container, "restarts", restarts(lambda life, right: right and life.role != "init"))


@mutant(caught_by=["init.retry"], spares=["init.must-succeed", "restart.never"])
def init_containers_are_always_retried(runtime: Broken) -> None:
    """`Never` does not hold for init containers."""
    runtime.guard(container, "restarts", restarts(lambda life, right: right or (life.role == "init" and failed(life))))


@mutant(caught_by=["sidecar.native"], spares=["init.sequential", "sidecar.completion"])
def sidecars_start_with_the_app(runtime: Broken) -> None:
    """Nobody waits for a sidecar's startup probe."""

    def whose_turn(views: Any) -> Iterator[str]:
        for seen in views:
            yield seen.name
            if seen.role == "init" and not seen.succeeded:
                return

    runtime.replace(machine, "_whose_turn", whose_turn)


@mutant(caught_by=["sidecar.native", "probe.sidecar.readiness"], spares=["init.sequential"])
def sidecars_must_end_first(runtime: Broken) -> None:
    """A sidecar is an init container: the app waits for its end."""

    def whose_turn(views: Any) -> Iterator[str]:
        for seen in views:
            yield seen.name
            if seen.role != "app" and not seen.succeeded:
                return

    runtime.replace(machine, "_whose_turn", whose_turn)


@mutant(caught_by=["sidecar.lifetime"], spares=["sidecar.native", "restart.never"])
def sidecars_obey_the_pods_policy(runtime: Broken) -> None:
    """Where the Pod says Never, a sidecar is not restarted either."""
    runtime.guard(
        container,
        "restarts",
        restarts(lambda life, right: right and (life.role != "sidecar" or life.restart_policy != "Never")),
    )


@mutant(caught_by=["sidecar.completion"], spares=["sidecar.native", "phase.succeeded"])
def sidecars_keep_the_pod(runtime: Broken) -> None:
    """A Pod is over when all of its containers have ended by themselves."""

    def around(right: Callable[..., bool]) -> Callable[..., bool]:
        def is_over(me: Any) -> bool:
            return right(me) and (me._delete_by is not None or not any(v.role == "sidecar" for v in me._views))

        return is_over

    runtime.wrap(PodMachine, "_is_over", around)


def stopping(order: Callable[[list[Life]], list[Life]]) -> Callable[..., Any]:
    """Stop these containers, whatever the others do."""

    def stop_in_order(me: Any, now: float) -> list[Any]:
        lives = list(me._lives.values())
        for life in lives:
            life.pod_ends = True
            if me._delete_by is not None:
                life.grace = max(me._delete_by - now, 0)
        return [a for life in order(lives) for a in me._stop(life, container.Trigger.STOP, now)]

    return stop_in_order


@mutant(caught_by=["sidecar.shutdown"], spares=["sidecar.native", "pod.grace"])
def sidecars_end_with_the_app(runtime: Broken) -> None:
    """All containers are stopped at once."""
    runtime.replace(PodMachine, "_stop_in_order", stopping(lambda lives: lives))


@mutant(caught_by=["sidecar.shutdown"], spares=["sidecar.native", "pod.grace"])
def sidecars_end_in_the_order_of_their_start(runtime: Broken) -> None:
    """The first sidecar is stopped first."""

    def order(lives: list[Life]) -> list[Life]:
        alive = [life for life in lives if life.state is not State.ENDED]
        apps = [life for life in alive if life.role != "sidecar"]
        return apps or alive[:1]

    runtime.replace(PodMachine, "_stop_in_order", stopping(order))


@mutant(caught_by=["pod.grace"], spares=["sidecar.native", "restart.always"])
def killed_at_once(runtime: Broken) -> None:
    """A deletion kills, and does not ask."""
    runtime.effect(container, "stop", lambda _right: container.kill)


@mutant(caught_by=["pod.grace"], spares=["restart.always"])
def grace_has_no_end(runtime: Broken) -> None:
    """TERM is sent, KILL never is."""

    def around(right: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def term(life: Life, now: float) -> list[Any]:
            actions = right(life, now)
            life.kill_at = now + 1e6 if life.pod_ends and life.grace > 0 else life.kill_at
            return actions

        return term

    runtime.wrap(container, "term", around)


@mutant(caught_by=["pod.grace"], spares=["restart.always"])
def grace_is_always_a_second(runtime: Broken) -> None:
    """`terminationGracePeriodSeconds` is not looked at."""

    def around(right: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def stop(life: Life, now: float) -> list[Any]:
            life.grace = min(life.grace, 1)
            return right(life, now)

        return stop

    runtime.effect(container, "stop", around)


@mutant(caught_by=["pod.grace"], spares=["restart.always"])
def grace_is_always_five_seconds(runtime: Broken) -> None:
    """There is one grace period for all Pods."""

    def around(right: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def stop(life: Life, now: float) -> list[Any]:
            life.grace = 5 if life.grace else 0
            return right(life, now)

        return stop

    runtime.effect(container, "stop", around)


@mutant(caught_by=["pod.grace"], spares=["restart.always"])
def no_term(runtime: Broken) -> None:
    """The grace period passes in silence."""

    def around(right: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        return lambda life, now: [a for a in right(life, now) if not isinstance(a, SendSignal)]

    runtime.wrap(container, "term", around)
