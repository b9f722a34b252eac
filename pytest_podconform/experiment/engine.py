"""One run: a runtime in a thread of its own, all experiments at once, a verdict for each case as soon as it stands."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import time
import uuid
from concurrent.futures import Future
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from pytest_podconform.errors import AdapterFault, EnvironmentFault, HarnessFault, PodconformError, told
from pytest_podconform.fixtures.musl import image as musl
from pytest_podconform.fixtures.target import image, published
from pytest_podconform.judge.case import CaseInfo
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.runtimes.interface import Facts, Image, Run

from . import smoke
from .bench import Bench
from .hearing import Record
from .plan import declined, groups
from .shared import berths
from .smoke import Latencies
from .tokens import LoopLag, Tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence

    from pytest_podconform.requirements import Profile, Requirement
    from pytest_podconform.runtimes.interface import Capabilities, Runtime

T = TypeVar("T")

MOST_REPEATS = 2
"""How often a case that a stall has spoilt is repeated: first with all that were, when nothing else runs, then alone."""

NEW_CASE = 3600.0
"""Seconds that a case may take whose nominal length is not known yet."""

MOST_PODS_OF_A_CASE = 2

SLACK = 20.0
"""Seconds beyond its nominal length that a case may take: starts under load, reactions, restarts."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a case."""

    case: str
    verdict: Verdict
    reason: str = ""
    record: Record | None = None
    repeats: int = 0
    together: tuple[str, ...] = ()
    """The cases that stood in one Pod, itself among them; empty where it had its Pod to itself."""
    smaller: str = ""
    """Of a failed case that can be made smaller: what the smallest that fails as well expected and saw, or that none does."""


class Timing(msgspec.Struct, kw_only=True):
    """How long the parts of a run took, in seconds."""

    set_up: float = 0.0
    experiments: float = 0.0
    starts_held: float = 0.0
    """How long experiments held a turn to start containers, all together."""


class Engine:
    """All experiments of a run. `start` it once, `wait` for each case, `stop` it at the end, whatever happened."""

    def __init__(
        self,
        cases: Sequence[CaseInfo],
        load_runtime: Callable[[], type[Runtime]],
        say: Callable[[str], None],
        *,
        requirements: Mapping[str, Requirement],
        profile: Profile,
        nominal: Mapping[str, float],
        options: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._cases = sorted(cases, key=lambda case: -nominal.get(case.id, 0.0))
        self._numbers = {case.id: number for number, case in enumerate(self._cases)}
        self._load_runtime = load_runtime
        prefix = options.get("--podconform-image-prefix", "")
        self._run = Run(
            id=uuid.uuid4().hex[:8],
            image=image.tag(prefix),
            published="" if prefix else published.reference(),
            write_image=functools.partial(image.write_archive, prefix=prefix),
            musl=Image(tag, musl.write_archive) if (tag := musl.tag()) else None,
            say=say,
            options=options,
        )
        self._requirements = requirements
        self._profile = profile
        self._nominal = nominal
        self._outcomes: dict[str, Future[Outcome]] = {case.id: Future() for case in cases}
        self.ready = threading.Event()
        """Set when experiments run, or when there will be none."""
        self._thread = threading.Thread(target=self._main, name="podconform", daemon=True)
        self._stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready_at = 0.0
        self.timing = Timing()
        self.capabilities: Capabilities | None = None
        self.facts: Facts | None = None
        self.latencies: Latencies | None = None
        self.failure: PodconformError | None = None
        """What ended the run before its cases, if something did."""

    # ---- called from other threads

    def start(self) -> None:
        """Start the run in its thread."""
        self._thread.start()

    def wait(self, case: str, timeout: float | None = None) -> Outcome:
        """Return the outcome of a case; raises TimeoutError if it is not there in time, in seconds."""
        return self._outcomes[case].result(timeout)

    def on_decided(self, callback: Callable[[Outcome], None]) -> None:
        """Have each outcome told as soon as it is there; called in the engine's thread."""
        for future in self._outcomes.values():
            future.add_done_callback(lambda done: callback(done.result()))

    def decided(self) -> list[Outcome]:
        """Return the outcomes that are there."""
        return [future.result() for future in self._outcomes.values() if future.done()]

    @property
    def subject(self) -> str:
        """What is judged; empty until it is known."""
        return self.facts.name if self.facts else ""

    def undecided(self) -> list[str]:
        """Return the cases that wait for their verdict, the one that ends last by plan first."""
        return [case.id for case in self._cases if not self._outcomes[case.id].done()]

    def stop(self) -> None:
        """End the run, decided or not, and wait until all is removed that it made."""
        self._stopped = True
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                loop.call_soon_threadsafe(task.cancel)
        if self._thread.ident is not None:
            self._thread.join()

    # ---- the thread

    def _main(self) -> None:
        try:
            runtime = self._load_runtime()
            if self._stopped:  # while it was imported
                return
            with asyncio.Runner(loop_factory=runtime.loop_class) as runner:
                runner.run(self._live(runtime))
        except PodconformError as failure:
            self.failure = failure
        except BaseException as error:  # noqa: BLE001 - whatever it is, the cases must not wait for ever
            self.failure = HarnessFault(f"{type(error).__name__}: {error}", do=["please report this"])
            self.failure.__cause__ = error
        finally:
            reason = "the run ended before" if self.failure is None else self.failure.what
            for case, future in self._outcomes.items():
                if not future.done():
                    future.set_result(Outcome(case=case, verdict=Verdict.NOT_RUN, reason=reason))
            self.ready.set()

    async def _live(self, runtime: type[Runtime]) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        with contextlib.suppress(asyncio.CancelledError):
            await self._open_and_run(_made(runtime))

    async def _open_and_run(self, runtime: Runtime) -> None:
        began = time.monotonic()
        self.capabilities = runtime.capabilities
        lag = LoopLag()
        measuring = asyncio.create_task(lag.measure()) if runtime.loop_class is None else None
        try:
            await _from_adapter(runtime.open(self._run), "open()")
            self.facts = facts = _checked(await _from_adapter(runtime.facts(), "facts()"))
            bench = Bench(runtime, facts, lag, Tokens(facts.max_pods, facts.starts_at_once))
            self.latencies = smoke.latencies(await bench.run(smoke.case, "-smoke", smoke.LIMIT))
            self._ready_at = time.monotonic()
            self.timing.set_up = self._ready_at - began
            self.ready.set()
            await self._run_all(bench)
        finally:
            if measuring is not None:  # virtual time is never late
                measuring.cancel()
            await undisturbed(_from_adapter(runtime.close(), "close()"))

    async def _run_all(self, bench: Bench) -> None:
        runtime, is_configured = bench.runtime, False
        try:
            for node, cases in groups(self._cases).items():
                if runtime.capabilities.has("node_config") and (node is not None or is_configured):
                    await _from_adapter(runtime.configure(node), "configure()")
                    is_configured = node is not None
                await self._run_group(bench, cases)
        finally:
            if is_configured:
                await undisturbed(_from_adapter(runtime.configure(None), "configure()"))

    async def _run_group(self, bench: Bench, cases: Sequence[CaseInfo]) -> None:
        wanted = [case for case in cases if not self._declined(bench, case)]
        together = berths(wanted) if bench.shares_pods else [[case] for case in wanted]
        spoilt = await self._try_all(bench, together)
        spoilt = await self._try_all(bench, [[case] for case in spoilt], repeats=1)
        for case in spoilt:
            await self._try(bench, [case], MOST_REPEATS)

    async def _try_all(self, bench: Bench, together: Iterable[Sequence[CaseInfo]], repeats: int = 0) -> list[CaseInfo]:
        async with asyncio.TaskGroup() as group:
            tries = [group.create_task(self._try(bench, berth, repeats)) for berth in together]
        return [case for each in tries for case in each.result()]

    async def _try(self, bench: Bench, cases: Sequence[CaseInfo], repeats: int) -> list[CaseInfo]:
        """Decide cases that stand in one Pod, or one case; return those that a stall has spoilt, to be tried again.

        What went wrong with the adapter in a Pod of several may have been about another one.
        """
        spoilt: list[CaseInfo] = []
        more = f"-again{repeats}" if repeats else ""
        for case, outcome in zip(cases, await self._experiment(bench, cases, more), strict=True):
            other_ones_fault = len(cases) > 1 and outcome.verdict is Verdict.HARNESS_ERROR
            if other_ones_fault or (outcome.verdict is Verdict.INCONCLUSIVE and repeats < MOST_REPEATS):
                spoilt.append(case)
                continue
            smaller = ""
            if outcome.verdict is Verdict.FAIL:
                smaller = await bench.smaller(case, self._suffix(case), self._limit(case))
            self._decide(msgspec.structs.replace(outcome, repeats=repeats, smaller=smaller))
        return spoilt

    def _declined(self, bench: Bench, case: CaseInfo) -> bool:
        """Decide a case that the runtime declines; tell whether it does."""
        reason = declined(case, self._requirements, self._profile, bench.runtime, bench.facts)
        if reason is not None:
            self._decide(Outcome(case=case.id, verdict=reason.verdict, reason=reason.reason))
        return reason is not None

    def _decide(self, outcome: Outcome) -> None:
        self.timing.experiments = time.monotonic() - self._ready_at
        self._outcomes[outcome.case].set_result(outcome)

    async def _experiment(self, bench: Bench, cases: Sequence[CaseInfo], more: str) -> list[Outcome]:
        limit = max(map(self._limit, cases))
        try:
            records = await bench.run_together([case.build for case in cases], self._suffix(cases[0]) + more, limit)
        except Exception as error:  # noqa: BLE001 - a bug in here costs these cases and no other
            reason = f"{type(error).__name__}: {error}"
            return [Outcome(case=case.id, verdict=Verdict.HARNESS_ERROR, reason=reason) for case in cases]
        beside = tuple(case.id for case in cases) if len(cases) > 1 else ()
        return [self._outcome(case, record, beside) for case, record in zip(cases, records, strict=True)]

    def _suffix(self, case: CaseInfo) -> str:
        return f"-{self._numbers[case.id]}"

    def _limit(self, case: CaseInfo) -> float:
        return 2 * self._nominal.get(case.id, NEW_CASE) + SLACK

    def _outcome(self, case: CaseInfo, record: Record, together: tuple[str, ...]) -> Outcome:
        if self._run.options.get("--podconform-strict") == "yes":
            record = msgspec.structs.replace(record, judgement=record.judgement.strictly())
        self.timing.starts_held += record.start_held
        verdict, reason = record.judgement.verdict, "; ".join(record.trouble)
        return Outcome(case=case.id, verdict=verdict, reason=reason, record=record, together=together)


def _made(runtime: type[Runtime]) -> Runtime:
    try:
        return runtime()
    except PodconformError:
        raise
    except Exception as error:
        raise AdapterFault(
            f"{runtime.__name__}() raised {told(error)}", do=["docs/adapter.md says what a runtime needs"]
        ) from error


def _checked(facts: object) -> Facts:
    if not isinstance(facts, Facts):
        raise AdapterFault(f"facts() returned {type(facts).__name__}, and not Facts")
    if not facts.shares_clock:
        do = ["run pytest on the node: the times of containers on another kernel cannot be judged yet"]
        raise EnvironmentFault("containers and harness do not share a clock (facts().shares_clock)", do=do)
    if facts.max_pods < MOST_PODS_OF_A_CASE:
        raise EnvironmentFault(f"max_pods is {facts.max_pods}, and there are cases with {MOST_PODS_OF_A_CASE} Pods")
    return msgspec.structs.replace(facts, status_latency=float(facts.status_latency))  # so that a report reads as it is written


async def undisturbed(work: Coroutine[Any, Any, T]) -> T:
    """Await something to its end though the caller be cancelled: `stop` may come while a run removes what it has made."""
    task = asyncio.create_task(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()


async def _from_adapter(work: Awaitable[T], what: str) -> T:
    try:
        return await work
    except PodconformError:
        raise
    except Exception as error:
        raise AdapterFault(f"{what} raised {told(error)}") from error
