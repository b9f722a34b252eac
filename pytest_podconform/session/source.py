"""Where the verdicts of a session come from: a live run, a fleet of nodes, a replay, or the controller of an xdist worker."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from pytest_podconform.errors import PodconformError
from pytest_podconform.experiment.background import BackgroundSource, Work
from pytest_podconform.experiment.catalogue import Catalogue, load_catalogue
from pytest_podconform.experiment.live import LiveRun, RunSettings, new_run_id
from pytest_podconform.experiment.summary import Progress, RunSummary
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.report import files, replay
from pytest_podconform.runtimes import load
from pytest_podconform.runtimes.kubernetes.options import KubernetesOptions

from .settings import Settings, had_slow_cases
from .worker import WorkerSource


class VerdictSource(Protocol):
    """What a session asks; it does not know which one it has."""

    @property
    def failure(self) -> PodconformError | None:
        """What ended the run before its cases, if something did."""
        ...

    def start(self, selected: Sequence[str], decided: Callable[[CaseResult], None] | None = None) -> None:
        """Begin with these cases, once; `decided` is called for each as soon as its verdict stands, in any thread.

        What `decided` raises is not seen by anybody.
        """
        ...

    def wait_until_ready(self, timeout: float) -> bool:
        """Wait until there are results to wait for, or there will be none; tell whether that came in time, in seconds."""
        ...

    def result(self, case: str, timeout: float) -> CaseResult:
        """Return the result of a case, waiting for it so many seconds at most.

        Raises:
            TimeoutError: it is not there in time.
            KeyError: the case was not selected.

        """
        ...

    def progress(self) -> Progress:
        """Return how far the run is."""
        ...

    def stop(self) -> RunSummary | None:
        """End the run, decided or not; return what is to be reported, None where nothing is."""
        ...


class Chosen(NamedTuple):
    """The source of a session, and what there is to select from."""

    source: VerdictSource
    catalogue: Catalogue
    offered: Collection[str]
    """The cases that can be collected."""


def choose(settings: Settings, worker_folder: Path | None, say: Callable[[str], None]) -> Chosen:
    """Choose by the settings; in a worker of xdist the verdicts come from the controller, by that folder.

    Raises:
        UsageFault: something that the settings name does not exist, or cannot be read.

    """
    if settings.replay is not None:
        evidence = files.read(settings.replay)
        catalogue = load_catalogue(evidence.profile, slow=had_slow_cases(evidence.configuration))
        replay.see_that_all_is_known(evidence, catalogue.cases)
        offered: Collection[str] = {result.id for result in evidence.cases}
        source: VerdictSource = replay.Replay(evidence, catalogue, strict=settings.strict)
    else:
        catalogue = load_catalogue(settings.profile, slow=settings.slow)
        offered = catalogue.cases.keys()
        plan = functools.partial(catalogue.plan, runtime=settings.runtime)
        source = BackgroundSource(_work(settings, catalogue, say), plan, settings.configuration())
    return Chosen(source if worker_folder is None else WorkerSource(worker_folder), catalogue, offered)


def _work(settings: Settings, catalogue: Catalogue, say: Callable[[str], None]) -> Work:
    load_runtime = functools.partial(load.load, load.find(settings.runtime))
    run_settings = RunSettings(settings.runtime, settings.of_runtime, settings.image_prefix, settings.strict)
    if isinstance(settings.of_runtime, KubernetesOptions) and settings.of_runtime.nodes:
        from pytest_podconform.fleet.run import FleetRun  # noqa: PLC0415 - for this way only

        return FleetRun(load_runtime, run_settings, settings.for_harness(), say, run_id=new_run_id())
    return LiveRun(load_runtime, catalogue.profile, run_settings, say)
