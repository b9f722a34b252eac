"""One experiment: apply, record, stop as soon as the verdict stands, delete."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from pytest_podconform.errors import AdapterFault, HarnessFault, PodconformError
from pytest_podconform.judge.case import Case, Place
from pytest_podconform.judge.event import Event, Source
from pytest_podconform.judge.judge import Judge, Judgement, judge, order, so_far
from pytest_podconform.judge.tolerance import Allowance, Jitter
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.model.status import PodStatus
from pytest_podconform.runtimes.interface import Interrupted, ObjectRef, Refused, Runtime

from .instantiate import earliest_tick, instantiate
from .timeline import StatusLog, TargetLog, Timeline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable

    from pytest_podconform.judge.moment import Moment
    from pytest_podconform.runtimes.interface import Facts, Manifest

    from .tokens import LoopLag, Tokens

T = TypeVar("T")

LOOK_INTERVAL = 0.5  # seconds between two looks at the time where nothing happens
AFTERLOOK = 1.5  # seconds for a status to be made, beside the latency that the runtime declares
LOG_TAIL = 5.0  # seconds that the logs of a deleted Pod may take to come to their end
DELETE_LIMIT = 60.0  # seconds for a runtime to delete one object, grace period included


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one experiment; times in seconds."""

    place: Place
    judgement: Judgement
    events: tuple[Event, ...]
    complete: dict[Source, float]
    allowance: Allowance
    doubts: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    lasted: float = 0.0
    """From the first object that was applied to the verdict."""
    start_held: float = 0.0
    """How long it held a turn to start containers."""


class Experiment:
    """One case on one runtime.

    Objects are applied in order, each Pod when the one before it listens. `limit` is how long all may take, in seconds,
    not counting what the expectations allow for.
    """

    def __init__(self, case: Case, runtime: Runtime, facts: Facts, place: Place, *, lag: LoopLag, limit: float) -> None:
        self._case = case
        self._runtime = runtime
        self._facts = facts
        self._lag = lag
        self._limit = limit + sum(expectation.within for expectation in case.expectations)
        self._place = place
        self._objects = [instantiate(manifest, place, facts.target_image) for manifest in case.objects]
        self._timeline = Timeline(facts.status_latency)
        self._judge = Judge(case.expectations, Allowance(status_latency=float(facts.status_latency)))
        self._zero = 0.0
        self._failed: BaseException | None = None
        self._work: list[asyncio.Task[None]] = []
        self._logs: dict[ObjectRef, list[asyncio.Task[None]]] = {}
        self._leaving: set[ObjectRef] = set()
        self._deleted: set[ObjectRef] = set()
        self._news = asyncio.Event()

    async def run(self, tokens: Tokens) -> Record:
        """Run it; raises only what is a bug of the harness."""
        pods = [manifest for manifest in self._objects if manifest["kind"] == "Pod"]
        async with tokens.pods(len(pods)):
            start_held = 0.0
            try:
                async with tokens.start():
                    self._zero = asyncio.get_running_loop().time()
                    await self._apply()
                    start_held = self._now()
                if self._case.deleted_after is not None:
                    self._spawn(self._delete_after(self._case.deleted_after))
                await self._until(self._over)
                await self._look_twice()
            except (Interrupted, PodconformError) as fault:
                self._failed = fault
            finally:
                for task in self._work:
                    task.cancel()
                await asyncio.gather(*self._work, return_exceptions=True)
                lasted = self._now()
                await self._clean_up()
        return self._record(lasted=lasted, start_held=start_held)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._zero

    # ---- applying and following

    async def _apply(self) -> None:
        for manifest in self._objects:
            ref = ObjectRef.of(manifest)
            try:
                await adapter(self._runtime.apply(manifest), "apply()")
            except Refused as refused:
                self._feed([self._note("refused", ref, reason=refused.reason, field=refused.field)])
                continue
            self._feed([self._note("applied", ref)])
            if manifest["kind"] == "Pod":
                self._follow(manifest, ref)
                await self._until(lambda: self._listens(ref) or self._over())  # noqa: B023 - awaited here

    def _note(self, what: str, ref: ObjectRef, **data: Any) -> Event:
        return self._timeline.note(what, self._now(), ref.name, kind=ref.kind, **data)

    def _follow(self, manifest: Manifest, ref: ObjectRef) -> None:
        status = self._timeline.statuses[ref.name] = StatusLog(ref.name)
        self._spawn(self._follow_status(ref, status))
        self._logs[ref] = []
        spec = manifest["spec"]
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            log = TargetLog(ref.name, container["name"], origin=self._zero, earliest_tick=earliest_tick(container))
            self._timeline.targets[ref.name, container["name"]] = log
            self._logs[ref].append(self._spawn(self._follow_log(ref, log)))

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guard(work))
        self._work.append(task)
        return task

    async def _guard(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except (Interrupted, PodconformError) as fault:
            self._failed = self._failed or fault
        except Exception as error:  # noqa: BLE001 - a bug in here must not look like a silent runtime
            self._failed = self._failed or HarnessFault(f"{type(error).__name__}: {error}", do=["please report this"])
        self._news.set()

    async def _follow_status(self, ref: ObjectRef, log: StatusLog) -> None:
        try:
            async for status in adapter_iterates(self._runtime.watch(ref), PodStatus, "status()"):
                self._check(log.last, status)
                self._feed(self._timeline.status(log, status, self._now()))
            if ref not in self._leaving:
                self._failed = self._failed or AdapterFault(f"watch() of Pod {ref.name} ended, though nobody has deleted it")
        except PodconformError:
            if ref not in self._leaving:  # of a Pod that is being deleted there may be no status any more
                raise

    async def _follow_log(self, ref: ObjectRef, log: TargetLog) -> None:
        async for piece in adapter_iterates(self._runtime.logs(ref, log.container), bytes, "logs()"):
            self._feed(self._timeline.log(log, piece))

    def _check(self, before: PodStatus | None, now: PodStatus) -> None:
        for status in now.container_statuses if before is not None else ():
            old = before.container(status.name) if before is not None else None
            if old is not None and status.restart_count < old.restart_count:
                counts = f"restartCount={status.restart_count} after it had returned {old.restart_count}"
                msg = f"{type(self._runtime).__name__}.status() returned {counts} for container {status.name}"
                raise AdapterFault(msg, do=["a container's restart count never falls"])

    def _feed(self, events: Iterable[Event]) -> None:
        for event in events:
            self._judge.feed(event)
        self._news.set()  # though there be no event: the record is complete up to a later time

    # ---- deletion, where it is part of the case

    async def _delete_after(self, moment: Moment) -> None:
        await self._until(lambda: any(map(moment.matches, self._timeline.events)))
        ref = next(iter(self._logs))
        self._leaving.add(ref)
        self._feed([self._note("deleting", ref)])
        async with asyncio.timeout(self._limit):
            await adapter(self._runtime.delete(ref, grace=None), "delete()")
        self._deleted.add(ref)
        self._feed([self._note("deleted", ref)])
        _, pending = await asyncio.wait(self._logs[ref], timeout=LOG_TAIL)
        if pending:
            self._failed = AdapterFault(f"logs() of Pod {ref.name} did not end within {LOG_TAIL:g} s after its deletion")
        self._feed(self._timeline.end(ref.name))

    # ---- when it is over

    def _listens(self, ref: ObjectRef) -> bool:
        return any(event.what == "listening" and event.pod == ref.name for event in self._timeline.events)

    def _over(self) -> bool:
        self._judge.advance(self._timeline.complete(self._now()))
        return self._judge.judgement is not None or self._failed is not None or self._now() > self._limit

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_INTERVAL):
                    await self._news.wait()

    async def _look_twice(self) -> None:
        """Before a failure is believed, wait for what the status may still say against the evidence.

        The judge has known nothing of how late the machine was. Where that makes good what looked like a failure, the
        observation goes on: it was not the runtime that ended it.
        """
        while self._judge.judgement is not None and self._judge.judgement.verdict is Verdict.FAIL:
            await self._for(self._facts.status_latency + AFTERLOOK)
            complete = self._timeline.complete(self._now())
            again = so_far(self._case.expectations, self._timeline.events, complete, self._allowance())
            if again.judgement is not None:
                return
            self._judge = again
            await self._until(self._over)

    async def _for(self, seconds: float) -> None:
        until = self._now() + seconds
        await self._until(lambda: self._now() > until)

    def _allowance(self) -> Allowance:
        jitter = Jitter(harness=self._lag.since(self._zero), target=self._timeline.jitter(0).target)
        return Allowance(status_latency=float(self._facts.status_latency), jitter=jitter)

    async def _clean_up(self) -> None:
        for ref in map(ObjectRef.of, reversed(self._objects)):
            if ref in self._deleted:
                continue
            try:
                async with asyncio.timeout(DELETE_LIMIT):
                    await adapter(self._runtime.delete(ref, grace=0), "delete()")
            except (Interrupted, PodconformError, TimeoutError) as error:
                self._failed = self._failed or AdapterFault(f"delete() of {ref.kind} {ref.name}: {str(error) or 'no answer'}")

    # ---- the outcome

    def _record(self, *, lasted: float, start_held: float) -> Record:
        complete = self._timeline.complete(lasted)
        allowance = self._allowance()
        doubts = tuple(self._timeline.doubts)
        if isinstance(self._failed, Interrupted):
            judgement = Judgement(Verdict.INCONCLUSIVE, ())
        elif self._failed is not None:
            judgement = Judgement(Verdict.HARNESS_ERROR, ())
        else:
            judgement = judge(self._case.expectations, self._timeline.events, complete, allowance, doubts)
        trouble = self._timeline.trouble + (self._timeline.lost_ends if judgement.verdict is Verdict.FAIL else [])
        if self._failed is not None:
            trouble.append(str(self._failed))
        elif trouble:
            judgement = Judgement(Verdict.SETUP_ERROR, judgement.decisions)
        return Record(
            place=self._place,
            judgement=judgement,
            events=tuple(sorted(self._timeline.events, key=order)),
            complete=complete,
            allowance=allowance,
            doubts=doubts,
            trouble=tuple(trouble),
            lasted=round(lasted, 3),
            start_held=round(start_held, 3),
        )


async def adapter(work: Coroutine[None, None, None], what: str) -> None:
    """Await a call of the adapter; whatever it raises, apart from the refusal of an object, is its author's fault."""
    try:
        await work
    except (Interrupted, PodconformError):
        raise
    except Refused as refused:
        if what == "apply()":
            raise
        raise AdapterFault(f"{what} refused: {refused.reason}") from refused
    except Exception as error:
        raise AdapterFault(f"{what} raised {type(error).__name__}: {error}") from error


async def adapter_iterates(stream: AsyncIterator[T], kind: type[T], what: str) -> AsyncIterator[T]:
    """Iterate what the adapter yields, with the same rule."""
    try:
        async for item in stream:
            if not isinstance(item, kind):
                msg = f"{what} yields {type(item).__name__}, and not {kind.__name__}"
                raise AdapterFault(msg)  # noqa: TRY301 - its author shall see it as any other
            yield item
    except (Interrupted, PodconformError):
        raise
    except Exception as error:
        raise AdapterFault(f"{what} raised {type(error).__name__}: {error}") from error
