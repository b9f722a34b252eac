"""`--podconform-nodes`: the cases on many nodes at once, each judged by a harness of its own, one report for all.

A node's monotonic clock is its own, so the harness goes to the node: a Pod on each, pinned, which leaves its report in a
ConfigMap. Of each case the worst outcome counts, and says which node it is of.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.experiment.adapter import options_of, shielded
from pytest_podconform.experiment.summary import NodeResult, Subject
from pytest_podconform.judge.verdict import BROKEN, Verdict, worst
from pytest_podconform.report import replay
from pytest_podconform.report.document import Report
from pytest_podconform.runtimes.kubernetes.client import Client, connect
from pytest_podconform.runtimes.kubernetes.options import KubernetesOptions
from pytest_podconform.runtimes.kubernetes.scout import PULL_POLICY
from pytest_podconform.runtimes.kubernetes.watch import Pods

from .shard import Installed, Shard, select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_podconform.experiment.live import RunSettings
    from pytest_podconform.experiment.plan import PlannedCase
    from pytest_podconform.experiment.smoke import Latencies
    from pytest_podconform.judge.result import CaseResult
    from pytest_podconform.model.manifest import Manifest
    from pytest_podconform.runtimes.interface import Runtime

SLACK: Final = 600.0  # seconds for a harness to be pulled and started, and for all that is not the longest case


class FleetRun:
    """The work of a fleet: a harness on each node, and of each case the worst result; `nodes` says what became of each."""

    latencies: Latencies | None = None
    engine_work_s = 0.0

    def __init__(
        self,
        load_runtime: Callable[[], type[Runtime]],
        settings: RunSettings,
        harness_options: Sequence[str],
        say: Callable[[str], None],
        *,
        run_id: str,
    ) -> None:
        self._load_runtime = load_runtime
        self._settings = settings
        assert isinstance(settings.options, KubernetesOptions)
        self._options = settings.options
        self._harness_options = harness_options
        self._say = say
        self._run_id = run_id
        self._capabilities: dict[str, bool | str] = {}
        self.nodes: tuple[NodeResult, ...] = ()

    @property
    def subject(self) -> Subject:
        """How many nodes are judged."""
        name = f"kubernetes ({len(self.nodes)} nodes)" if self.nodes else self._settings.runtime
        return Subject(name=name, option=self._settings.runtime, capabilities=self._capabilities)

    def prepare(self) -> type[asyncio.AbstractEventLoop] | None:
        """Import the runtime for its capabilities; it runs on the nodes."""
        runtime = self._load_runtime()
        options_of(runtime, self._options, self._settings.runtime)
        self._capabilities = msgspec.structs.asdict(runtime.capabilities)
        return None

    async def run(self, cases: Sequence[PlannedCase], ready: Callable[[], None], decide: Callable[[CaseResult], None]) -> None:
        """Run all cases on all nodes; whatever happens, what has been installed is removed."""
        client = await connect(self._options.context)
        installed = Installed(client, f"podconform-{self._run_id}")
        try:
            chosen = await select(client, self._options.nodes, self._say)
            await installed.install()
            ready()
            reports = await self._judge(client, installed, chosen, cases)
        finally:
            await shielded(installed.remove())
            await client.close()
        self.nodes = tuple(_result(name, report) for name, report in reports.items())
        for result in merged(reports, cases, strict=self._settings.strict).values():
            decide(result)

    async def _judge(
        self, client: Client, installed: Installed, nodes: Iterable[str], cases: Sequence[PlannedCase]
    ) -> dict[str, Report | str]:
        pods = Pods(client, installed.namespace)
        watching = asyncio.create_task(pods.run())
        shards = [Shard(client, pods, installed.namespace, number, node) for number, node in enumerate(nodes)]
        limit = SLACK + 2 * max(case.nominal_s or 0.0 for case in cases)
        arguments = [*self._harness_options, *(f"podconform::{case.id}" for case in cases)]
        policy = self._options.pull_policy or PULL_POLICY
        try:
            pod_of = functools.partial(Shard.pod, prefix=self._settings.image_prefix, policy=policy, arguments=arguments)
            found = await asyncio.gather(*(self._one(shard, pod_of(shard), limit) for shard in shards))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return {shard.node: report for shard, report in zip(shards, found, strict=True)}

    async def _one(self, shard: Shard, pod: Manifest, limit: float) -> Report | str:
        report = await shard.judge(pod, limit)
        self._say(f"node {shard.node}: {report.headline if isinstance(report, Report) else report}")
        return report


def merged(reports: Mapping[str, Report | str], cases: Sequence[PlannedCase], *, strict: bool = False) -> dict[str, CaseResult]:
    """Return the worst result of each case, with the node that it is of."""
    found: dict[str, CaseResult] = {}
    for node, report in reports.items():
        for name, result in _results(report, cases, strict=strict).items():
            named = msgspec.structs.replace(result, reason=f"node {node}: {result.reason}".rstrip(": "))
            before = found.get(name)
            if before is None or worst(_severity(before), _severity(named)) is not _severity(before):
                found[name] = named
    return found


def _severity(result: CaseResult) -> Verdict:
    """Return by what a result is compared: a broken expectation is worse than none that could be judged, whatever its level."""
    return Verdict.FAIL if result.verdict in BROKEN else result.verdict


def _results(report: Report | str, cases: Sequence[PlannedCase], *, strict: bool) -> dict[str, CaseResult]:
    if isinstance(report, Report):
        return replay.rejudged(report, cases, strict=strict)
    return {case.id: case.result(Verdict.HARNESS_ERROR, report) for case in cases}


def _result(name: str, report: Report | str) -> NodeResult:
    if isinstance(report, str):
        return NodeResult(name=name, gate="inconclusive", headline=report, verdicts={})
    verdicts = {case.id: case.verdict for case in report.cases}
    return NodeResult(name=name, gate=report.gate, headline=report.headline, verdicts=verdicts)
