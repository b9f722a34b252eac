"""The reference runtime as the harness sees it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, ClassVar

import aiodocker
import msgspec

from pytest_podconform.dns import node_file
from pytest_podconform.dns.endpoints import Backend
from pytest_podconform.dns.policy import Node as DNSNode
from pytest_podconform.dns.policy import ResolvConf
from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.fixtures.coredns import corefile
from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod
from pytest_podconform.model.refusal import Refused
from pytest_podconform.podmachine import KUBELET
from pytest_podconform.runtimes.driver import PodDriver
from pytest_podconform.runtimes.interface import NAMESPACES, Capabilities, Facts, Manifest, NodeConfig, ObjectRef, Run, Runtime

from . import images, owner, reaper
from .cluster import Cluster
from .containers import Containers
from .dns_servers import ZONE, DNSServers
from .engine import Engine, connect
from .node import Node
from .pod import DockerWorld

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping

    from pytest_podconform.model.status import PodStatus

MAX_PODS = 110  # the kubelet's default for a node
NODE_SEARCHES = ("node.example",)
"""The node's own search list: its entries follow those of the cluster."""


class DockerRuntime(Runtime):
    """Pods on a Docker engine, or on one that speaks its API."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        http_probes=True,
        tcp_probes=True,
        exec_probes=True,
        grpc_probes=True,
        restart_policy=True,
        dns_policy=True,
        dns_config=True,
        init_containers=True,
        sidecars=True,
        host_network=True,
        services=True,
        api=False,
        registry=False,
        ipv6=False,
        pvc=False,
        host_path=False,
        node_config="per-start",
    )

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._pods: dict[tuple[str, str], PodDriver] = {}
        self._background: list[asyncio.Task[None]] = []
        self._musl_image = ""
        self._engine: Engine
        self._node: Node
        self._servers: DNSServers
        self._cluster: Cluster

    async def open(self, run: Run) -> None:
        """Bring the images to the engine, make the network, start cluster DNS."""
        self._engine = engine = await connect()
        self._stack.push_async_callback(engine.close)
        labels = owner.labels(run.id, owner.myself(time.time()))
        await asyncio.to_thread(_sweep_dead_runs, engine.host)
        watcher = reaper.spawn(engine.host, f"{owner.RUN_LABEL}={run.id}")
        self._stack.push_async_callback(asyncio.to_thread, reaper.dismiss, watcher)
        containers = Containers(engine.host, labels, threads=engine.cpus)
        self._stack.callback(containers.close)
        target_image, coredns_image, self._musl_image = await asyncio.gather(
            images.ensure_target(engine.api, run),
            images.ensure_coredns(engine.api, run.say),
            images.ensure_musl(engine.api, run),
        )
        network = await self._make_network(run, labels)
        self._servers = DNSServers(containers, network, f"podconform-{run.id}")
        await self._servers.start(coredns_image, target_image)
        self._node = Node(
            run=run.id,
            api=engine.api,
            containers=containers,
            labels=labels,
            network=network,
            image=target_image,
            policy=KUBELET,
            dns=self._dns(),
            address=await self._gateway(network),
        )
        self._cluster = Cluster(self._servers.api, self._backends)
        self._run_in_background(self._node.follow_exits())
        self._run_in_background(self._cluster.publish((*NAMESPACES, "default")))

    async def facts(self) -> Facts:
        """Return what holds for the whole run."""
        node = self._node.dns
        return Facts(
            name=f"docker (reference, {self._engine.name})",
            cluster_domain=node.cluster_domain,
            cluster_dns=node.cluster_dns,
            node_nameservers=node.resolv_conf.nameservers,
            node_searches=node.resolv_conf.searches,
            node_options=node.resolv_conf.options,
            status_latency=self._node.policy.relist_period,
            max_pods=MAX_PODS,
            starts_at_once=self._engine.cpus,
            shares_clock=True,
            target_image=self._node.image,
            musl_image=self._musl_image,
            tells_endpoints=True,
            outside=corefile.known(),
        )

    async def configure(self, node: NodeConfig | None) -> None:
        """Give later Pods another node's resolv.conf."""
        as_it_was = self._dns()
        file = as_it_was.resolv_conf if node is None else node_file.parse(node.resolv_conf)
        self._node.dns = msgspec.structs.replace(as_it_was, resolv_conf=file)

    async def apply(self, manifest: Manifest) -> None:
        """Create a Pod or a Service."""
        made = decode(manifest)
        if not isinstance(made, Pod):
            self._cluster.add(made)
            return
        key = (made.metadata.namespace, made.metadata.name)
        if key in self._pods:
            raise Refused(f'pods "{made.metadata.name}" already exists', "metadata.name")
        self._pods[key] = PodDriver(
            made,
            DockerWorld(made, self._node),
            self._node.policy,
            now=self._node.clock.now,
            relists=self._node.relists,
            changed=self._cluster.changed,
        )

    async def delete(self, ref: ObjectRef, grace: float | None) -> None:
        """Delete a Pod or a Service; nothing happens where there is none."""
        if ref.kind == "Service":
            self._cluster.remove(ref.namespace, ref.name)
            return
        pod = self._pods.get((ref.namespace, ref.name))
        if pod is not None:
            await pod.delete(grace)
            self._pods.pop((ref.namespace, ref.name), None)
            self._cluster.changed()

    async def status(self, ref: ObjectRef) -> PodStatus:
        """Return the status of a Pod."""
        return self._pods[ref.namespace, ref.name].status

    async def endpoints(self, service: ObjectRef) -> Mapping[str, bool]:
        """Return who stands behind a Service."""
        return self._cluster.endpoints(service.namespace, service.name)

    def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
        """Follow a container's standard output."""
        return self._pods[ref.namespace, ref.name].logs(container)

    async def close(self) -> None:
        """Stop probing, then remove all that carries the run's label."""
        for task in self._background:
            task.cancel()
        for pod in self._pods.values():
            await pod.abandon()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._stack.aclose()

    # ----

    def _dns(self) -> DNSNode:
        resolv_conf = ResolvConf(nameservers=(self._servers.upstream,), searches=NODE_SEARCHES, options=("timeout:5",))
        return DNSNode(cluster_domain=ZONE, cluster_dns=(self._servers.address,), resolv_conf=resolv_conf)

    def _backends(self) -> Iterable[Backend]:
        for pod in self._pods.values():
            with contextlib.suppress(Exception):
                yield Backend(pod=pod.pod, address=pod.address, ready=pod.status.ready, terminating=pod.terminating)

    def _run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        self._background.append(asyncio.create_task(work))

    async def _gateway(self, network: str) -> str:
        """Return the address that the node has among its Pods."""
        made: Any = await (await self._engine.api.networks.get(network)).show()
        return str(made["IPAM"]["Config"][0].get("Gateway", ""))

    async def _make_network(self, run: Run, labels: dict[str, str]) -> str:
        name = f"podconform-{run.id}"
        try:
            await self._engine.api.networks.create({"Name": name, "Labels": labels, "CheckDuplicate": True})
        except aiodocker.DockerError as error:
            msg = f"the engine could not make a network: {error.message}"
            do = ["remove networks that are not used: `docker network prune`", "or give the engine more address pools"]
            raise EnvironmentFault(msg, do=do) from error
        return name


def _sweep_dead_runs(host: str) -> None:
    """Remove what runs that were killed together with their reaper have left."""
    found = reaper.find(host, owner.RUN_LABEL)
    marked = [each.labels for kind in found.values() for each in kind]
    for run in owner.dead_runs(marked, time.time()):
        reaper.sweep(host, f"{owner.RUN_LABEL}={run}")
