"""A harness on one node: a Pod, pinned to it, which leaves its report in a ConfigMap; and what all of them need."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import yaml

from pytest_podconform.errors import PodconformError, UsageFault
from pytest_podconform.fixtures.harness import image
from pytest_podconform.report.document import Report
from pytest_podconform.runtimes.interface import Interrupted
from pytest_podconform.runtimes.kubernetes.client import APIError, Client, NotFoundError
from pytest_podconform.runtimes.kubernetes.node import fit, unfit
from pytest_podconform.runtimes.kubernetes.scout import image_fault
from pytest_podconform.runtimes.kubernetes.watch import Pods, status_of

from .incluster import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_podconform.model.manifest import Manifest

ALL: Final = "all"
RBAC: Final = Path(image.__file__).with_name("rbac.yaml")
JOB: Final = Path(image.__file__).with_name("job.yaml")
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


async def select(client: Client, wanted: str, say: Callable[[str], None]) -> list[str]:
    """Return the names of the nodes that are meant and can be judged; those that cannot are named.

    Raises:
        UsageFault: no node is meant.
        EnvironmentFault: none of them can be judged.

    """
    nodes: list[Manifest] = (await client.get("/api/v1/nodes"))["items"]
    meant = [node for node in nodes if wanted == ALL or has_label(node, wanted)]
    if not meant:
        do = ["kubectl get nodes --show-labels"]
        raise UsageFault(f"--podconform-nodes: no node has the label {wanted!r}", do=do)
    reasons = unfit(meant)
    for name, reason in reasons.items():
        say(f"node {name} is not judged: {reason}")
    return [node["metadata"]["name"] for node in fit(meant, reasons)]


def has_label(node: Manifest, wanted: str) -> bool:
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

    def pod(self, prefix: str, policy: str, arguments: list[str]) -> Manifest:
        """Return the Pod: the one of the Job, pinned."""
        spec = yaml.safe_load(JOB.read_text(encoding="utf-8"))["spec"]["template"]["spec"]
        container = spec["containers"][0]
        container |= {"image": image.tag(prefix), "imagePullPolicy": policy}
        container["command"] += arguments
        container["env"][-1]["value"] = self._name
        spec |= {"nodeName": self.node, "serviceAccountName": self._namespace}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self._name}, "spec": spec}

    async def judge(self, pod: Manifest, limit: float) -> Report | str:
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
