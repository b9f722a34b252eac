"""The table engine, and that both tables say of every pair of a state and a trigger what happens."""

from __future__ import annotations

import enum
import itertools
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from pytest_podconform.podmachine import KUBELET, container, worker
from pytest_podconform.podmachine.container import Life
from pytest_podconform.podmachine.events import Action, StatusChanged
from pytest_podconform.podmachine.table import Kind, Row, UnexpectedTrigger, always, ignored, impossible, nothing, step
from pytest_podconform.podmachine.worker import Worker

from .clockwork import pod, probe


class Light(enum.Enum):
    RED = "red"
    GREEN = "green"


class Button(enum.Enum):
    PRESSED = "the button is pressed"
    HELD = "the button is held"


@dataclass
class Crossing:
    state: Light = Light.RED
    title: str = "crossing 7"
    pressed_at: list[float] = field(default_factory=list[float])


def is_late(_crossing: Crossing, now: float) -> bool:
    return now >= 10


def note(crossing: Crossing, now: float) -> list[Action]:
    crossing.pressed_at.append(now)
    return [StatusChanged()]


L, B = Light, Button
TABLE: tuple[Row[Crossing, Light, Button], ...] = (
    Row(L.RED, B.PRESSED, is_late, L.RED, nothing),
    Row(L.RED, B.PRESSED, always, L.GREEN, note),
    *ignored(B.PRESSED, L.GREEN, because="it is green"),
    *impossible(B.HELD, L.GREEN, because="nobody waits"),
)


def test_the_first_row_that_fits_is_taken() -> None:
    late, early = Crossing(), Crossing()

    assert step(TABLE, late, B.PRESSED, 10) == []
    assert late == Crossing()
    assert step(TABLE, early, B.PRESSED, 9) == [StatusChanged()]
    assert early == Crossing(L.GREEN, pressed_at=[9])


def test_an_ignored_trigger_changes_nothing() -> None:
    crossing = Crossing(L.GREEN)

    assert step(TABLE, crossing, B.PRESSED, 0) == []
    assert crossing == Crossing(L.GREEN)


def test_an_impossible_trigger_raises_and_changes_nothing() -> None:
    crossing = Crossing(L.GREEN)

    with pytest.raises(UnexpectedTrigger) as caught:
        step(TABLE, crossing, B.HELD, 0)

    assert str(caught.value) == "crossing 7: 'the button is held' cannot occur in state 'green': nobody waits"
    assert (caught.value.state, caught.value.trigger) == (L.GREEN, B.HELD)
    assert crossing == Crossing(L.GREEN)


def test_a_trigger_without_a_row_raises() -> None:
    with pytest.raises(UnexpectedTrigger, match=r"'the button is held' cannot occur in state 'red': no row of the table"):
        step(TABLE, Crossing(), B.HELD, 0)


# ---- the two tables

PAIRS = [
    pytest.param(module, state, trigger, id=f"{module.__name__.rpartition('.')[2]}-{state.name}-{trigger.name}")
    for module in (container, worker)
    for state, trigger in itertools.product(module.State, module.Trigger)
]


@pytest.mark.parametrize(("module", "state", "trigger"), PAIRS)
def test_a_table_decides_each_pair_whatever_the_guards_say(module: ModuleType, state: enum.Enum, trigger: enum.Enum) -> None:
    rows: list[Row[Any, Any, Any]] = [row for row in module.TABLE if (row.state, row.trigger) == (state, trigger)]

    assert [row.guard is always for row in rows] == [False] * (len(rows) - 1) + [True], "the last row and no other has no guard"
    assert all(row.kind is Kind.STEP for row in rows[:-1])


@pytest.mark.parametrize("module", [container, worker])
def test_what_is_no_step_has_a_reason_and_changes_nothing(module: ModuleType) -> None:
    for row in module.TABLE:
        assert bool(row.because) == (row.kind is not Kind.STEP)
        if row.kind is not Kind.STEP:
            assert (row.to, row.effect) == (row.state, nothing)
            assert not row.because.endswith(".")


def a_life() -> Life:
    spec = pod({}).spec
    return Life(spec.containers[0], "app", spec.restart_policy, KUBELET, grace=30)


def a_worker() -> Worker:
    (app,) = pod({"livenessProbe": probe()}).spec.containers
    assert app.liveness_probe is not None
    return Worker(app, "liveness", app.liveness_probe, KUBELET, next_tick=0)


def test_an_error_names_the_container_or_its_probe() -> None:
    with pytest.raises(UnexpectedTrigger, match=r"^container app: 'its process ended' cannot occur in state 'waiting': only "):
        a_life().fire(container.Trigger.EXITED, 0)
    with pytest.raises(UnexpectedTrigger, match=r"^liveness probe of container app: 'success or failure' cannot occur in "):
        a_worker().fire(worker.Trigger.RESULT, 0)


@pytest.mark.parametrize("state", [worker.State.HOLDING, worker.State.RETIRED])
def test_a_worker_that_holds_or_has_retired_lets_a_tick_pass(state: worker.State) -> None:
    """`due` names no such tick, but whoever fires one does no harm."""
    made = a_worker()
    made.state = state

    assert made.tick(5) == []
    assert made.state is state
