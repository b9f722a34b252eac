"""Startup probes: they come first, they kill, and what they allow is counted.

Cases count executions, so none of them may fall before the target listens: `initial_delay` sees to that, where the
startup probe itself is counted.
"""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    READY,
    RESTARTED,
    Case,
    at_most,
    case,
    eventually,
    exactly,
    hit,
    never,
    ready,
    soon,
    started,
)
from pytest_podconform.model.build import container, http, liveness, pod, readiness, startup


@case("probe.startup.first")
def gates_the_others() -> Case:
    """Until the startup probe succeeds at its fourth try, neither liveness nor readiness is probed."""
    probed = pod(
        container(
            startup(http(503, 503, 503, 200), initial_delay=2, period=1, failure_threshold=10),
            liveness(http(200), period=1),
            readiness(http(200), period=1),
        )
    )
    success = hit(4, "startup")
    return Case.of(
        probed,
        never(hit(1, "liveness"), before=success),
        never(hit(1, "readiness"), before=success),
        never(READY, before=success),
        soon(hit(1, "liveness"), after=success),
        soon(READY, after=success),
        never(hit(5, "startup"), before=hit(3, "liveness")),
    )


@case("probe.startup.first")
def gates_again_after_a_restart() -> Case:
    """A restarted container begins anew: not Ready and not killed before the startup success of its own instance.

    For the second in which the old instance's status still stands, one execution of each kind may reach the new one;
    nobody may believe it. The startup probe comes seldom, so that whoever believes longer is seen (kubernetes #141155).
    """
    probed = pod(
        container(
            startup(http(200), http(503, 200), initial_delay=2, period=3, failure_threshold=10),
            liveness(http(200, 503), http(503, 200), period=1, failure_threshold=2),
            readiness(http(200), period=1),
        )
    )
    success = hit(2, "startup", instance=1)
    return Case.of(
        probed,
        soon(RESTARTED, after=hit(3, "liveness", instance=0)),
        at_most(1, hit(probe="liveness", instance=1), before=success, since=RESTARTED),
        at_most(1, hit(probe="readiness", instance=1), before=success, since=RESTARTED),
        never(ready(instance=1), before=success),
        never(started(2), before=success),
        soon(ready(instance=1), after=success),
    )


@case("probe.startup.kill")
def failure_kills() -> Case:
    """The third failure in a row kills the container, though its liveness probe would succeed."""
    probed = pod(
        container(
            startup(http(503), initial_delay=2, period=1, failure_threshold=3),
            liveness(http(200), period=1),
        )
    )
    return Case.of(
        probed,
        exactly(3, hit(probe="startup", instance=0), before=RESTARTED),
        soon(RESTARTED, after=hit(3, "startup")),
        never(hit(1, "liveness"), before=RESTARTED),
    )


@case("probe.startup.budget")
def budget_is_threshold_times_period() -> Case:
    """Four failures are allowed for, two seconds apart: a success at the fourth try comes in time."""
    probed = pod(container(startup(http(503, 503, 503, 200), initial_delay=2, period=2, failure_threshold=4)))
    return Case.of(
        probed,
        never(RESTARTED, before=READY),
        never(READY, before=hit(4)),
        eventually(READY),
    )
