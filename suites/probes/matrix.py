"""Mechanisms and consequences, each with each: no threshold, delay or gate is tested for HTTP alone.

Mechanism and type of probe are combined in full. What else a probe can differ in (restart policy, threshold, where the
container stands) takes turns along the two, so that each of its values meets each mechanism and each type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from pytest_podconform.judge.vocabulary import (
    READY,
    RESTARTED,
    TRUNCATION,
    UNREADY,
    Case,
    case,
    exactly,
    hit,
    never,
    not_sooner,
    phase,
    soon,
    spaced,
    started,
    terminated,
)
from pytest_podconform.model.build import (
    ProbeSpec,
    Reply,
    Route,
    closed_tcp,
    container,
    execute,
    grpc,
    http,
    liveness,
    pod,
    readiness,
    shut,
    startup,
    tcp,
)

Mechanism = Literal["http", "tcp", "exec", "grpc"]
MECHANISMS: tuple[Mechanism, ...] = ("http", "tcp", "exec", "grpc")
TYPES = {"startup": startup, "liveness": liveness, "readiness": readiness}
POLICIES = ("Always", "OnFailure", "Never")
THRESHOLDS = (1, 2, 3)

WORDS: dict[Mechanism, tuple[Callable[..., Route], dict[str, Reply]]] = {
    "http": (http, {"+": 200, "-": 503}),
    "exec": (execute, {"+": 0, "-": 1}),
    "grpc": (grpc, {"+": "SERVING", "-": "NOT_SERVING"}),
    "tcp": (tcp, {"+": "accept", "-": shut(60)}),
}


def answers(mechanism: Mechanism, script: str) -> Route:
    """Build a route from `+` and `-`; a TCP target can only fail by refusing, for good, from its next connection on."""
    build, words = WORDS[mechanism]
    route: Route = build(*(words[letter] for letter in script))
    return route


class Cell(NamedTuple):
    """One combination."""

    mechanism: Mechanism
    type: str
    policy: str
    threshold: int


def cells(*types: str) -> dict[str, Cell]:
    """Combine mechanisms and types in full; policy and threshold take turns."""
    return {
        f"{mechanism}-{kind}-{POLICIES[(row + column) % 3]}-{THRESHOLDS[(row + 2 * column) % 3]}": Cell(
            mechanism, kind, POLICIES[(row + column) % 3], THRESHOLDS[(row + 2 * column) % 3]
        )
        for row, mechanism in enumerate(MECHANISMS)
        for column, kind in enumerate(types)
    }


def fails_for_good(cell: Cell) -> tuple[ProbeSpec, Any, Any]:
    """Build the probe of a cell: it succeeds twice, but for a startup probe, and then fails for good.

    Returned with it: the last execution that the target sees, and how many seconds more the threshold takes from there.
    """
    fields = {"initial_delay": 2, "period": 1, "failure_threshold": cell.threshold}
    if cell.mechanism == "tcp" and cell.type == "startup":
        return startup(closed_tcp(), **fields), started(), 2 + cell.threshold
    if cell.mechanism == "tcp":  # what is refused, the target cannot see: the third connection is the last one
        return TYPES[cell.type](answers("tcp", "++-"), **fields), hit(3, instance=0), cell.threshold
    script = "-" if cell.type == "startup" else "++-"
    return TYPES[cell.type](answers(cell.mechanism, script), **fields), hit(len(script) - 1 + cell.threshold, instance=0), 0


@case("probe.matrix.consequence", params=cells("startup", "liveness"))
def failures_kill(cell: Cell) -> Case:
    """Failures up to the threshold, and none less, kill the container; its exit code and the policy decide the rest."""
    probe, last, more = fails_for_good(cell)
    probed = pod(container(probe, term_code=3), restartPolicy=cell.policy)
    kill = terminated()
    then = [soon(phase("Failed"), after=kill)] if cell.policy == "Never" else [soon(RESTARTED, after=kill)]
    counted = [] if cell.mechanism == "tcp" else [never(kill, before=last)]
    return Case.of(probed, *counted, soon(kill, after=last, within=more), *then)


@case("probe.matrix.consequence", params=cells("readiness"))
def failures_unready(cell: Cell) -> Case:
    """Failures up to the threshold take a container out of service, whatever the policy, and never restart it."""
    probe, last, more = fails_for_good(cell)
    beside = liveness(http(200), initial_delay=2, period=1)
    sure = hit(9, "liveness")
    last = hit(last.where[0][1], "readiness")
    return Case.of(
        pod(container(probe, beside), restartPolicy=cell.policy),
        soon(UNREADY, after=last, within=more),
        never(RESTARTED, before=sure),
        never(terminated(), before=sure),
    )


@case("probe.matrix.streak", params={"exec": "exec", "grpc": "grpc"})
def a_success_in_between(mechanism: Mechanism) -> Case:
    """Two failures, a success, three failures: only the third in a row kills, whatever the mechanism."""
    probe = liveness(answers(mechanism, "--+---"), initial_delay=2, period=1, failure_threshold=3)
    return Case.of(pod(container(probe)), exactly(6, hit(instance=0), before=RESTARTED), soon(RESTARTED, after=hit(6)))


@case("probe.matrix.streak", params={"exec": "exec", "grpc": "grpc"})  # alone, for it counts up to Ready
def a_failure_in_between(mechanism: Mechanism) -> Case:
    """Two successes, a failure, three successes: only the third in a row makes the container ready."""
    probe = readiness(answers(mechanism, "++-+++"), period=1, success_threshold=3)
    return Case.of(pod(container(probe)), never(READY, before=hit(6)), soon(READY, after=hit(6)))


TURNS = {"tcp-readiness": ("tcp", "readiness"), "exec-startup": ("exec", "startup"), "grpc-liveness": ("grpc", "liveness")}


@case("probe.matrix.delay", params=TURNS)
def no_probe_before_its_delay(mechanism: Mechanism, kind: str) -> Case:
    """No execution before the delay is over, and one as soon as it is."""
    probed = pod(container(TYPES[kind](answers(mechanism, "+"), initial_delay=4, period=1)))
    start = started()
    return Case.of(probed, not_sooner(hit(1), than=4 - TRUNCATION, after=start), soon(hit(1), after=start, within=5))


PERIODS = {
    "tcp-liveness": ("tcp", "liveness", "+"),
    "grpc-startup": ("grpc", "startup", "-"),
    "exec-liveness": ("exec", "liveness", "-"),
}


@case("probe.matrix.period", params=PERIODS)
def one_execution_each_period(mechanism: Mechanism, kind: str, script: str) -> Case:
    """One execution each two seconds; a failure is not tried again before."""
    probe = TYPES[kind](answers(mechanism, script), initial_delay=2, period=2, failure_threshold=10)
    return Case.of(pod(container(probe)), spaced(hit(), period=2, count=4))


GATES: dict[str, tuple[Mechanism, Mechanism]] = {
    "tcp-exec": ("tcp", "exec"),
    "exec-grpc": ("exec", "grpc"),
    "grpc-tcp": ("grpc", "tcp"),
}


@case("probe.matrix.gate", params=GATES)
def startup_gates(first: Mechanism, then: Mechanism) -> Case:
    """Until the startup probe succeeds, neither of the others is executed; then both are, and it is not any more."""
    opens = tcp() if first == "tcp" else answers(first, "---+")
    gate = startup(opens, initial_delay=4, period=1, failure_threshold=10)
    others = (liveness(answers(then, "+"), period=1), readiness(answers(then, "+"), period=1))
    success = hit(1 if first == "tcp" else 4, "startup")
    return Case.of(
        pod(container(gate, *others)),
        never(hit(1, "liveness"), before=success),
        never(hit(1, "readiness"), before=success),
        soon(hit(1, "liveness"), after=success),
        soon(READY, after=success),
        never(hit(2 if first == "tcp" else 5, "startup"), before=hit(3, "liveness")),
    )
