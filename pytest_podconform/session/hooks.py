"""The hooks of a conformance run inside a pytest session."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_podconform import __version__
from pytest_podconform.errors import PodconformError, UsageFault
from pytest_podconform.report import files, terminal
from pytest_podconform.report.build import build_report
from pytest_podconform.report.explain import explain
from pytest_podconform.report.gate import COULD_NOT_JUDGE
from pytest_podconform.requirements.registry import VERSION

from . import items, worker
from .items import CaseItem, Registry
from .progress import ProgressLine
from .source import choose

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pytest_podconform.experiment.summary import RunSummary
    from pytest_podconform.judge.result import CaseResult
    from pytest_podconform.report.document import Report

    from .settings import Settings

LOOK_INTERVAL: Final = 0.1  # seconds that one look for a verdict may take


def register(config: pytest.Config, settings: Settings) -> None:
    """Add the run to a pytest session.

    Raises:
        pytest.UsageError: an option names something that does not exist.

    """
    config.addinivalue_line("markers", "wire: about what goes over a socket, byte for byte (podconform)")
    config.addinivalue_line("markers", "slow: takes minutes, by what it judges (podconform)")
    try:
        session = Session(config, settings)
    except PodconformError as error:
        raise pytest.UsageError(error.what) from error
    config.pluginmanager.register(session, Session.NAME)


class Session:
    """The hooks of a run. Under xdist the controller runs the experiments, and workers wait for verdicts only."""

    NAME = "podconform-session"

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._settings = settings
        self._progress = ProgressLine(config)
        files.see_that_it_can_be_written(settings.report)
        worker_input: dict[str, str] | None = getattr(config, "workerinput", None)
        folder = Path(worker_input["podconform_folder"]) if worker_input else None
        self._source, self._catalogue, self._offered = choose(settings, folder, self._progress.say)
        self._named = self._named_cases(config)
        self._is_started = False
        self._report: Report | None = None
        self._where = ""
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._others_failed = False

    def _named_cases(self, config: pytest.Config) -> list[str]:
        """Take case ids out of pytest's arguments; without a path among those left, only cases are collected."""
        given = config.args_source is pytest.Config.ArgsSource.ARGS
        named, paths = items.split_arguments(config.args)
        if slow := sorted({*named} & {*self._catalogue.left_out}):
            raise UsageFault(f"case {slow[0]} takes minutes, and is run with --podconform-slow only")
        items.select(named, self._catalogue.cases)
        config.args[:] = paths if given else []
        return named

    # ---- what pytest says of the run

    def pytest_report_header(self) -> list[str]:
        """Say what is judged, by what, and with which settings."""
        configuration = self._settings.configuration()
        chosen = " ".join(f"{name.removeprefix('--podconform-')}: {value}" for name, value in configuration.items() if value)
        return [f"podconform {__version__}  {chosen}  requirements: {VERSION}"]

    # ---- collection

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Put the registry before whatever else the session collects."""
        report = yield
        if isinstance(collector, pytest.Session):
            registry = Registry.from_parent(collector, name=items.ROOT, nodeid=items.ROOT, make=self._items)
            report.result = [registry, *(report.result or [])]
        return report

    def _items(self, parent: Registry) -> Iterator[CaseItem]:
        catalogue = self._catalogue
        for name in items.select(self._named, catalogue.cases) or catalogue.cases:
            if name in self._offered:
                yield CaseItem.from_parent(
                    parent,
                    name=name,
                    info=catalogue.cases[name],
                    nominal=catalogue.nominal.get(name, 0.0),
                    wait=self._wait,
                )

    # ---- running

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Start the run of all selected cases, and wait until there are results to wait for; without them, run nothing."""
        selected = [item.info.id for item in session.items if isinstance(item, CaseItem)]
        option = session.config.option
        in_vain = session.testsfailed and not option.continue_on_collection_errors
        if option.collectonly or not selected or in_vain:
            return None
        self._source.start(selected)
        self._is_started = True
        while not self._source.wait_until_ready(LOOK_INTERVAL):
            self._progress.show(self._source.progress())
        self._progress.clear()
        return None if self._source.failure is None else True  # there is nothing to wait for

    def _wait(self, case: str) -> CaseResult:
        while True:
            try:
                result = self._source.result(case, LOOK_INTERVAL)
            except TimeoutError:
                self._progress.show(self._source.progress())
            else:
                self._progress.clear()
                return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Report how long the experiment took, not the wait for it, and what a failure was."""
        report = yield
        if isinstance(item, CaseItem) and call.when == "call":
            report.duration = item.lasted or report.duration
            if call.excinfo is not None and call.excinfo.errisinstance(items.CaseFailed):
                assert item.result is not None
                report.longrepr = explain(item.result, self._catalogue.requirements)
                report.podconform_judged = True  # type: ignore[attr-defined]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of failures that are no verdicts; under xdist reports arrive here, and nowhere else."""
        if report.failed and not getattr(report, "podconform_judged", False):
            self._others_failed = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take note of files of the user that could not be collected."""
        if report.failed:
            self._others_failed = True

    # ---- xdist

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where it finds the verdicts."""
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="podconform-")
        node.workerinput["podconform_folder"] = self._scratch.name

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Start the run when the first worker has said what is selected."""
        selected, _ = items.split_arguments(ids)
        if selected and not self._is_started and self._scratch is not None:
            self._source.start(selected, functools.partial(worker.publish, Path(self._scratch.name)))
            self._is_started = True

    # ---- the end

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End what still runs, write the report, and set the exit status that the gate asks for."""
        run = self._source.stop()
        if run is None:
            return
        if run.failure is not None:
            self._progress.complain(str(run.failure))
        self._report = report = build_report(self._catalogue, run)
        try:
            self._where = str(files.write(report, self._settings.report))
        except PodconformError as error:
            self._where = str(error)
            session.exitstatus = COULD_NOT_JUDGE
            return
        if session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            session.exitstatus = self._exit_status(report, run)

    def _exit_status(self, report: Report, run: RunSummary) -> int:
        """Weigh what the gate says against what else went wrong."""
        if self._others_failed or report.gate == "nonconformant":
            return pytest.ExitCode.TESTS_FAILED
        if run.failure is not None:
            return pytest.ExitCode.USAGE_ERROR if isinstance(run.failure, UsageFault) else COULD_NOT_JUDGE
        return report.exit_status

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the gate, the table and where the evidence is."""
        report = self._report
        if report is None:
            return
        colour = {"green": report.gate == "conformant", "red": report.gate == "nonconformant", "yellow": True}
        markup = {name: True for name, is_it in colour.items() if is_it}
        terminalreporter.write_sep("=", terminal.title(report), **dict([next(iter(markup.items()))]))
        for line in terminal.summary(report, self._where):
            terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """Remove what the workers have read."""
        if self._scratch is not None:
            self._scratch.cleanup()
