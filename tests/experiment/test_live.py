"""A run, on the simulated runtime and on broken ones."""

from __future__ import annotations

import asyncio
import functools
import threading
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec
import pytest

from pytest_podconform.errors import AdapterFault, EnvironmentFault, HarnessFault, UsageFault
from pytest_podconform.evidence.target import TermReceived
from pytest_podconform.experiment.adapter import shielded
from pytest_podconform.experiment.background import BackgroundSource
from pytest_podconform.experiment.bench import Bench
from pytest_podconform.experiment.live import LiveRun, RunSettings
from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.experiment.smoke import SMOKE
from pytest_podconform.experiment.tokens import MOST_HELD, LoopLag, Tokens
from pytest_podconform.judge.case import Case
from pytest_podconform.judge.moment import hit
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.judge.vocabulary import eventually, not_sooner
from pytest_podconform.model.build import container, http, liveness, pod
from pytest_podconform.model.status import ContainerState, PodStatus, Terminated
from pytest_podconform.podmachine import DOCUMENTED, KUBELET, Policy
from pytest_podconform.requirements import load_requirements
from pytest_podconform.runtimes.interface import Facts, Interrupted, Manifest, NodeConfig, ObjectRef, Run, Runtime
from pytest_podconform.runtimes.kubernetes.options import KubernetesOptions
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from pytest_podconform.runtimes.simulated.loop import VirtualLoop
from pytest_podconform.runtimes.simulated.loop import run as run_virtually
from tests.running import CATALOGUE, run, source

REQUIREMENTS = load_requirements()
CASES = load_cases(REQUIREMENTS)
QUICK = ("probes/http/port-number", "dns/resolv-conf/none-with-dns-config")


def verdicts(runtime: type[Runtime], cases: Sequence[str] = QUICK) -> dict[str, str]:
    _, outcomes = run(runtime, cases, nominal=CATALOGUE.nominal)
    return {name: outcome.verdict.value for name, outcome in outcomes.items()}


KUBELETS_ALONE = ("probes/streaks/failures-outlive-a-crash", "probes/timing/an-unready-container-is-probed-again")
"""What a runtime that goes by the page alone does otherwise; reported as `differs`."""


@pytest.mark.long
@pytest.mark.parametrize("policy", [DOCUMENTED, KUBELET], ids=["documented", "kubelet"])
def test_every_case_without_a_wire_passes_on_the_simulated_runtime(policy: Policy) -> None:
    found = verdicts(type("Taking", (SimulatedRuntime,), {"policy": policy}), list(CASES))

    expected = {name: "not-applicable" for name, case in CASES.items() if "wire" in case.marks}
    if policy is DOCUMENTED:
        expected |= dict.fromkeys(KUBELETS_ALONE, "differs")
    assert {name: verdict for name, verdict in found.items() if verdict != "pass"} == expected


def test_a_run_knows_how_quick_its_runtime_is() -> None:
    engine, _ = run(SimulatedRuntime, QUICK)

    assert engine.failure is None
    assert 0 < engine.timing.start_latency_s < 1


def test_a_runtime_that_cannot_be_opened_ends_the_run() -> None:
    class Absent(SimulatedRuntime):
        async def open(self, run: Run) -> None:
            raise EnvironmentFault("no engine")

    engine, outcomes = run(Absent, QUICK)

    assert isinstance(engine.failure, EnvironmentFault)
    assert {(outcome.verdict, outcome.reason) for outcome in outcomes.values()} == {(Verdict.NOT_RUN, "no engine")}


def test_what_an_adapter_raises_is_the_adapters_fault() -> None:
    class Broken(SimulatedRuntime):
        async def facts(self) -> Facts:
            raise RuntimeError("oops")

    engine, _ = run(Broken, QUICK)

    assert isinstance(engine.failure, AdapterFault)
    assert engine.failure.what.startswith("facts() raised RuntimeError: oops (test_live.py:")


def test_a_runtime_that_lacks_a_method_is_the_adapters_fault() -> None:
    class Unfinished(SimulatedRuntime):
        @abstractmethod
        async def facts(self) -> Facts: ...

    engine, _ = run(Unfinished, QUICK)  # type: ignore[type-abstract]

    assert isinstance(engine.failure, AdapterFault)
    assert "Unfinished() raised TypeError: Can't instantiate abstract class" in engine.failure.what


def test_a_runtime_that_starts_nothing_is_found_by_the_smoke_and_not_by_every_case() -> None:
    class Idle(SimulatedRuntime):
        async def apply(self, manifest: Manifest) -> None:
            pass

        async def status(self, ref: ObjectRef) -> PodStatus:
            return PodStatus()

        async def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
            await asyncio.sleep(3600)
            yield b""

    engine, outcomes = run(Idle, QUICK)

    assert isinstance(engine.failure, AdapterFault)
    assert "the smoke Pod did not come up" in engine.failure.what
    assert {outcome.verdict for outcome in outcomes.values()} == {Verdict.NOT_RUN}


def test_an_adapter_that_raises_for_one_pod_costs_that_case_only() -> None:
    class Picky(SimulatedRuntime):
        async def status(self, ref: ObjectRef) -> PodStatus:
            if ref.name.endswith("-0"):
                raise ValueError("no status")
            return await super().status(ref)

    _, outcomes = run(Picky, QUICK)

    first, second = outcomes.values()
    assert (first.verdict, second.verdict) == (Verdict.HARNESS_ERROR, Verdict.PASS)
    assert "status() raised ValueError: no status" in first.reason


def test_cases_that_want_another_node_run_together_before_all_others() -> None:
    told: list[str] = []

    class Telling(SimulatedRuntime):
        async def configure(self, node: NodeConfig | None) -> None:
            told.append("as it was" if node is None else node.resolv_conf.split()[1])
            await super().configure(node)

        async def apply(self, manifest: Manifest) -> None:
            told.append("a Pod")
            await super().apply(manifest)

    cases = [
        "dns/node-file/default-has-all-of-it",
        "dns/resolv-conf/default-is-the-nodes",
        "dns/node-file/none-has-nothing-of-it",
    ]
    _, outcomes = run(Telling, cases)

    assert {outcome.verdict for outcome in outcomes.values()} == {Verdict.PASS}
    assert told == ["a Pod", "192.0.2.11", "a Pod", "a Pod", "as it was", "a Pod"]  # the first one is the smoke's


def test_a_node_that_cannot_be_configured_is_not_judged_by_it() -> None:
    class Fixed(SimulatedRuntime):
        capabilities = msgspec.structs.replace(SimulatedRuntime.capabilities, node_config="none")

        async def configure(self, node: NodeConfig | None) -> None:
            raise AssertionError

    first, *_ = run(Fixed, ["dns/node-file/default-has-all-of-it", *QUICK])[1].values()

    assert (first.verdict, first.reason) == (Verdict.NOT_APPLICABLE, "the runtime declines node_config")


@pytest.mark.asyncio
async def test_a_run_that_is_stopped_while_it_cleans_up_cleans_up_to_the_end() -> None:
    told: list[str] = []
    begun = asyncio.Event()

    async def close() -> None:
        begun.set()
        await asyncio.sleep(0)
        told.append("removed")

    closing = asyncio.create_task(shielded(close()))
    await begun.wait()
    closing.cancel()
    await closing

    assert told == ["removed"]


def test_a_runtime_that_was_out_of_sight_is_not_judged_and_its_case_repeated() -> None:
    class Blinking(SimulatedRuntime):
        blinked = False

        async def status(self, ref: ObjectRef) -> PodStatus:
            if ref.name.endswith("-0") and not Blinking.blinked:
                Blinking.blinked = True
                raise Interrupted("the API server was away")
            return await super().status(ref)

    class Blind(SimulatedRuntime):
        async def status(self, ref: ObjectRef) -> PodStatus:
            if "smoke" not in ref.name:
                raise Interrupted("the API server was away")
            return await super().status(ref)

    first, second = run(Blinking, QUICK)[1].values()
    blind, _ = run(Blind, QUICK)[1].values()

    assert (first.verdict, first.repeats, second.repeats) == (Verdict.PASS, 1, 0)
    assert (blind.verdict, blind.repeats, blind.reason) == (Verdict.INCONCLUSIVE, 2, "the API server was away")


def test_a_fault_of_the_environment_keeps_its_name() -> None:
    class NoRights(SimulatedRuntime):
        async def apply(self, manifest: Manifest) -> None:
            if "smoke" not in manifest["metadata"]["name"]:
                raise EnvironmentFault("exceeded quota", do=["give it more room"])
            await super().apply(manifest)

    outcome, _ = run(NoRights, QUICK)[1].values()

    assert outcome.verdict is Verdict.HARNESS_ERROR
    assert outcome.reason.startswith("error (environment): exceeded quota")


def test_a_restart_count_never_falls() -> None:
    class Forgetful(SimulatedRuntime):
        async def status(self, ref: ObjectRef) -> PodStatus:
            status = await super().status(ref)
            if ref.name == "smoke-smoke":
                return status
            self.asked = getattr(self, "asked", 0) + 1
            counts = {"restartCount": max(5 - self.asked, 0)}
            return PodStatus.decode({"phase": status.phase, "containerStatuses": [{"name": "app", **counts}]})

    _, outcomes = run(Forgetful, ["probes/http/port-number"])

    assert outcomes["probes/http/port-number"].verdict is Verdict.HARNESS_ERROR
    assert "restartCount=3 after it had returned 4" in outcomes["probes/http/port-number"].reason


def test_a_status_with_a_wrong_type_is_the_adapters_fault() -> None:
    class Careless(SimulatedRuntime):
        async def status(self, ref: ObjectRef) -> PodStatus:
            status = await super().status(ref)
            if ref.name == "smoke-smoke":
                return status
            state = ContainerState(terminated=Terminated(exit_code="1"))  # type: ignore[arg-type]  # an adapter may be untyped
            ended = [msgspec.structs.replace(each, state=state) for each in status.container_statuses]
            return msgspec.structs.replace(status, container_statuses=tuple(ended))

    outcome, *_ = run(Careless, QUICK)[1].values()

    assert outcome.verdict is Verdict.HARNESS_ERROR
    assert outcome.reason.startswith("error (adapter): Careless.status() returned a status of Pod ")
    assert "Expected `int`, got `str` - at `$.exit_code`" in outcome.reason


def test_options_of_another_runtime_are_a_usage_error_before_the_runtime_is_made() -> None:
    class Foreign(SimulatedRuntime):
        def __init__(self) -> None:
            raise AssertionError("made")

    settings = RunSettings("adapters:Foreign", KubernetesOptions(context="c"))
    work = LiveRun(lambda: Foreign, CATALOGUE.profile, settings, lambda _message: None)
    verdicts = BackgroundSource(work, functools.partial(CATALOGUE.plan, runtime=settings.runtime), {})
    verdicts.start(QUICK[:1])

    assert verdicts.result(QUICK[0], 20).verdict is Verdict.NOT_RUN
    assert isinstance(verdicts.failure, UsageFault)
    assert verdicts.failure.what == "--podconform-context has no effect on the runtime adapters:Foreign"


@pytest.mark.long
def test_lost_lines_are_a_setup_error_and_no_verdict_on_the_runtime() -> None:
    class Lossy(SimulatedRuntime):
        async def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
            number = 0
            async for piece in super().logs(ref, container):
                number += 1
                if number != 3 or ref.name == "smoke-smoke":
                    yield piece

    _, outcomes = run(Lossy, ["probes/http/status-boundaries[400]"])

    (outcome,) = outcomes.values()
    assert outcome.verdict is Verdict.SETUP_ERROR
    assert "lines 3 to 3 are missing" in outcome.reason


def test_a_case_that_listened_too_late_is_repeated_alone() -> None:
    class Late(SimulatedRuntime):
        """Its first Pods listen too late for their first probe, which then fails, so they are killed too early."""

        async def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
            async for piece in super().logs(ref, container):
                if "again" not in ref.name:
                    piece = piece.replace(b'"after":0.2', b'"after":9.0').replace(b'"n":6', b'"n":7')  # noqa: PLW2901
                yield piece

    _, outcomes = run(Late, ["probes/liveness/failures-must-be-consecutive"])

    (outcome,) = outcomes.values()
    assert (outcome.verdict, outcome.repeats) == (Verdict.PASS, 1)


def test_what_is_spoilt_is_repeated_together_and_then_alone() -> None:
    cases = ["probes/liveness/failures-must-be-consecutive", "probes/defaults/three-failures"]
    alive: set[str] = set()
    company: dict[str, int] = {}

    class Blind(SimulatedRuntime):
        """It is out of sight until the last try."""

        async def apply(self, manifest: Manifest) -> None:
            name = manifest["metadata"]["name"]
            alive.add(name)
            await super().apply(manifest)
            await asyncio.sleep(1)
            company[name] = len(alive)

        async def delete(self, ref: ObjectRef, grace: float | None) -> None:
            await super().delete(ref, grace)
            alive.discard(ref.name)

        async def status(self, ref: ObjectRef) -> PodStatus:
            if "smoke" not in ref.name and "again2" not in ref.name:
                raise Interrupted("out of sight")
            return await super().status(ref)

    _, outcomes = run(Blind, cases)

    assert {(outcome.verdict, outcome.repeats) for outcome in outcomes.values()} == {(Verdict.PASS, 2)}
    assert {name: number for name, number in company.items() if "again" in name} == {
        "pod-0-again1": 2,
        "pod-1-again1": 2,
        "pod-0-again2": 1,
        "pod-1-again2": 1,
    }


def test_a_run_can_be_stopped_at_any_time() -> None:
    class Slow(SimulatedRuntime):
        closed = False
        loop_class = None

        async def close(self) -> None:
            type(self).closed = True
            await super().close()

    stopped = source(lambda: Slow)
    stopped.start(list(CASES))
    stopped.wait_until_ready(20)
    summary = stopped.stop()

    assert Slow.closed
    assert summary is not None
    undecided = [result for result in summary.results.values() if result.verdict is Verdict.NOT_RUN]
    assert undecided
    assert {outcome.reason for outcome in undecided} == {"the run ended before"}


def test_a_bug_of_the_harness_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("bug")

    monkeypatch.setattr("pytest_podconform.experiment.bench.place_of", broken)

    engine, _ = run(SimulatedRuntime, QUICK)

    assert isinstance(engine.failure, HarnessFault)


def test_a_case_may_delete_its_pod() -> None:
    _, outcomes = run(SimulatedRuntime, ["lifecycle/termination/grace-is-given"])

    timeline = outcomes["lifecycle/termination/grace-is-given"].timeline
    told = [event.what for event in timeline if event.source == "harness" or isinstance(event, TermReceived)]
    assert told == ["applied", "deleting", "term", "deleted"]


def test_a_deletion_that_is_lost_is_no_pass() -> None:
    class Deaf(SimulatedRuntime):
        async def delete(self, ref: ObjectRef, grace: float | None) -> None:
            if grace is not None:
                await super().delete(ref, grace)

    found = verdicts(Deaf, ["lifecycle/termination/grace-is-given"])

    assert found == {"lifecycle/termination/grace-is-given": "harness-error"}, "its logs go on: it is not gone"


def test_a_pod_that_is_not_deleted_in_time_is_deleted_all_the_same() -> None:
    deleted: list[float | None] = []

    class Slow(SimulatedRuntime):
        async def delete(self, ref: ObjectRef, grace: float | None) -> None:
            deleted.append(grace)
            if grace is None:
                await asyncio.sleep(3600)
            await super().delete(ref, grace)

    found = verdicts(Slow, ["lifecycle/termination/grace-is-not-waited-for"])

    assert found["lifecycle/termination/grace-is-not-waited-for"] != "pass"
    assert deleted[-1] == 0


def test_a_watch_that_ends_is_the_adapters_fault() -> None:
    class Glance(SimulatedRuntime):
        async def watch(self, ref: ObjectRef) -> AsyncIterator[PodStatus]:
            if "smoke" in ref.name:
                async for status in super().watch(ref):
                    yield status
            yield await self.status(ref)

    assert verdicts(Glance, QUICK[:1]) == {QUICK[0]: "harness-error"}


def test_restarts_that_no_log_tells_of_are_not_green() -> None:
    """An adapter whose log ends with the first instance hides that a container was restarted, though it should not be."""

    class Forgetful(SimulatedRuntime):
        async def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
            async for piece in super().logs(ref, container):
                yield piece
                if b'"event":"exit"' in piece and "smoke" not in ref.name:
                    return

        async def apply(self, manifest: Manifest) -> None:
            spec = {**manifest["spec"], "restartPolicy": "Always"} if manifest["kind"] == "Pod" else manifest["spec"]
            await super().apply({**manifest, "spec": spec})

    found = verdicts(Forgetful, ["lifecycle/restarts/never-restarts[failure]", "lifecycle/restarts/not-after-a-success"])

    assert "pass" not in found.values()


def test_containers_on_another_clock_are_refused() -> None:
    class Elsewhere(SimulatedRuntime):
        async def facts(self) -> Facts:
            return msgspec.structs.replace(await super().facts(), shares_clock=False)

    engine, _ = run(Elsewhere, QUICK)

    assert isinstance(engine.failure, EnvironmentFault)


@pytest.mark.asyncio
async def test_two_pods_at_once_wait_for_room_for_both() -> None:
    tokens = Tokens(pods=2, starts=1)
    held: list[int] = []

    async def one(number: int) -> None:
        async with tokens.pods(2):
            await asyncio.sleep(0)
            held.append(number)

    async with asyncio.timeout(5):
        await asyncio.gather(*map(one, range(5)))

    assert sorted(held) == [0, 1, 2, 3, 4]


def test_who_waits_for_something_lets_others_start() -> None:
    async def started_at() -> list[float]:
        tokens = Tokens(pods=9, starts=1)
        begin = asyncio.get_running_loop().time()
        starts: list[float] = []

        async def one(seconds: float) -> None:
            async with tokens.start():
                starts.append(asyncio.get_running_loop().time() - begin)
                await asyncio.sleep(seconds)

        await asyncio.gather(*(one(seconds) for seconds in (60, 1, 1, 1)))
        return starts

    assert run_virtually(started_at()) == [0, MOST_HELD, MOST_HELD + 1, MOST_HELD + 2]


def test_a_run_that_is_stopped_while_its_runtime_is_imported_runs_nothing() -> None:
    loading, go_on = threading.Event(), threading.Event()

    def slowly() -> type[Runtime]:
        loading.set()
        go_on.wait(10)
        return SimulatedRuntime

    stopped = source(slowly)
    stopped.start(QUICK[:1])
    assert loading.wait(10)
    threading.Timer(0.05, go_on.set).start()
    stopped.stop()

    assert stopped.result(QUICK[0]).verdict is Verdict.NOT_RUN


def test_a_run_that_is_stopped_before_there_is_a_task_to_cancel_runs_nothing() -> None:
    class Loop(VirtualLoop):
        def __init__(self) -> None:
            made.set()
            go_on.wait(10)
            super().__init__()

    class Opened(SimulatedRuntime):
        loop_class = Loop

    made, go_on = threading.Event(), threading.Event()
    stopped = source(lambda: Opened)
    stopped.start(QUICK[:1])
    assert made.wait(10)
    threading.Timer(0.05, go_on.set).start()
    stopped.stop()

    assert stopped.result(QUICK[0]).verdict is Verdict.NOT_RUN


LAST = eventually(hit(9))


@pytest.mark.parametrize(("lag", "verdict"), [(0.1, Verdict.PASS), (0.0, Verdict.FAIL)])
def test_a_failure_that_the_machines_lateness_explains_does_not_end_the_observation(
    monkeypatch: pytest.MonkeyPatch, lag: float, verdict: Verdict
) -> None:
    def since(_self: LoopLag, _start: float) -> float:
        return lag

    monkeypatch.setattr(LoopLag, "since", since)

    def case() -> Case:
        probed = pod(container(liveness(http(200), initial_delay=2, period=1)))
        return Case.of(probed, not_sooner(hit(2), than=1.05, after=hit(1)), LAST)

    async def observed() -> CaseResult:
        runtime = SimulatedRuntime()
        bench = Bench(runtime, await runtime.facts(), LoopLag(), Tokens(10, 10))
        planned = msgspec.structs.replace(SMOKE, info=msgspec.structs.replace(SMOKE.info, function=case))
        return await bench.run(planned, "-1")

    result = run_virtually(observed())

    assert result.verdict is verdict
    assert [decision.verdict for decision in result.expectations if decision.expected == LAST.expected] == (
        [Verdict.PASS] if verdict is Verdict.PASS else []
    )


def log_of_the_first_pod(change: Callable[[bytes], bytes]) -> type[SimulatedRuntime]:
    """Build a runtime on which the log of the first case's Pod is not what its target has written."""

    class Changed(SimulatedRuntime):
        async def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
            async for piece in super().logs(ref, container):
                yield change(piece) if ref.name.endswith("-0") else piece

    return Changed


BAD_LOGS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "flood": (lambda piece: b"nonsense\n" * 2_500 + piece, "wrote b'nonsense'"),
    "cut": (lambda piece: piece[:-20] + b"\n", "wrote b'{"),
    "clock": (lambda piece: piece.replace(b'"seq":4,"mono":', b'"seq":4,"mono":-'), "its clock went back"),
}


@pytest.mark.parametrize(("change", "reason"), BAD_LOGS.values(), ids=list(BAD_LOGS))
def test_a_log_that_cannot_be_read_costs_its_case_only(change: Callable[[bytes], bytes], reason: str) -> None:
    _, outcomes = run(log_of_the_first_pod(change), QUICK, nominal=CATALOGUE.nominal)

    first, second = outcomes.values()
    assert (first.verdict, second.verdict) == (Verdict.SETUP_ERROR, Verdict.PASS)
    assert reason in first.reason
