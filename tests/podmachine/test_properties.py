"""What holds for every Pod, whatever happens to it."""

from __future__ import annotations

import random
import time
from collections.abc import Sized
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_podconform.podmachine import DOCUMENTED, KUBELET, PodMachine, Policy, container, worker
from pytest_podconform.podmachine.events import DeleteAsked
from pytest_podconform.podmachine.table import Kind

from .clockwork import Clockwork, pod, probe
from .disorder import Disorder

EVENTS = 100_000
LIMIT = 5.0  # seconds of wall time for so many events on an idle core; `SLACK` allows for a busy one
SLACK = 3


def some_pod(dice: random.Random) -> Any:
    """Build a Pod by chance."""
    kinds = [kind for kind in ("startupProbe", "livenessProbe", "readinessProbe") if dice.random() < 0.6]
    app = {kind: probe(failureThreshold=dice.randint(1, 4), periodSeconds=dice.randint(1, 3)) for kind in kinds}
    init = [
        {"name": f"init{n}", **({"restartPolicy": "Always"} if dice.random() < 0.5 else {})} for n in range(dice.randint(0, 2))
    ]
    return pod(app, {"name": "other"}, init=init, restartPolicy=dice.choice(["Always", "OnFailure", "Never"]))


def life(seed: int, policy: Policy, seconds: float) -> Clockwork:
    """Let such a Pod live, with answers and ends by chance."""
    dice = random.Random(seed)
    made = some_pod(dice)
    names = [container.name for container in (*made.spec.init_containers, *made.spec.containers)]
    inits = {container.name for container in made.spec.init_containers if container.restart_policy is None}
    return Clockwork(
        made,
        policy,
        results={kind: "".join(dice.choices("SSSF", k=9)) for kind in ("startup", "liveness", "readiness")},
        exits={
            name: [(dice.uniform(0, 20), dice.choice([0, 1])) for _ in range(5)] + ([(1.0, 0)] * 50 if name in inits else [])
            for name in names
            if name in inits or dice.random() < 0.5
        },
        ignores_term=dice.random() < 0.2,
    ).run(seconds)


def check(lived: Clockwork) -> None:
    """See that a life has kept the rules."""
    starts = [(at, what) for at, what in lived.log if what.startswith("start ")]
    for name in {what.split("#")[0] for _, what in starts}:
        numbers = [int(what.split("#")[1]) for _, what in starts if what.startswith(f"{name}#")]
        assert numbers == list(range(len(numbers))), "each instance is started once, in order"
    gone = lived.times("gone")
    assert len(gone) <= 1
    assert not gone or lived.log[-1] == (lived.log[-1][0], "gone"), "nothing happens after the end"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([DOCUMENTED, KUBELET]))
def test_instances_are_counted_and_nothing_happens_after_the_end(seed: int, policy: Policy) -> None:
    lived = life(seed, policy, 120)
    lived.at(121, DeleteAsked(3))
    lived.run(200)

    check(lived)
    assert lived.times("gone"), "a deleted Pod ends"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([DOCUMENTED, KUBELET]))
def test_the_same_life_is_lived_the_same_way(seed: int, policy: Policy) -> None:
    assert life(seed, policy, 60).log == life(seed, policy, 60).log


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([DOCUMENTED, KUBELET]))
def test_no_order_of_events_makes_an_impossible_trigger(rng: random.Random, policy: Policy) -> None:
    Disorder(rng, policy).run(150)


LIVES = 400


def test_what_the_tables_ignore_does_occur(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ignored row for what cannot occur would hide a bug: such a pair belongs to the impossible ones."""
    fired: set[tuple[object, object]] = set()
    for table in (container, worker):
        monkeypatch.setattr(table, "step", noting(table, fired))
    for seed in range(LIVES):
        Disorder(random.Random(seed), KUBELET if seed % 2 else DOCUMENTED).run(150)

    rows = [row for table in (container, worker) for row in table.TABLE]
    ignored = {(row.state, row.trigger) for row in rows if row.kind is Kind.IGNORED}
    steps = {(row.state, row.trigger) for row in rows if row.kind is Kind.STEP}
    assert steps <= fired
    assert ignored - fired == FIRED_BY_A_CALLER


FIRED_BY_A_CALLER = {
    (worker.State.HOLDING, worker.Trigger.TICK),
    (worker.State.RETIRED, worker.Trigger.TICK),
}
"""What the Pod machine never does, because `Worker.due` names no such tick; `test_table` fires them."""


def noting(table: ModuleType, fired: set[tuple[object, object]]) -> Any:
    """Return the table's `step`, with a note of each state and trigger that it is called for."""
    whole = table.step

    def step(rows: Any, machine: Any, trigger: Any, now: float) -> Any:
        fired.add((machine.state, trigger))
        return whole(rows, machine, trigger, now)

    return step


@pytest.mark.long
@pytest.mark.parametrize("policy", [DOCUMENTED, KUBELET], ids=["documented", "kubelet"])
def test_a_hundred_thousand_events_take_seconds(policy: Policy) -> None:
    events, seed, began = 0, 0, time.process_time()
    while events < EVENTS:
        lived = life(seed, policy, 2000)
        check(lived)
        events += lived.handled
        seed += 1

    assert time.process_time() - began < LIMIT * SLACK


def test_memory_does_not_grow_with_time() -> None:
    """The machine keeps no history: after an hour it holds as much as after a minute."""
    made = pod({"livenessProbe": probe(), "readinessProbe": probe()})
    short, long = (Clockwork(made, KUBELET).run(seconds) for seconds in (60, 3600))

    assert _size(short.machine) == _size(long.machine)


def _size(machine: PodMachine) -> list[int]:
    parts: list[object] = list(vars(machine).values())
    return [len(part) for part in parts if isinstance(part, Sized)]
