"""`--podconform-nodes`: the cases on many nodes at once, each judged by a harness of its own, one report for all.

A node's monotonic clock is its own, so the harness goes to the node: a Pod on each, pinned, which leaves its report in a
ConfigMap. Of each case the worst outcome counts, and says which node it is of.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .errors import PodconformError, UsageFault
from .experiment.engine import Engine, Outcome, undisturbed
from .fixtures.harness import image
from .incluster import KEY
from .judge.verdict import Verdict, worst
from .model.manifest import Manifest
from .report import replay
from .report.document import NodeResult, Report
from .runtimes.interface import Interrupted
from .runtimes.kubernetes.client import APIError, Client, NotFoundError, connect
from .runtimes.kubernetes.node import fit, unfit
from .runtimes.kubernetes.scout import image_fault, pull_policy
from .runtimes.kubernetes.watch import Pods, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .judge.case import CaseInfo
    from .runtimes.interface import Runtime

ALL: Final = "all"
RBAC: Final = Path(image.__file__).with_name("rbac.yaml")
JOB: Final = Path(image.__file__).with_name("job.yaml")
FORWARDED: Final = ("--podconform-profile", "--podconform-image-prefix", "--podconform-pull-policy")
FLAGS: Final = ("--podconform-slow", "--podconform-strict")
SLACK: Final = 600.0  # seconds for a harness to be pulled and started, and for all that is not the longest case
LAST_LINES: Final = 5
FOLDERS: Final = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{namespace}/serviceaccounts",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings",
}
"""Where objects of each kind are created."""

Object = Manifest


class Fleet(Engine):
    """An engine whose experiments run elsewhere; `nodes` says what became of each."""

    nodes: tuple[NodeResult, ...] = ()

    @property
    def subject(self) -> str:
        """How many nodes are judged."""
        return f"kubernetes ({len(self.nodes)} nodes)" if self.nodes else ""

    async def _open_and_run(self, runtime: Runtime) -> None:
        self.capabilities = runtime.capabilities
        self._ready_at = time.monotonic()
        client = await connect(self._run.options.get("--podconform-context", ""))
        installed = Installed(client, f"podconform-{self._run.id}")
        try:
            chosen = await select(client, self._run.options["--podconform-nodes"], self._run.say)
            await installed.install()
            self.ready.set()
            reports = await self._judge(client, installed, chosen)
        finally:
            await undisturbed(installed.remove())
            await client.close()
        self.nodes = tuple(_result(name, report) for name, report in reports.items())
        strict = self._run.options.get("--podconform-strict") == "yes"
        for outcome in merged(reports, {case.id: case for case in self._cases}, strict=strict).values():
            self._decide(outcome)

    async def _judge(self, client: Client, installed: Installed, nodes: Iterable[str]) -> dict[str, Report | str]:
        pods = Pods(client, installed.namespace)
        watching = asyncio.create_task(pods.run())
        shards = [Shard(client, pods, installed.namespace, number, node) for number, node in enumerate(nodes)]
        limit = SLACK + 2 * max(self._nominal.get(case.id, 0.0) for case in self._cases)
        arguments = [f"{name}={value}" for name in FORWARDED if (value := self._run.options.get(name))]
        arguments += [name for name in FLAGS if self._run.options.get(name) == "yes"]
        arguments += [f"podconform::{case.id}" for case in self._cases]
        prefix = self._run.options.get("--podconform-image-prefix", "")
        policy = pull_policy(self._run.options)
        try:
            found = await asyncio.gather(*(self._one(shard, shard.pod(prefix, policy, arguments), limit) for shard in shards))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return {shard.node: report for shard, report in zip(shards, found, strict=True)}

    async def _one(self, shard: Shard, pod: Object, limit: float) -> Report | str:
        report = await shard.judge(pod, limit)
        self._run.say(f"node {shard.node}: {report.headline if isinstance(report, Report) else report}")
        return report


async def select(client: Client, wanted: str, say: Any) -> list[str]:
    """Return the names of the nodes that are meant and can be judged; those that cannot are named.

    Raises:
        UsageFault: no node is meant.
        EnvironmentFault: none of them can be judged.

    """
    nodes: list[Object] = (await client.get("/api/v1/nodes"))["items"]
    meant = [node for node in nodes if wanted == ALL or has_label(node, wanted)]
    if not meant:
        do = ["kubectl get nodes --show-labels"]
        raise UsageFault(f"--podconform-nodes: no node has the label {wanted!r}", do=do)
    reasons = unfit(meant)
    for name, reason in reasons.items():
        say(f"node {name} is not judged: {reason}")
    return [node["metadata"]["name"] for node in fit(meant, reasons)]


def has_label(node: Object, wanted: str) -> bool:
    """Tell whether a node has a label, `name` or `name=value`."""
    name, _, value = wanted.partition("=")
    labels = node["metadata"].get("labels", {})
    return name in labels and value in {"", labels[name]}


class Installed:
    """The namespace of the shards, with an account that may do what a run needs, and no more."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.namespace = name
        self._made: list[str] = []

    async def install(self) -> None:
        """Create it all, under names of this run's own."""
        import yaml  # noqa: PLC0415 - it comes with the extra `kubernetes`

        text = re.sub(r"(name|namespace): podconform\b", rf"\1: {self.namespace}", RBAC.read_text(encoding="utf-8"))
        for made in yaml.safe_load_all(text):
            folder = FOLDERS[made["kind"]].format(namespace=self.namespace)
            await self._client.post(folder, made)
            self._made.append(f"{folder}/{made['metadata']['name']}")

    async def remove(self) -> None:
        """Remove what stands outside of the namespace, and the namespace with the rest."""
        here = f"/api/v1/namespaces/{self.namespace}"
        with contextlib.suppress(APIError, PodconformError):  # while they may still remove what they have made
            for pod in (await self._client.get(f"{here}/pods"))["items"] or ():
                await self._client.delete(f"{here}/pods/{pod['metadata']['name']}")
        for path in reversed(self._made):
            if f"/{self.namespace}/" not in path:
                with contextlib.suppress(APIError, PodconformError):
                    await self._client.delete(path)


class Shard:
    """A harness on one node."""

    def __init__(self, client: Client, pods: Pods, namespace: str, number: int, node: str) -> None:
        self._client = client
        self._pods = pods
        self._namespace = namespace
        self._name = f"podconform-{number}"
        self.node = node

    def pod(self, prefix: str, policy: str, arguments: list[str]) -> Object:
        """Return the Pod: the one of the Job, pinned."""
        import yaml  # noqa: PLC0415 - likewise

        spec = yaml.safe_load(JOB.read_text(encoding="utf-8"))["spec"]["template"]["spec"]
        container = spec["containers"][0]
        container |= {"image": image.tag(prefix), "imagePullPolicy": policy}
        container["command"] += arguments
        container["env"][-1]["value"] = self._name
        spec |= {"nodeName": self.node, "serviceAccountName": self._namespace}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self._name}, "spec": spec}

    async def judge(self, pod: Object, limit: float) -> Report | str:
        """Run it to its end and return its report, or why there is none."""
        try:
            await self._client.post(f"/api/v1/namespaces/{self._namespace}/pods", pod)
            async with asyncio.timeout(limit):
                fault = await self._end()
            return fault or await self._report()
        except TimeoutError:
            return f"its harness did not end within {limit:.0f} s"
        except Exception as error:  # noqa: BLE001 - what becomes of one node costs no other its report
            return f"{type(error).__name__}: {error}"

    async def _end(self) -> str:
        """Wait until the harness has ended; return why it cannot start, if so."""
        while True:
            with contextlib.suppress(Interrupted):  # when it ended does not matter
                async for version in self._pods.follow(self._name):
                    if (fault := image_fault(version)) is not None:
                        return fault.what
                    if status_of(version).phase in {"Succeeded", "Failed"}:
                        return ""
                return "somebody has deleted its harness"

    async def _report(self) -> Report | str:
        here = f"/api/v1/namespaces/{self._namespace}"
        try:
            left = await self._client.get(f"{here}/configmaps/{self._name}")
        except NotFoundError:
            log = await self._client.text(f"{here}/pods/{self._name}/log")
            return f"its harness left no report: {' / '.join(log.strip().splitlines()[-LAST_LINES:])}"
        return msgspec.json.decode(gzip.decompress(base64.b64decode(left["binaryData"][KEY])), type=Report)


def merged(reports: Mapping[str, Report | str], cases: Mapping[str, CaseInfo], *, strict: bool = False) -> dict[str, Outcome]:
    """Return the worst outcome of each case, with the node that it is of."""
    found: dict[str, Outcome] = {}
    for node, report in reports.items():
        for name, outcome in _outcomes(report, cases, strict=strict).items():
            named = msgspec.structs.replace(outcome, reason=f"node {node}: {outcome.reason}".rstrip(": "))
            before = found.get(name)
            if before is None or worst(before.verdict, named.verdict) is not before.verdict:
                found[name] = named
    return found


def _outcomes(report: Report | str, cases: Mapping[str, CaseInfo], *, strict: bool) -> dict[str, Outcome]:
    if isinstance(report, Report):
        return replay.outcomes(report, cases, strict=strict)
    return {name: Outcome(case=name, verdict=Verdict.HARNESS_ERROR, reason=report) for name in cases}


def _result(name: str, report: Report | str) -> NodeResult:
    if isinstance(report, str):
        return NodeResult(name=name, gate="inconclusive", headline=report, verdicts={})
    verdicts = {case.id: case.verdict for case in report.cases}
    return NodeResult(name=name, gate=report.gate, headline=report.headline, verdicts=verdicts)
