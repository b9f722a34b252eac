"""Verdicts that come about in a thread of their own, while pytest waits for one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from pytest_podconform.errors import HarnessFault, PodconformError
from pytest_podconform.judge.verdict import Verdict

from .smoke import Latencies
from .summary import NodeResult, Progress, RunSummary, Subject, Timing, peak_rss_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_podconform.judge.result import CaseResult

    from .plan import PlannedCase


class Work(Protocol):
    """What is done in the thread; its properties are asked when it is over."""

    @property
    def subject(self) -> Subject:
        """What was judged."""
        ...

    @property
    def nodes(self) -> tuple[NodeResult, ...]:
        """What became of each node, where there are several."""
        ...

    @property
    def latencies(self) -> Latencies | None:
        """How quick the runtime is, where that was measured."""
        ...

    @property
    def engine_work_s(self) -> float:
        """How long containers took to be started, divided by how many are started at once."""
        ...

    def prepare(self) -> type[asyncio.AbstractEventLoop] | None:
        """Import what it needs; return the kind of event loop that it wants, None for the usual one."""
        ...

    async def run(self, cases: Sequence[PlannedCase], ready: Callable[[], None], decide: Callable[[CaseResult], None]) -> None:
        """Run the cases: call `ready` when all is set up, `decide` for each case as soon as its verdict stands."""
        ...


class BackgroundSource:
    """The verdicts of some work. `start` it once, ask for each `result`, `stop` it at the end, whatever happened."""

    def __init__(
        self, work: Work, plan: Callable[[Sequence[str]], list[PlannedCase]], configuration: Mapping[str, str]
    ) -> None:
        self._work = work
        self._plan = plan
        self._configuration = configuration
        self._began = time.monotonic()
        self._started_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._cases: list[PlannedCase] = []
        self._results: dict[str, Future[CaseResult]] = {}
        self._thread = threading.Thread(target=self._main, name="podconform", daemon=True)
        self._ready = threading.Event()
        """Set when experiments run, or when there will be none."""
        self._times: dict[str, float] = {}
        self._stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._failure: PodconformError | None = None

    # ---- called from other threads

    def start(self, selected: Sequence[str], decided: Callable[[CaseResult], None] | None = None) -> None:
        """Start the run in its thread; `decided` is called there for each case as soon as its verdict stands."""
        self._cases = sorted(self._plan(selected), key=lambda case: -(case.nominal_s or 0.0))
        self._results = {case.id: Future() for case in self._cases}
        if decided is not None:
            for future in self._results.values():
                future.add_done_callback(lambda done: decided(done.result()))
        self._thread.start()

    def wait_until_ready(self, timeout: float) -> bool:
        """Wait until experiments run, or until there will be none; tell whether it has come to that in time."""
        return self._ready.wait(timeout)

    @property
    def failure(self) -> PodconformError | None:
        """What ended the run before its cases, if something did."""
        return self._failure

    def result(self, case: str, timeout: float | None = None) -> CaseResult:
        """Return the result of a case; raises TimeoutError if it is not there in time, in seconds."""
        return self._results[case].result(timeout)

    def progress(self) -> Progress:
        """Return how far the run is."""
        waiting = [case.id for case in self._cases if not self._results[case.id].done()]
        return Progress(len(self._cases), waiting)

    def stop(self) -> RunSummary | None:
        """End the run, decided or not, and wait until all is removed that it made; None if it has never started."""
        self._stopped = True
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                loop.call_soon_threadsafe(task.cancel)
        if self._thread.ident is None:
            return None
        self._thread.join()
        return RunSummary(
            results={name: future.result() for name, future in self._results.items()},
            subject=self._work.subject,
            timing=self._timing(),
            configuration=self._configuration,
            started_at=self._started_at,
            nodes=self._work.nodes,
            failure=self._failure,
        )

    def _timing(self) -> Timing:
        latencies, began, ready = self._work.latencies, self._times["began"], self._times.get("ready")
        return Timing(
            wall_s=round(time.monotonic() - self._began, 3),
            set_up_s=0.0 if ready is None else round(ready - began, 3),
            experiments_s=0.0 if ready is None else round(self._times.get("decided", ready) - ready, 3),
            longest_case_s=max((case.nominal_s or 0.0 for case in self._cases), default=0.0),
            engine_work_s=round(self._work.engine_work_s, 3),
            start_latency_s=latencies.start if latencies else 0.0,
            status_latency_s=latencies.status if latencies else 0.0,
            peak_rss_bytes=peak_rss_bytes(),
        )

    # ---- the thread

    def _main(self) -> None:
        self._times["began"] = time.monotonic()
        try:
            loop_class = self._work.prepare()
            with asyncio.Runner(loop_factory=loop_class) as runner:
                runner.run(self._live())
        except PodconformError as failure:
            self._failure = failure
        except BaseException as error:  # noqa: BLE001 - whatever it is, the cases must not wait for ever
            self._failure = HarnessFault(f"{type(error).__name__}: {error}", do=["please report this"])
            self._failure.__cause__ = error
        finally:
            reason = "the run ended before" if self._failure is None else self._failure.what
            for case in self._cases:
                if not self._results[case.id].done():
                    self._results[case.id].set_result(case.result(Verdict.NOT_RUN, reason))
            self._ready.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        if self._stopped:  # before there was a task to cancel
            return
        with contextlib.suppress(asyncio.CancelledError):
            await self._work.run(self._cases, self._is_ready, self._decide)

    def _is_ready(self) -> None:
        self._times["ready"] = time.monotonic()
        self._ready.set()

    def _decide(self, result: CaseResult) -> None:
        self._times["decided"] = time.monotonic()
        self._results[result.id].set_result(result)
