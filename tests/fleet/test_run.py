"""Many nodes, each with a harness of its own, and one report."""

from __future__ import annotations

import asyncio
import base64
import gzip
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_podconform.errors import EnvironmentFault, UsageFault
from pytest_podconform.experiment.background import BackgroundSource
from pytest_podconform.experiment.live import RunSettings
from pytest_podconform.experiment.summary import NodeResult, RunSummary
from pytest_podconform.fleet import shard
from pytest_podconform.fleet.incluster import KEY
from pytest_podconform.fleet.run import FleetRun, merged
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.report import files, markdown
from pytest_podconform.report.document import Report
from pytest_podconform.runtimes.kubernetes import KubernetesRuntime
from pytest_podconform.runtimes.kubernetes.options import KubernetesOptions
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from tests.running import planned
from tests.runtimes import fake_api, kubeconfig
from tests.runtimes.fake_api import FakeAPI, running

GOLDEN = Path(__file__).parents[1] / "golden"
GOOD = files.read(GOLDEN / "kubelet-1.34.4.json.gz")
BAD = files.read(GOLDEN / "kubelet-1.35.4-gating.json.gz")
CASE = "probes/startup/gates-again-after-a-restart"
CASES = planned(CASE)


def test_the_worst_node_counts_and_is_named() -> None:
    outcome = merged({"good": GOOD, "bad": BAD, "fine": GOOD}, CASES)[CASE]

    assert outcome.verdict is Verdict.FAIL
    assert outcome.reason.startswith("node bad")
    assert outcome.timeline
    assert merged({"good": GOOD}, CASES)[CASE].verdict is Verdict.PASS


def test_what_a_node_has_judged_strictly_stays_so() -> None:
    report = files.read(Path(__file__).parents[2] / "docs/reports/kubernetes-1.34.4/cluster/report.json.gz")
    name = "lifecycle/phases/one-container-never-starts"
    cases = planned(name)

    assert merged({"n": report}, cases)[name].verdict is Verdict.PASS
    assert merged({"n": report}, cases, strict=True)[name].verdict is Verdict.FAIL


def test_a_node_without_a_report_is_never_green() -> None:
    outcome = merged({"good": GOOD, "gone": "its harness left no report"}, CASES)[CASE]

    assert (outcome.verdict, outcome.reason) == (Verdict.HARNESS_ERROR, "node gone: its harness left no report")


def test_a_red_node_weighs_more_than_one_without_a_report() -> None:
    assert merged({"gone": "no report", "bad": BAD}, CASES)[CASE].verdict is Verdict.FAIL


def left(report: Report) -> dict[str, Any]:
    return {"binaryData": {KEY: base64.b64encode(gzip.compress(msgspec.json.encode(report))).decode()}}


async def judge(
    api: FakeAPI, folder: Path, monkeypatch: pytest.MonkeyPatch, wanted: str = "all"
) -> tuple[RunSummary, list[str]]:
    """Run a fleet against the stand-in; each shard ends as the test has arranged it."""
    told: list[str] = []
    settings = RunSettings("kubernetes", KubernetesOptions(nodes=wanted))
    work = FleetRun(lambda: KubernetesRuntime, settings, ["--podconform-slow"], told.append, run_id="r1")

    async with api.running() as url:
        kubeconfig.use(url, folder, monkeypatch)
        summary = await asyncio.to_thread(_run, BackgroundSource(work, lambda _selected: CASES, {}))
    return summary, told


def _run(source: BackgroundSource) -> RunSummary:
    source.start([CASE])
    source.wait_until_ready(20)
    source.result(CASE, 20)
    summary = source.stop()
    assert summary is not None
    return summary


def arrange(api: FakeAPI, *reports: Report | None) -> None:
    """Give the API server as many nodes as there are reports, and let each shard leave its own."""
    api.nodes = [fake_api.node(f"n{number}") for number, _ in enumerate(reports)]
    for number, report in enumerate(reports):
        if report is not None:
            api.objects[f"/api/v1/namespaces/podconform-r1/configmaps/podconform-{number}"] = left(report)
    api.logs = {"current": [[b"one\n", b"usage: no such case\n"]]}
    api.start_pods_with({"phase": "Succeeded"})


def test_another_runtime_than_that_of_the_harnesses_is_a_usage_error() -> None:
    settings = RunSettings("adapters:Mine", KubernetesOptions(nodes="all"))
    work = FleetRun(lambda: SimulatedRuntime, settings, [], print, run_id="r1")

    summary = _run(BackgroundSource(work, lambda _selected: CASES, {}))

    assert isinstance(summary.failure, UsageFault)
    assert summary.failure.what == "--podconform-nodes has no effect on the runtime adapters:Mine"


@pytest.mark.asyncio
async def test_each_node_gets_a_harness_and_all_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeAPI()
    arrange(api, GOOD, BAD, None)

    run, told = await judge(api, tmp_path, monkeypatch)

    pods = [made for made in api.created if made["kind"] == "Pod"]
    assert run.failure is None
    assert [pod["spec"]["nodeName"] for pod in pods] == ["n0", "n1", "n2"]
    assert pods[0]["spec"]["serviceAccountName"] == "podconform-r1"
    assert pods[0]["spec"]["containers"][0]["command"][-2:] == ["--podconform-slow", f"podconform::{CASE}"]
    assert run.results[CASE].reason.startswith("node n1")
    assert [node.gate for node in run.nodes] == [GOOD.gate, BAD.gate, "inconclusive"]
    assert "left no report: one / usage: no such case" in run.nodes[2].headline
    assert any(line.startswith("node n0: ") for line in told)
    assert [path.split("/")[-2:] for path in api.deleted] == [
        ["pods", "podconform-0"],  # first: while they may still remove what they have made
        ["pods", "podconform-1"],
        ["pods", "podconform-2"],
        ["clusterrolebindings", "podconform-r1"],
        ["clusterroles", "podconform-r1"],
        ["namespaces", "podconform-r1"],
    ]


@pytest.mark.asyncio
async def test_a_node_that_cannot_pull_the_harness_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeAPI()
    arrange(api, None)
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "no such host"}}
    api.start_pods_with(running("", state=waiting))

    run, _ = await judge(api, tmp_path, monkeypatch)

    assert run.results[CASE].verdict is Verdict.HARNESS_ERROR
    assert "ErrImagePull" in run.results[CASE].reason


@pytest.mark.parametrize(
    ("wanted", "kind", "says"),
    [("gpu", UsageFault, "no node has the label 'gpu'"), ("all", EnvironmentFault, "no node of the")],
)
@pytest.mark.asyncio
async def test_nodes_that_cannot_be_judged_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, kind: type[Exception], says: str
) -> None:
    api = FakeAPI()
    arrange(api, GOOD)
    api.nodes = [fake_api.node("n0", conditions=[])]

    run, _ = await judge(api, tmp_path, monkeypatch, wanted)

    assert isinstance(run.failure, kind)
    assert says in str(run.failure)
    assert run.results[CASE] == CASES[0].result(Verdict.NOT_RUN, run.failure.args[0])


@pytest.mark.asyncio
async def test_a_node_that_is_not_fit_is_named_and_the_others_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeAPI()
    arrange(api, GOOD)
    api.nodes.append(fake_api.node("n1", conditions=[{"type": "Ready", "status": "False", "message": "asleep"}]))

    run, told = await judge(api, tmp_path, monkeypatch)

    assert run.results[CASE].verdict is Verdict.PASS
    assert "node n1 is not judged: not ready: asleep" in told


@pytest.mark.parametrize(("wanted", "fits"), [("pool=a", True), ("pool", True), ("pool=b", False), ("none", False)])
def test_a_label_is_meant_with_or_without_its_value(wanted: str, *, fits: bool) -> None:
    assert shard.has_label({"metadata": {"labels": {"pool": "a"}}}, wanted) is fits


def test_the_page_has_a_row_for_each_node() -> None:
    nodes = (
        NodeResult(name="n0", gate="conformant", headline="CONFORMANT", verdicts={CASE: Verdict.PASS}),
        NodeResult(name="n1", gate="nonconformant", headline="NONCONFORMANT", verdicts={CASE: Verdict.FAIL}),
    )
    page = markdown.render(msgspec.structs.replace(GOOD, nodes=nodes))

    assert "| n0 | CONFORMANT |  |" in page
    assert f"| n1 | NONCONFORMANT | `{CASE}` |" in page
