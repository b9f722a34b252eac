"""Evidence that real kubelets left, judged again."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pytest_podconform.errors import UsageFault
from pytest_podconform.evidence.events import Event
from pytest_podconform.evidence.status import PodUnready
from pytest_podconform.evidence.target import FileShown, ProbeHit, ProgramStarted, StartDetails
from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.report import files, replay
from pytest_podconform.report.document import Report
from pytest_podconform.report.replay import rejudge
from pytest_podconform.requirements import load_requirements
from tests.running import planned

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = load_cases(load_requirements())


def recorded(name: str) -> Report:
    return files.read(GOLDEN / name)


def of(report: Report, case: str) -> CaseResult:
    return next(result for result in report.cases if result.id == case)


GOOD = recorded("kubelet-1.34.4.json.gz")
BAD = recorded("kubelet-1.35.4-gating.json.gz")


def test_evidence_of_the_kubelets_side_fails_where_the_documentation_alone_decides() -> None:
    report = files.read(GOLDEN.parent.parent / "docs/reports/kubernetes-1.34.4/cluster/report.json.gz")
    name = "lifecycle/phases/one-container-never-starts"
    cases = planned(name)

    assert replay.rejudged(report, cases)[name].verdict is Verdict.PASS
    assert replay.rejudged(report, cases, strict=True)[name].verdict is Verdict.FAIL


def test_a_record_that_was_interrupted_stays_inconclusive() -> None:
    result = msgspec.structs.replace(GOOD.cases[0], verdict=Verdict.INCONCLUSIVE, expectations=(), reason="the server was away")
    report = msgspec.structs.replace(GOOD, cases=(result,))

    outcome = replay.rejudged(report, planned(result.id))[result.id]
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "the server was away")


@pytest.mark.parametrize("result", GOOD.cases, ids=lambda result: result.id)
def test_a_good_kubelet_passes(result: CaseResult) -> None:
    judgement = rejudge(result, CASES[result.id])

    assert judgement.verdict is result.verdict is Verdict.PASS
    assert judgement.decisions == result.expectations


def test_five_topics_are_recorded() -> None:
    assert {result.id.partition("[")[0] for result in GOOD.cases} == {
        "dns/resolv-conf/cluster-first",
        "probes/liveness/failures-must-be-consecutive",
        "probes/readiness/leaves-and-returns",
        "probes/startup/gates-again-after-a-restart",
        "probes/timing/late-answer-kills",
    }


def test_the_good_kubelet_has_its_stray_probe_and_passes_all_the_same() -> None:
    result = of(GOOD, "probes/startup/gates-again-after-a-restart")
    hits = [event for event in result.timeline if isinstance(event, ProbeHit) and event.instance == 1]
    success = next(hit.at for hit in hits if hit.data.probe == "startup" and hit.data.n == 2)

    strays = [hit for hit in hits if hit.data.probe == "readiness" and hit.at < success]
    assert len(strays) == 1


def test_the_kubelet_with_the_gating_bug_fails() -> None:
    (result,) = BAD.cases

    judgement = rejudge(result, CASES[result.id])

    assert judgement.verdict is result.verdict is Verdict.FAIL
    assert judgement.first_red is not None
    assert judgement.first_red.expected.startswith("at most 1 x readiness probe after restart 1")


# One change to good evidence, and the first word of the expectation that it must break.
TAMPERED: list[tuple[str, Callable[[Event], bool], str]] = [
    ("probes/liveness/failures-must-be-consecutive", lambda e: isinstance(e, ProbeHit) and e.data.n == 6, "no restart before"),
    ("probes/readiness/leaves-and-returns", lambda e: isinstance(e, PodUnready), "not Ready soon"),
    ("probes/timing/late-answer-kills[exec]", lambda e: isinstance(e, ProgramStarted) and e.instance == 1, "restart soon"),
    ("dns/resolv-conf/cluster-first[said]", lambda e: isinstance(e, FileShown), "/etc/resolv.conf"),
]


@pytest.mark.parametrize(("case", "unwanted", "broken"), TAMPERED, ids=[row[0] for row in TAMPERED])
def test_evidence_that_lacks_an_event_passes_no_more(case: str, unwanted: Callable[[Event], bool], broken: str) -> None:
    result = of(GOOD, case)
    without = [event for event in result.timeline if not unwanted(event)]
    assert len(without) < len(result.timeline)

    judgement = rejudge(msgspec.structs.replace(result, timeline=tuple(without)), CASES[case])

    assert judgement.verdict in {Verdict.FAIL, Verdict.SETUP_ERROR, Verdict.INCONCLUSIVE}
    assert any(decision.expected.startswith(broken) for decision in judgement.decisions if decision.verdict is not Verdict.PASS)


def test_evidence_with_a_kill_too_early_fails() -> None:
    result = of(GOOD, "probes/liveness/failures-must-be-consecutive")
    fifth = next(event.at for event in result.timeline if isinstance(event, ProbeHit) and event.data.n == 5)
    early = ProgramStarted(at=fifth + 0.05, instance=1, container="app", data=StartDetails("app", 1, age=0.0))

    judgement = rejudge(msgspec.structs.replace(result, timeline=(*result.timeline, early)), CASES[result.id])

    assert judgement.first_red is not None
    assert judgement.first_red.expected == "no restart before probe #6"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        (b"{", "is no whole report"),
        (b'{"schema_version": 1}', "missing required field"),
        (b'{"schema_version": 99}', "schema version 99; this release reads 1"),
    ],
)
def test_a_damaged_report_is_a_clear_error(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "report.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageFault, match=says):
        files.read(path)


def test_a_truncated_report_is_a_clear_error(tmp_path: Path) -> None:
    whole = files.read_json(GOLDEN / "kubelet-1.34.4.json.gz")
    path = tmp_path / "report.json"
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(UsageFault, match="is no whole report"):
        files.read(path)


def test_a_compressed_report_is_read_under_any_name(tmp_path: Path) -> None:
    compressed = GOLDEN / "kubelet-1.34.4.json.gz"
    plain, renamed = tmp_path / "report.json", tmp_path / "downloaded"
    plain.write_bytes(files.read_json(compressed))
    renamed.write_bytes(compressed.read_bytes())

    assert files.read(plain) == files.read(renamed) == files.read(compressed)


def test_equal_reports_are_compressed_to_equal_bytes() -> None:
    data = files.read_json(GOLDEN / "kubelet-1.34.4.json.gz")

    compressed = files.compress(data)

    assert files.compress(data) == compressed
    assert compressed[4:8] == bytes(4), "the time of RFC 1952"


COMPRESSED = (GOLDEN / "kubelet-1.34.4.json.gz").read_bytes()
DAMAGED = {
    "half": (COMPRESSED[: len(COMPRESSED) // 2], "end-of-stream marker"),
    "header only": (COMPRESSED[:12], "end-of-stream marker"),
    "overwritten": (COMPRESSED[:5000] + bytes(200) + COMPRESSED[5200:], "while decompressing|CRC check failed"),
    "empty": (b"", "truncated"),
    "not compressed": (gzip.decompress(COMPRESSED), "Not a gzipped file"),
    "trailing data": (COMPRESSED + b"more", "Not a gzipped file"),
    "half before compression": (gzip.compress(gzip.decompress(COMPRESSED)[:1000]), "truncated"),
}


@pytest.mark.parametrize(("content", "says"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_compressed_report_is_a_clear_error(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "report.json.gz"
    path.write_bytes(content)

    with pytest.raises(UsageFault, match=f"is no whole report: .*({says})") as raised:
        files.read(path)

    assert raised.value.do == ("write it again with --podconform-report",)
