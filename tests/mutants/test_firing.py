"""A mutant has fired only if each of its changes has once done something else than what it replaced."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from pytest_podconform.dns import policy
from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod, Probe
from pytest_podconform.podmachine import KUBELET, container, worker
from pytest_podconform.podmachine.container import Life
from pytest_podconform.podmachine.machine import PodMachine
from pytest_podconform.runtimes.simulated import world

from .comparison import Arguments
from .mechanism import Broken, Mutant, NotFiredError, red_cases

ROOT = Path(__file__).parents[2]
POD = decode(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod", "namespace": "default"},
        "spec": {"containers": [{"name": "app", "image": "image"}]},
    }
)


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Broken:
    return Broken(monkeypatch)


@pytest.fixture
def module() -> Any:
    """A module with a function that halves a number, and one with a limit."""
    made: Any = ModuleType("made")
    made.half = lambda number: number // 2
    made.LIMIT = 3
    made.first = lambda items: items[: made.LIMIT]
    return made


def life() -> Life:
    return next(iter(machine()._lives.values()))


def machine() -> PodMachine:
    assert isinstance(POD, Pod)
    return PodMachine(POD, KUBELET, 0)


def test_what_is_never_called_has_not_fired(runtime: Broken, module: Any) -> None:
    runtime.replace(module, "half", lambda _number: 7)

    assert runtime.not_fired == ["made.half"]


def test_what_does_the_same_has_not_fired(runtime: Broken, module: Any) -> None:
    runtime.wrap(module, "half", lambda right: right)

    assert module.half(4) == 2
    assert runtime.not_fired == ["made.half"]


def test_it_fires_with_the_first_call_that_differs(runtime: Broken, module: Any) -> None:
    runtime.replace(module, "half", lambda number: number / 2)

    assert module.half(4) == 2
    assert runtime.not_fired
    assert module.half(3) == 1.5
    assert not runtime.not_fired
    assert module.half(4) == 2


def test_each_change_has_to_fire(runtime: Broken, module: Any) -> None:
    runtime.replace(module, "half", lambda number: -number)
    runtime.replace(module, "first", lambda _items: [])

    module.half(4)

    assert runtime.not_fired == ["made.first"]


def test_a_mutant_without_a_change_has_not_fired(runtime: Broken, module: Any) -> None:
    runtime.patch.setattr(module, "half", lambda _number: 7)

    assert module.half(4) == 7
    assert runtime.not_fired == ["no change at all"]


@pytest.mark.parametrize(("error", "not_fired"), [(TypeError("odd"), []), (ValueError("odd"), ["made.half"])])
def test_another_exception_fires(runtime: Broken, module: Any, error: Exception, not_fired: list[str]) -> None:
    def fail(raised: Exception) -> Callable[..., Any]:
        def half(_number: int) -> int:
            raise raised

        return half

    module.half = fail(ValueError("odd"))
    runtime.replace(module, "half", fail(error))

    with pytest.raises(type(error)):
        module.half(3)

    assert runtime.not_fired == not_fired


def test_an_exception_that_is_swallowed_fires(runtime: Broken, module: Any) -> None:
    runtime.replace(module, "half", lambda _number: None)

    module.half("text")

    assert not runtime.not_fired


def test_iterators_are_compared_by_their_items(runtime: Broken, module: Any) -> None:
    def items(until: int) -> Iterator[int]:
        yield from range(until)

    module.half = items
    runtime.replace(module, "half", lambda until: iter(range(min(until, 3))))

    assert list(module.half(3)) == [0, 1, 2]
    assert runtime.not_fired
    assert list(module.half(4)) == [0, 1, 2]
    assert not runtime.not_fired


def test_an_argument_left_in_another_state_fires(runtime: Broken) -> None:
    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def run(each: Life, now: float) -> Any:
            actions = right(each, now)
            each.started_at = min(each.started_at, 5)
            return actions

        return run

    runtime.effect(container, "run", around)
    row = next(row for row in container.TABLE if row.effect.__name__ == "run")

    row.effect(life(), 4)
    assert runtime.not_fired
    row.effect(life(), 6)
    assert not runtime.not_fired


def test_the_original_is_called_with_a_copy(runtime: Broken) -> None:
    changed, right = machine(), machine()
    right._stop_in_order(1.0)
    runtime.wrap(PodMachine, "_stop_in_order", lambda right: right)

    changed._stop_in_order(1.0)

    assert vars(changed) == vars(right)
    assert runtime.not_fired


def test_a_guard_fires_from_the_table(runtime: Broken) -> None:
    runtime.guard(worker, "stops_with_pod", lambda right: lambda each, now: not right(each, now))
    row = next(row for row in worker.TABLE if row.guard.__name__ == "stops_with_pod")
    assert runtime.not_fired

    row.guard(worker.Worker(life().spec, "readiness", Probe(), KUBELET, next_tick=0), 0)

    assert not runtime.not_fired


def test_a_property_fires_when_it_is_read(runtime: Broken) -> None:
    class Halves(msgspec.Struct):
        number: int

        @property
        def half(self) -> int:
            return self.number // 2

    runtime.replace(Halves, "half", lambda _me: 2)

    assert Halves(4).half == 2
    assert runtime.not_fired
    assert Halves(9).half == 2
    assert not runtime.not_fired


def test_a_constant_fires_when_its_reader_differs(runtime: Broken, module: Any) -> None:
    runtime.constant(module, "LIMIT", 2, read_by=(module, "first"))

    assert module.first([1, 2]) == [1, 2]
    assert runtime.not_fired
    assert module.first([1, 2, 3]) == [1, 2]
    assert not runtime.not_fired
    assert module.LIMIT == 2


def test_a_constant_is_not_replaced_like_a_function(runtime: Broken, module: Any) -> None:
    with pytest.raises(TypeError, match="LIMIT is a constant"):
        runtime.replace(module, "LIMIT", 2)  # type: ignore[arg-type]  # that is the mistake


def test_what_has_effects_is_called_once_and_fires_by_its_arguments(runtime: Broken, module: Any) -> None:
    calls: list[int] = []

    def at_least_three(number: int) -> Arguments:
        return (max(number, 3),), {}

    module.half = calls.append
    runtime.pass_on(module, "half", at_least_three)

    module.half(4)
    assert runtime.not_fired
    module.half(2)
    assert not runtime.not_fired
    assert calls == [4, 3]


def test_what_only_the_original_would_reach_has_not_fired(runtime: Broken, module: Any) -> None:
    module.quarter = lambda number: module.half(module.half(number))
    runtime.replace(module, "half", lambda _number: 7)
    runtime.replace(module, "quarter", lambda _number: 9)

    module.quarter(4)

    assert runtime.not_fired == ["made.half"]


def test_a_coroutine_is_refused(runtime: Broken) -> None:
    with pytest.raises(TypeError, match="is asynchronous"):
        runtime.wrap(world.SimWorld, "make_sandbox", lambda right: right)


def test_what_is_watched_is_no_change(runtime: Broken, module: Any) -> None:
    seen: list[int] = []
    runtime.watch(module, "half", seen.append)

    assert module.half(4) == 2
    assert (seen, runtime.changes) == ([4], [])


def test_who_watches_may_not_change(runtime: Broken, module: Any) -> None:
    module.half = len
    runtime.watch(module, "half", lambda items: items.append(1))

    with pytest.raises(AssertionError, match="watched, not changed"):
        module.half([])


def identical(runtime: Broken) -> None:
    runtime.wrap(policy, "_merged", lambda right: right)


def past_broken(runtime: Broken) -> None:
    runtime.patch.setattr(policy, "CLUSTER_NDOTS", "ndots:1")


def one_of_two(runtime: Broken) -> None:
    runtime.constant(policy, "CLUSTER_NDOTS", "ndots:1", read_by=(policy, "_by_policy"))
    runtime.replace(policy, "ResolvConf", policy.ResolvConf)


@pytest.mark.parametrize(
    ("breaks", "place"),
    [
        (identical, "pytest_podconform.dns.policy._merged"),
        (past_broken, "no change at all"),
        (one_of_two, "pytest_podconform.dns.policy.ResolvConf"),
    ],
)
def test_a_run_in_which_a_mutant_does_not_fire_catches_nothing(breaks: Callable[[Broken], None], place: str) -> None:
    one = Mutant("sham", "A sham.", frozenset({"dns.ndots.default"}), frozenset(), breaks)

    with pytest.raises(NotFiredError, match=f"^sham did not fire: {place}$"):
        red_cases(one)


@pytest.mark.parametrize(
    ("mutant", "line", "status"),
    [
        ("http-400-succeeds", "mutant http-400-succeeds fired", 1),
        ("any-grace-will-do", "mutant any-grace-will-do did not fire: pytest_podconform.model.validation._probe", 4),
    ],
)
def test_a_whole_run_tells_whether_its_mutant_fired(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mutant: str, line: str, status: int
) -> None:
    monkeypatch.setenv("PODCONFORM_MUTANT", mutant)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    simulated = ("--podconform", "--podconform-runtime=simulated", "-k", "status-boundaries and 400")

    done = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "tests.mutants.plugin", *simulated)

    assert line in done.outlines
    assert done.ret == status
