"""The sources of verdicts: each answers a session in the same way."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest

from pytest_podconform.experiment.summary import RunSummary
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.report import files
from pytest_podconform.report.replay import Replay
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from pytest_podconform.session.source import VerdictSource
from pytest_podconform.session.worker import WorkerSource, publish
from tests.running import CATALOGUE, source

GOLDEN = Path(__file__).parents[1] / "golden/kubelet-1.34.4.json.gz"
CASES = ["probes/liveness/failures-must-be-consecutive", "probes/readiness/leaves-and-returns"]


def live() -> VerdictSource:
    return source(lambda: SimulatedRuntime, nominal=CATALOGUE.nominal)


def replayed() -> VerdictSource:
    return Replay(files.read(GOLDEN), CATALOGUE, strict=False)


@pytest.mark.parametrize("made", [live, replayed])
def test_a_source_decides_each_case_once_and_reports_them_all(made: type[VerdictSource]) -> None:
    verdicts = made()
    decided: list[CaseResult] = []

    verdicts.start(CASES, decided.append)

    assert verdicts.wait_until_ready(20)
    results = {case: verdicts.result(case, 20) for case in CASES}
    assert verdicts.progress() == (len(CASES), [])
    summary = verdicts.stop()
    assert summary is not None
    assert summary.results == results
    assert sorted(decided, key=lambda result: result.id) == [results[case] for case in sorted(CASES)]
    assert {result.verdict for result in results.values()} == {Verdict.PASS}
    assert verdicts.failure is None


@pytest.mark.parametrize("made", [live, replayed])
def test_a_source_that_has_not_started_has_nothing_to_report(made: type[VerdictSource]) -> None:
    assert made().stop() is None


def test_a_worker_reads_what_the_controller_publishes(tmp_path: Path) -> None:
    controller, worker = replayed(), WorkerSource(tmp_path)
    worker.start(CASES)

    with pytest.raises(TimeoutError):
        worker.result(CASES[0], 0)
    controller.start(CASES, lambda result: publish(tmp_path, result))

    assert worker.wait_until_ready(0)
    assert {case: worker.result(case, 1) for case in CASES} == {case: controller.result(case, 1) for case in CASES}
    assert worker.stop() is None
    assert not list(tmp_path.glob("*.part"))


def test_a_worker_waits_for_a_result(tmp_path: Path) -> None:
    controller, worker = replayed(), WorkerSource(tmp_path)
    controller.start(CASES)
    later = threading.Timer(0.1, lambda: publish(tmp_path, controller.result(CASES[0], 1)))
    later.start()

    assert worker.result(CASES[0], 10).id == CASES[0]
    later.join()


def test_a_replay_judges_the_evidence_and_keeps_what_was_recorded() -> None:
    report = files.read(GOLDEN)
    broken = msgspec.structs.replace(report.cases[0], timeline=())
    verdicts = Replay(msgspec.structs.replace(report, cases=(broken,)), CATALOGUE, strict=False)

    verdicts.start([broken.id])

    summary = verdicts.stop()
    assert isinstance(summary, RunSummary)
    assert summary.results[broken.id].verdict is not Verdict.PASS
    assert (summary.subject, summary.timing, summary.started_at) == (report.runtime, report.timing, report.started_at)
