"""A live run: one runtime, all experiments at once, a verdict for each case as soon as it stands."""

from __future__ import annotations

import asyncio
import functools
import uuid
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pytest_podconform.fixtures.musl import image as musl
from pytest_podconform.fixtures.target import image, published
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.runtimes.interface import Image, Run
from pytest_podconform.runtimes.options import RuntimeOptions

from . import smoke
from .adapter import called, facts_of, made, options_of, shielded
from .bench import Bench
from .minimal import with_minimal_variant
from .plan import declined, groups
from .shared import pod_groups
from .summary import NodeResult, Subject
from .tokens import LoopLag, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_podconform.judge.result import CaseResult
    from pytest_podconform.requirements import Profile
    from pytest_podconform.runtimes.interface import Facts, Runtime

    from .plan import PlannedCase
    from .smoke import Latencies

MOST_REPEATS: Final = 2
"""How often a case that a stall has spoilt is repeated: first with all that were, when nothing else runs, then alone."""


class RunSettings(NamedTuple):
    """What the user wants of a run on a runtime."""

    runtime: str
    """What the option names as the runtime."""
    options: RuntimeOptions = RuntimeOptions()
    """What belongs to that runtime alone."""
    image_prefix: str = ""
    """Registry and folder of the target image; empty: where it is published."""
    strict: bool = False
    """Whether the documentation alone decides where the kubelet contradicts it."""


def new_run_id() -> str:
    """Return an id unlike that of any other run, on any machine; fit for names and labels."""
    return uuid.uuid4().hex[:8]


class LiveRun:
    """The work of a run: opens the runtime, sees that it works at all, runs the cases."""

    nodes: tuple[NodeResult, ...] = ()

    def __init__(
        self,
        load_runtime: Callable[[], type[Runtime]],
        profile: Profile,
        settings: RunSettings,
        say: Callable[[str], None],
    ) -> None:
        self._load_runtime = load_runtime
        self._profile = profile
        self._settings = settings
        self._say = say
        self._runtime: type[Runtime]
        self._facts: Facts | None = None
        self._decide: Callable[[CaseResult], None]
        self._numbers: dict[str, int] = {}
        self._capabilities: dict[str, bool | str] = {}
        self._bench: Bench | None = None
        self.latencies: Latencies | None = None

    @property
    def subject(self) -> Subject:
        """What was judged."""
        name = self._facts.name if self._facts else self._settings.runtime
        return Subject(name=name, option=self._settings.runtime, capabilities=self._capabilities)

    @property
    def engine_work_s(self) -> float:
        """How long containers took to be started, divided by how many are started at once."""
        bench = self._bench
        return bench.tokens.held_s / bench.facts.starts_at_once if bench else 0.0

    def prepare(self) -> type[asyncio.AbstractEventLoop] | None:
        """Import the runtime; return the kind of event loop that it wants."""
        self._runtime = self._load_runtime()
        return self._runtime.loop_class

    async def run(self, cases: Sequence[PlannedCase], ready: Callable[[], None], decide: Callable[[CaseResult], None]) -> None:
        """Run all cases; whatever happens, the runtime is closed."""
        self._decide = decide
        self._numbers = {case.id: number for number, case in enumerate(cases)}
        asked_for = self._new_run()
        runtime = made(self._runtime)
        self._capabilities = msgspec.structs.asdict(runtime.capabilities)
        lag = LoopLag()
        measuring = asyncio.create_task(lag.measure()) if runtime.loop_class is None else None
        try:
            await called(runtime.open(asked_for), "open()")
            self._facts = facts = await facts_of(runtime)
            self._bench = bench = Bench(runtime, facts, lag, Tokens(facts.max_pods, facts.starts_at_once))
            self.latencies = smoke.latencies(await bench.run(smoke.SMOKE, "-smoke"))
            ready()
            await self._run_all(bench, cases)
        finally:
            if measuring is not None:  # virtual time is never late
                measuring.cancel()
            await shielded(called(runtime.close(), "close()"))

    def _new_run(self) -> Run:
        prefix = self._settings.image_prefix
        return Run(
            id=new_run_id(),
            image=image.tag(prefix),
            published="" if prefix else published.reference(),
            write_image=functools.partial(image.write_archive, prefix=prefix),
            musl=Image(tag, musl.write_archive) if (tag := musl.tag()) else None,
            say=self._say,
            options=options_of(self._runtime, self._settings.options, self._settings.runtime),
        )

    async def _run_all(self, bench: Bench, cases: Sequence[PlannedCase]) -> None:
        runtime, is_configured = bench.runtime, False
        try:
            for node, group in groups(cases).items():
                if runtime.capabilities.has("node_config") and (node is not None or is_configured):
                    await called(runtime.configure(node), "configure()")
                    is_configured = node is not None
                await self._run_group(bench, group)
        finally:
            if is_configured:
                await shielded(called(runtime.configure(None), "configure()"))

    async def _run_group(self, bench: Bench, cases: Sequence[PlannedCase]) -> None:
        wanted = [case for case in cases if not self._is_declined(bench, case)]
        in_pods = pod_groups(wanted) if bench.shares_pods else [[case] for case in wanted]
        spoilt = await self._try_all(bench, in_pods)
        spoilt = await self._try_all(bench, [[case] for case in spoilt], repeats=1)
        for case in spoilt:
            await self._try(bench, [case], MOST_REPEATS)

    async def _try_all(self, bench: Bench, in_pods: Iterable[Sequence[PlannedCase]], repeats: int = 0) -> list[PlannedCase]:
        async with asyncio.TaskGroup() as group:
            tries = [group.create_task(self._try(bench, cases, repeats)) for cases in in_pods]
        return [case for each in tries for case in each.result()]

    async def _try(self, bench: Bench, cases: Sequence[PlannedCase], repeats: int) -> list[PlannedCase]:
        """Decide cases that stand in one Pod, or one case; return those that a stall has spoilt, to be tried again.

        What went wrong with the adapter in a Pod of several may have been about another one.
        """
        spoilt: list[PlannedCase] = []
        for case, result in zip(cases, await self._results(bench, cases, repeats), strict=True):
            other_ones_fault = len(cases) > 1 and result.verdict is Verdict.HARNESS_ERROR
            if other_ones_fault or (result.verdict is Verdict.INCONCLUSIVE and repeats < MOST_REPEATS):
                spoilt.append(case)
                continue
            minimal = await with_minimal_variant(bench, case, result, self._suffix(case))
            self._decide(msgspec.structs.replace(minimal, repeats=repeats))
        return spoilt

    def _is_declined(self, bench: Bench, case: PlannedCase) -> bool:
        """Decide a case that the runtime declines; tell whether it does."""
        reason = declined(case, self._profile, bench.runtime, bench.facts)
        if reason is not None:
            self._decide(case.result(reason.verdict, reason.reason))
        return reason is not None

    async def _results(self, bench: Bench, cases: Sequence[PlannedCase], repeats: int) -> list[CaseResult]:
        more = f"-again{repeats}" if repeats else ""
        try:
            results = await bench.run_together(cases, self._suffix(cases[0]) + more)
        except Exception as error:  # noqa: BLE001 - a bug in here costs these cases and no other
            return [case.result(Verdict.HARNESS_ERROR, f"{type(error).__name__}: {error}") for case in cases]
        return [result.strictly() for result in results] if self._settings.strict else results

    def _suffix(self, case: PlannedCase) -> str:
        return f"-{self._numbers[case.id]}"
