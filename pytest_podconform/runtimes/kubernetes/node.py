"""The node whose kubelet is judged: which one, whether it is fit for that, and what it tells of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.errors import EnvironmentFault, UsageFault
from pytest_podconform.fixtures import archive
from pytest_podconform.fixtures.process import boot_id

from .client import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_podconform.model.manifest import Manifest

    from .client import Client

HOSTNAME: Final = "kubernetes.io/hostname"
PRESSURES: Final = ("MemoryPressure", "DiskPressure", "PIDPressure")


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has to know of its node."""

    name: str
    labels: dict[str, str]
    kubelet: str
    """The kubelet's version."""
    cpus: int
    pods: int
    """How many Pods it takes, those that are there already included."""
    shares_kernel: bool
    """Whether the harness runs on the same kernel, so that both see the same monotonic clock."""
    cluster_domain: str
    cluster_dns: tuple[str, ...]
    resolv_conf: str
    """The path of the file that the kubelet takes for the node's resolv.conf; empty where it takes none."""


async def choose(client: Client, wanted: str) -> Node:
    """Return the node of that name, or the first one that can be judged; one on this very machine comes first.

    Raises:
        UsageFault: there is no such node.
        EnvironmentFault: it cannot be judged; says why, and what to do.

    """
    nodes: list[Manifest] = (await client.get("/api/v1/nodes"))["items"]
    if wanted:
        nodes = [node for node in nodes if node["metadata"]["name"] == wanted]
        if not nodes:
            raise UsageFault(f"--podconform-node: the cluster has no node {wanted!r}", do=["kubectl get nodes"])
    best = min(fit(nodes, unfit(nodes)), key=lambda node: (not _shares_kernel(node), node["metadata"]["name"]))
    return _describe(best, await _settings(client, best["metadata"]["name"]))


def unfit(nodes: Iterable[Manifest]) -> dict[str, str]:
    """Return the nodes that cannot be judged by name, with the reason."""
    return {node["metadata"]["name"]: reason for node in nodes if (reason := unfitness(node))}


def fit(nodes: Iterable[Manifest], unfit: Mapping[str, str]) -> list[Manifest]:
    """Return the other nodes.

    Raises:
        EnvironmentFault: there is none; says why of each.

    """
    found = [node for node in nodes if node["metadata"]["name"] not in unfit]
    if not found:
        tried = [f"{name}: {reason}" for name, reason in unfit.items()]
        raise EnvironmentFault("no node of the cluster can be judged", tried=tried, do=["kubectl describe nodes"])
    return found


def unfitness(node: Manifest) -> str:
    """Tell why a node cannot be judged; an empty text where it can."""
    conditions = {condition["type"]: condition for condition in node["status"].get("conditions", ())}
    ready = conditions.get("Ready", {})
    if ready.get("status") != "True":
        return f"not ready: {ready.get('message', 'its kubelet says nothing')}"
    pressed = [name for name in PRESSURES if conditions.get(name, {}).get("status") == "True"]
    if pressed:
        return f"under pressure: {', '.join(pressed)}"
    architecture = node["status"]["nodeInfo"]["architecture"]
    if architecture != archive.architecture():
        return f"architecture {architecture}, and the target image is built on this machine for {archive.architecture()}"
    taints = [taint["key"] for taint in node["spec"].get("taints", ()) if taint["effect"] != "PreferNoSchedule"]
    return f"tainted: {', '.join(taints)}" if taints else ""


def _describe(node: Manifest, kubelet: Manifest) -> Node:
    status = node["status"]
    return Node(
        name=node["metadata"]["name"],
        labels=node["metadata"].get("labels", {}),
        kubelet=status["nodeInfo"]["kubeletVersion"],
        cpus=int(status["capacity"]["cpu"]),
        pods=int(status["allocatable"]["pods"]),
        shares_kernel=_shares_kernel(node),
        cluster_domain=kubelet["clusterDomain"],
        cluster_dns=tuple(kubelet.get("clusterDNS") or ()),
        resolv_conf=kubelet.get("resolvConf", "/etc/resolv.conf"),
    )


def _shares_kernel(node: Manifest) -> bool:
    return bool(node["status"]["nodeInfo"]["bootID"] == boot_id())


async def _settings(client: Client, name: str) -> Manifest:
    """Return the kubelet's own configuration, which it shows to whoever may ask it."""
    try:
        shown = await client.get(f"/api/v1/nodes/{name}/proxy/configz")
    except NotFoundError as error:
        raise EnvironmentFault(f"the kubelet of node {name} does not show its configuration (configz)") from error
    settings = dict(shown["kubeletconfig"])
    if not settings.get("clusterDomain"):
        do = ["set clusterDomain in the configuration of the kubelet"]
        raise EnvironmentFault(
            f"the kubelet of node {name} has no cluster domain, so the names of its Services are unknown", do=do
        )
    return settings
