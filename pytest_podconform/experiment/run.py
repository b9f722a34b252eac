"""One experiment: apply, record, stop as soon as the verdicts stand, delete."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.errors import AdapterFault, HarnessFault, PodconformError
from pytest_podconform.evidence.harness import (
    DeletionStarted,
    ObjectApplied,
    ObjectDeleted,
    ObjectDetails,
    ObjectRefused,
    RefusalDetails,
)
from pytest_podconform.model.status import PodStatus
from pytest_podconform.runtimes.interface import STATUS_POLL, Interrupted, ObjectRef, Refused, Runtime

from .adapter import OF_THE_RUNTIME, called, iterated
from .hearing import Hearing
from .instantiate import images
from .shared import Setup, SharedPod

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from pytest_podconform.evidence.events import OfHarness
    from pytest_podconform.judge.moment import Moment
    from pytest_podconform.judge.result import CaseResult
    from pytest_podconform.runtimes.interface import Facts, Manifest

    from .tokens import LoopLag, Tokens

LOOK_INTERVAL = 0.5  # seconds between two looks at the time where nothing happens
AFTERLOOK = 1.5  # seconds for a status to be made, beside the latency that the runtime declares
LOG_TAIL = 5.0  # seconds that the logs of a deleted Pod may take to come to their end
DELETE_LIMIT = 60.0  # seconds for a runtime to delete one object, grace period included


class Experiment:
    """The objects of one case, or one Pod for several cases with a container each, on one runtime.

    Objects are applied in order, each Pod when the one before it listens. All of it may take as long as the longest case
    may, not counting what its expectations allow for.
    """

    def __init__(self, setup: Setup, runtime: Runtime, facts: Facts, lag: LoopLag) -> None:
        self._setup = setup
        self._runtime = runtime
        self._facts = facts
        self._zero = 0.0
        self._hearings = [Hearing(each, facts.status_latency, lambda: lag.since(self._zero)) for each in setup.cases]
        allowed = max(sum(expectation.extra_time for expectation in each.case.expectations) for each in setup.cases)
        self._limit = max(each.planned.limit_s for each in setup.cases) + allowed
        self._objects = setup.objects(images(facts))
        self._failed: BaseException | None = None
        self._work: list[asyncio.Task[None]] = []
        self._logs: dict[ObjectRef, list[asyncio.Task[None]]] = {}
        self._leaving: set[ObjectRef] = set()
        self._deleted: set[ObjectRef] = set()
        self._news = asyncio.Event()

    async def run(self, tokens: Tokens) -> list[CaseResult]:
        """Run it, and return what each case came to; raises only what is a bug of the harness."""
        pods = [manifest for manifest in self._objects if manifest["kind"] == "Pod"]
        async with tokens.pods(len(pods)):
            try:
                async with tokens.start():
                    self._zero = asyncio.get_running_loop().time()
                    await self._apply()
                if self._setup.deleted_after is not None:
                    self._spawn(self._delete_after(self._setup.deleted_after))
                await self._until_verdicts_stand()
            except (Interrupted, PodconformError) as fault:
                self._failed = fault
            finally:
                for task in self._work:
                    task.cancel()
                await asyncio.gather(*self._work, return_exceptions=True)
                lasted = self._now()
                await self._clean_up()
        return [hearing.result(lasted, self._failed, together=self._setup.together) for hearing in self._hearings]

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._zero

    # ---- applying and following

    async def _apply(self) -> None:
        for manifest in self._objects:
            ref = ObjectRef.of(manifest)
            try:
                await called(self._runtime.apply(manifest), "apply()", may_raise=(*OF_THE_RUNTIME, Refused))
            except Refused as refused:
                if isinstance(self._setup, SharedPod):
                    raise Interrupted(f"the Pod that cases share was refused: {refused.reason}") from refused
                details = RefusalDetails(ref.kind, refused.reason, refused.field)
                self._note(ObjectRefused(at=self._now(), pod=ref.name, data=details))
                continue
            self._note(ObjectApplied(at=self._now(), pod=ref.name, data=ObjectDetails(ref.kind)))
            if ref.name == self._setup.endpoints_of and self._facts.tells_endpoints:
                self._spawn(self._follow_endpoints(ref))
            if manifest["kind"] == "Pod":
                self._follow(manifest, ref)
                await self._until(lambda: self._listens(ref) or self._over())  # noqa: B023 - awaited here

    def _note(self, event: OfHarness) -> None:
        for hearing in self._hearings:
            hearing.note(event)
        self._news.set()

    def _follow(self, manifest: Manifest, ref: ObjectRef) -> None:
        for hearing in self._hearings:
            hearing.follow(manifest, self._zero)
        self._spawn(self._follow_status(ref))
        spec = manifest["spec"]
        containers = (*spec.get("initContainers", ()), *spec["containers"])
        self._logs[ref] = [self._spawn(self._follow_log(ref, container["name"])) for container in containers]

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

    async def _follow_status(self, ref: ObjectRef) -> None:
        last: PodStatus | None = None
        try:
            async for status in iterated(self._runtime.watch(ref), PodStatus, "status()"):
                self._check(last, status)
                last = status
                self._take_status(ref, status)
                self._news.set()  # though there be nothing new: the record is complete up to a later time
            if ref not in self._leaving:
                self._failed = self._failed or AdapterFault(f"watch() of Pod {ref.name} ended, though nobody has deleted it")
        except PodconformError:
            if ref not in self._leaving:  # of a Pod that is being deleted there may be no status any more
                raise

    async def _follow_endpoints(self, service: ObjectRef) -> None:
        while True:
            found = await called(self._runtime.endpoints(service), "endpoints()", may_raise=OF_THE_RUNTIME)
            for hearing in self._hearings:
                hearing.endpoints(service.name, found, self._now())
            self._news.set()
            await asyncio.sleep(STATUS_POLL)

    async def _follow_log(self, ref: ObjectRef, container: str) -> None:
        async for piece in iterated(self._runtime.logs(ref, container), bytes, "logs()"):
            for hearing in self._hearings:
                hearing.log(ref.name, container, piece)
            self._news.set()

    def _take_status(self, ref: ObjectRef, status: PodStatus) -> None:
        try:
            for hearing in self._hearings:
                hearing.status(ref.name, status, self._now())
        except msgspec.ValidationError as error:  # a status that was constructed, and not decoded, is checked nowhere before
            msg = f"{type(self._runtime).__name__}.status() returned a status of Pod {ref.name} with a wrong type: {error}"
            raise AdapterFault(msg, do=["PodStatus.decode() makes a status, and checks it"]) from error

    def _check(self, before: PodStatus | None, now: PodStatus) -> None:
        for status in now.container_statuses if before is not None else ():
            old = before.container(status.name) if before is not None else None
            if old is not None and status.restart_count < old.restart_count:
                counts = f"restartCount={status.restart_count} after it had returned {old.restart_count}"
                msg = f"{type(self._runtime).__name__}.status() returned {counts} for container {status.name}"
                raise AdapterFault(msg, do=["a container's restart count never falls"])

    # ---- deletion, where it is part of the case

    async def _delete_after(self, moment: Moment) -> None:
        await self._until(lambda: all(hearing.has_happened(moment) for hearing in self._hearings))
        ref = next(iter(self._logs))
        self._leaving.add(ref)
        self._note(DeletionStarted(at=self._now(), pod=ref.name, data=ObjectDetails(ref.kind)))
        async with asyncio.timeout(self._limit):
            await called(self._runtime.delete(ref, grace=None), "delete()", may_raise=OF_THE_RUNTIME)
        self._deleted.add(ref)
        self._note(ObjectDeleted(at=self._now(), pod=ref.name, data=ObjectDetails(ref.kind)))
        _, pending = await asyncio.wait(self._logs[ref], timeout=LOG_TAIL)
        if pending:
            self._failed = AdapterFault(f"logs() of Pod {ref.name} did not end within {LOG_TAIL:g} s after its deletion")
        for hearing in self._hearings:
            hearing.end(ref.name)

    # ---- when it is over

    def _listens(self, ref: ObjectRef) -> bool:
        return all(hearing.listens(ref.name) for hearing in self._hearings)

    def _over(self) -> bool:
        for hearing in self._hearings:
            hearing.advance(self._now())
        return all(each.decided for each in self._hearings) or self._failed is not None or self._now() > self._limit

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_INTERVAL):
                    await self._news.wait()

    async def _until_verdicts_stand(self) -> None:
        """Before a failure is believed, wait for what the status may still say against the evidence."""
        await self._until(self._over)
        while doubtful := [hearing for hearing in self._hearings if hearing.is_doubtful]:
            await self._for(self._facts.status_latency + AFTERLOOK)
            for hearing in doubtful:
                hearing.look_twice(self._now())
            await self._until(self._over)

    async def _for(self, seconds: float) -> None:
        until = self._now() + seconds
        await self._until(lambda: self._now() > until)

    async def _clean_up(self) -> None:
        for ref in map(ObjectRef.of, reversed(self._objects)):
            if ref in self._deleted:
                continue
            try:
                async with asyncio.timeout(DELETE_LIMIT):
                    await called(self._runtime.delete(ref, grace=0), "delete()", may_raise=OF_THE_RUNTIME)
            except (Interrupted, PodconformError, TimeoutError) as error:
                self._failed = self._failed or AdapterFault(f"delete() of {ref.kind} {ref.name}: {str(error) or 'no answer'}")
