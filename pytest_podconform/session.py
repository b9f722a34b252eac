"""A conformance run inside a pytest session."""

from __future__ import annotations

import datetime
import functools
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from . import __version__, collect, share
from .collect import CaseItem, Registry
from .errors import PodconformError, UsageFault, unknown
from .experiment.engine import Engine, Outcome
from .experiment.plan import cases_of, load_cases
from .progress import Progress
from .report import files, replay, terminal
from .report.build import Catalogue, build_report, subject_of, timing_of
from .report.explain import explain
from .report.gate import COULD_NOT_JUDGE
from .requirements import load_profiles, load_requirements
from .requirements.registry import SUITES, VERSION
from .runtimes import load

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from .report.document import Report

PATIENCE = 0.1  # seconds that one look for a verdict may take


def register(config: pytest.Config, options: Mapping[str, str]) -> None:
    """Add the run to a pytest session.

    Raises:
        pytest.UsageError: an option names something that does not exist.

    """
    config.addinivalue_line("markers", "wire: about what goes over a socket, byte for byte (podconform)")
    config.addinivalue_line("markers", "slow: takes minutes, by what it judges (podconform)")
    try:
        session = Session(config, options)
    except PodconformError as error:
        raise pytest.UsageError(error.what) from error
    config.pluginmanager.register(session, Session.NAME)


def load_catalogue(profile_name: str, *, slow: bool = True) -> Catalogue:
    """Load all that a run is chosen from; without `slow`, what takes minutes is left out.

    Raises:
        UsageFault: there is no such profile.

    """
    profiles = load_profiles()
    if profile_name not in profiles:
        raise unknown("profile", profile_name, profiles, option="--podconform-profile")
    requirements, profile = load_requirements(), profiles[profile_name]
    nominal = msgspec.json.decode((SUITES / "nominal.json").read_bytes(), type=dict[str, float])
    cases = cases_of(profile, load_cases(requirements), requirements)
    left_out = {name: case for name, case in cases.items() if "slow" in case.marks and not slow}
    chosen = {name: case for name, case in cases.items() if name not in left_out}
    return Catalogue(requirements=requirements, profile=profile, cases=chosen, nominal=nominal, left_out=left_out)


class Session:
    """The hooks of a run. Under xdist the controller runs the experiments, and workers wait for verdicts only."""

    NAME = "podconform-session"

    def __init__(self, config: pytest.Config, options: Mapping[str, str]) -> None:
        self.config = config
        self.options = options
        files.see_that_it_can_be_written(Path(options["--podconform-report"]))
        self._evidence = files.read(Path(options["--podconform-replay"])) if options["--podconform-replay"] else None
        # Evidence is judged by what it was made for.
        chosen = self._evidence.configuration if self._evidence else options
        profile = self._evidence.profile if self._evidence else options["--podconform-profile"]
        self.catalogue = load_catalogue(profile, slow=chosen.get("--podconform-slow") == "yes")
        if self._evidence is not None:
            replay.see_that_all_is_known(self._evidence, self.catalogue.cases)
        self._runtime_path = load.find(options["--podconform-runtime"])
        self._named, self._worker_folder = self._arguments()
        self._progress = Progress(config)
        self._engine: Engine | None = None
        self._report: Report | None = None
        self._where = ""
        self._began = time.monotonic()
        self._started_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._others_failed = False
        self._replayed: dict[str, Outcome] = {}

    def _arguments(self) -> tuple[list[str], Path | None]:
        """Take case ids out of pytest's arguments; without a path among those left, only cases are collected."""
        config = self.config
        worker: dict[str, Any] | None = getattr(config, "workerinput", None)
        given = config.args_source is pytest.Config.ArgsSource.ARGS
        named, paths = collect.split_arguments(config.args)
        if slow := sorted({*named} & {*self.catalogue.left_out}):
            raise UsageFault(f"case {slow[0]} takes minutes, and is run with --podconform-slow only")
        collect.select(named, self.catalogue.cases)
        config.args[:] = paths if given else []
        return named, Path(worker["podconform_folder"]) if worker else None

    # ---- what pytest says of the run

    def pytest_report_header(self) -> list[str]:
        """Say what is judged, by what, and with which settings."""
        chosen = " ".join(f"{name.removeprefix('--podconform-')}: {value}" for name, value in self.options.items() if value)
        return [f"podconform {__version__}  {chosen}  requirements: {VERSION}"]

    # ---- collection

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Put the registry before whatever else the session collects."""
        report = yield
        if isinstance(collector, pytest.Session):
            registry = Registry.from_parent(collector, name=collect.ROOT, nodeid=collect.ROOT, make=self._items)
            report.result = [registry, *(report.result or [])]
        return report

    def _items(self, parent: Registry) -> Iterator[CaseItem]:
        catalogue = self.catalogue
        recorded = {result.id for result in self._evidence.cases} if self._evidence else catalogue.cases.keys()
        for name in collect.select(self._named, catalogue.cases) or catalogue.cases:
            if name not in recorded:
                continue
            yield CaseItem.from_parent(
                parent,
                name=name,
                info=catalogue.cases[name],
                level=catalogue.level(name),
                nominal=catalogue.nominal.get(name, 0.0),
                wait=self._wait,
            )

    # ---- running

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Start the experiments of all selected cases, and wait until the runtime is ready; without it, run nothing."""
        selected = [item.info.id for item in session.items if isinstance(item, CaseItem)]
        if self._evidence is not None:
            self._replay(selected, self._evidence)
            return None
        option = session.config.option
        in_vain = session.testsfailed and not option.continue_on_collection_errors
        if option.collectonly or self._worker_folder or not selected or in_vain:
            return None
        engine = self._start(selected)
        while not engine.ready.wait(PATIENCE):
            self._progress.show(engine)
        self._progress.clear()
        return None if engine.failure is None else True  # there is nothing to wait for

    def _replay(self, selected: list[str], evidence: Report) -> None:
        cases = {name: self.catalogue.cases[name] for name in selected}
        self._replayed = replay.outcomes(evidence, cases, strict=self.options["--podconform-strict"] == "yes")

    def _start(self, selected: list[str]) -> Engine:
        catalogue = self.catalogue
        self._engine = engine = self._engine_class()(
            [catalogue.cases[name] for name in selected],
            functools.partial(load.load, self._runtime_path),
            self._progress.say,
            requirements=catalogue.requirements,
            profile=catalogue.profile,
            nominal=catalogue.nominal,
            options=self.options,
        )
        engine.start()
        return engine

    def _engine_class(self) -> type[Engine]:
        if not self.options["--podconform-nodes"]:
            return Engine
        from .fleet import Fleet  # noqa: PLC0415 - it needs an extra

        return Fleet

    def _wait(self, case: str) -> Outcome:
        if self._evidence is not None:
            return self._replayed[case]
        if self._worker_folder is not None:
            return share.wait(self._worker_folder, case)
        assert self._engine is not None
        while True:
            try:
                outcome = self._engine.wait(case, PATIENCE)
            except TimeoutError:
                self._progress.show(self._engine)
            else:
                self._progress.clear()
                return outcome

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Report how long the experiment took, not the wait for it, and what a failure was."""
        report = yield
        if isinstance(item, CaseItem) and call.when == "call":
            report.duration = item.lasted or report.duration
            if call.excinfo is not None and call.excinfo.errisinstance(collect.CaseFailed):
                assert item.outcome is not None
                report.longrepr = self._explain(item.outcome)
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

    def _explain(self, outcome: Outcome) -> str:
        report = self._build_report({outcome.case: outcome})
        return explain(report.cases[0], self.catalogue.requirements)

    # ---- xdist

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where it finds the verdicts."""
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="podconform-")
        node.workerinput["podconform_folder"] = self._scratch.name

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Start the experiments when the first worker has said what is selected."""
        selected, _ = collect.split_arguments(ids)
        if self._evidence is not None:
            self._replay(selected, self._evidence)
        elif self._engine is None and selected and self._scratch is not None:
            folder = Path(self._scratch.name)
            self._start(selected).on_decided(functools.partial(share.write, folder))

    # ---- the end

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End what still runs, write the report, and set the exit status that the gate asks for."""
        engine = self._engine
        if engine is not None:
            engine.stop()
            if engine.failure is not None:
                self._progress.complain(str(engine.failure))
            self._finish(session, {outcome.case: outcome for outcome in engine.decided()})
        elif self._replayed and self._worker_folder is None:
            self._finish(session, self._replayed)

    def _finish(self, session: pytest.Session, outcomes: Mapping[str, Outcome]) -> None:
        self._report = report = self._build_report(outcomes)
        try:
            self._where = str(files.write(report, Path(self.options["--podconform-report"])))
        except PodconformError as error:
            self._where = str(error)
            session.exitstatus = COULD_NOT_JUDGE
            return
        if session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            session.exitstatus = self._exit_status(report)

    def _exit_status(self, report: Report) -> int:
        """Weigh what the gate says against what else went wrong."""
        failure = self._engine.failure if self._engine else None
        if self._others_failed or report.gate == "nonconformant":
            return pytest.ExitCode.TESTS_FAILED
        if failure is not None:
            return pytest.ExitCode.USAGE_ERROR if isinstance(failure, UsageFault) else COULD_NOT_JUDGE
        return report.exit_status

    def _build_report(self, outcomes: Mapping[str, Outcome]) -> Report:
        evidence = self._evidence
        wall_s = time.monotonic() - self._began
        return build_report(
            self.catalogue,
            outcomes,
            subject=evidence.runtime if evidence else subject_of(self._engine, self.options["--podconform-runtime"]),
            timing=evidence.timing if evidence else timing_of(self.catalogue, self._engine, wall_s),
            configuration=evidence.configuration if evidence else self.options,
            started_at=evidence.started_at if evidence else self._started_at,
            nodes=evidence.nodes if evidence else getattr(self._engine, "nodes", ()),
        )

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
