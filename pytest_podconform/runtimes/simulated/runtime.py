"""The simulated runtime as the harness sees it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, ClassVar

import msgspec

from pytest_podconform.dns import node_file
from pytest_podconform.dns.endpoints import Backend, endpoint_slice, readiness
from pytest_podconform.dns.policy import Node, ResolvConf
from pytest_podconform.dns.records import Answer, Cluster, answer
from pytest_podconform.fixtures.coredns import corefile
from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Service
from pytest_podconform.podmachine import KUBELET, Policy, Relists
from pytest_podconform.runtimes.driver import PodDriver
from pytest_podconform.runtimes.interface import NAMESPACES, Capabilities, Facts, Manifest, NodeConfig, ObjectRef, Runtime

from .loop import VirtualLoop
from .weather import FAIR, Weather
from .world import IMAGE, SimWorld

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from pytest_podconform.model.status import PodStatus

LOOK = 1.0
"""Seconds between two looks at a status that does not change."""

EPOCH = 1_800_000_000.0
"""Where the virtual clock begins, in Unix seconds; any whole second will do."""


NODE = Node(
    cluster_domain="cluster.local",
    cluster_dns=("10.96.0.10",),
    resolv_conf=ResolvConf(nameservers=("192.0.2.1",), searches=("node.example",), options=("timeout:5",)),
)


class SimulatedRuntime(Runtime):
    """Pods in virtual time."""

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
    has_wire: ClassVar[bool] = False
    loop_class: ClassVar[type[asyncio.AbstractEventLoop] | None] = VirtualLoop
    policy: ClassVar[Policy] = KUBELET
    weather: ClassVar[Weather] = FAIR
    """A subclass may choose another one, and be named as `--podconform-runtime=module:attribute`."""

    def __init__(self) -> None:
        self._pods: dict[tuple[str, str], PodDriver] = {}
        self._changed: dict[tuple[str, str], asyncio.Event] = {}
        self._numbers = itertools.count(1)
        self._services: dict[tuple[str, str], Service] = {}
        self._node = NODE

    async def facts(self) -> Facts:
        """Return what holds for the whole run."""
        return Facts(
            name="simulated (the reference's machine on a virtual clock)",
            cluster_domain=self._node.cluster_domain,
            cluster_dns=self._node.cluster_dns,
            node_nameservers=self._node.resolv_conf.nameservers,
            node_searches=self._node.resolv_conf.searches,
            node_options=self._node.resolv_conf.options,
            status_latency=self.policy.relist_period + self.weather.status_latency,
            max_pods=10_000,
            starts_at_once=10_000,
            shares_clock=True,
            target_image=IMAGE,
            tells_endpoints=True,
            outside=corefile.known(),
        )

    async def configure(self, node: NodeConfig | None) -> None:
        """Give later Pods another node's resolv.conf."""
        file = NODE.resolv_conf if node is None else node_file.parse(node.resolv_conf)
        self._node = msgspec.structs.replace(NODE, resolv_conf=file)

    async def apply(self, manifest: Manifest) -> None:
        """Create a Pod or a Service."""
        made = decode(manifest)
        key = (made.metadata.namespace, made.metadata.name)
        if isinstance(made, Service):
            self._services[key] = made if made.is_external else self._with_address(made)
            return
        loop = asyncio.get_running_loop()
        self._changed[key] = asyncio.Event()
        self._pods[key] = PodDriver(
            made,
            SimWorld(made, self._node, self._next_address(), self._lookup, self.weather),
            self.policy,
            now=lambda: EPOCH + loop.time(),
            relists=Relists(self.policy.relist_period, EPOCH),
            changed=self._changed[key].set,
        )

    async def delete(self, ref: ObjectRef, grace: float | None) -> None:
        """Delete a Pod or a Service."""
        if ref.kind == "Service":
            self._services.pop((ref.namespace, ref.name), None)
        elif (ref.namespace, ref.name) in self._pods:
            await self._pods[ref.namespace, ref.name].delete(grace)
            del self._pods[ref.namespace, ref.name]

    async def status(self, ref: ObjectRef) -> PodStatus:
        """Return the status of a Pod."""
        status = self._pods[ref.namespace, ref.name].status
        if self.weather.status_latency:
            await asyncio.sleep(self.weather.status_latency)
        return status

    async def watch(self, ref: ObjectRef) -> AsyncIterator[PodStatus]:
        """Yield the status when it changes, and now and then."""
        changed = self._changed[ref.namespace, ref.name]
        while True:
            changed.clear()
            yield await self.status(ref)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await changed.wait()

    async def endpoints(self, service: ObjectRef) -> Mapping[str, bool]:
        """Return who stands behind a Service."""
        made = self._services.get((service.namespace, service.name))
        return readiness([endpoint_slice(made, self._backends())]) if made is not None else {}

    def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
        """Follow a target's lines."""
        return self._pods[ref.namespace, ref.name].logs(container)

    async def close(self) -> None:
        """End all Pods."""
        for pod in self._pods.values():
            await pod.abandon()

    def _next_address(self) -> str:
        high, low = divmod(next(self._numbers), 250)
        return f"10.244.{high % 250}.{low + 1}"

    def _with_address(self, service: Service) -> Service:
        address = service.spec.cluster_ip or f"10.96.1.{len(self._services) + 1}"
        return msgspec.structs.replace(service, spec=msgspec.structs.replace(service.spec, cluster_ip=address))

    def _backends(self) -> list[Backend]:
        return [
            Backend(pod=pod.pod, address=pod.address, ready=pod.status.ready, terminating=pod.terminating)
            for pod in self._pods.values()
        ]

    def _lookup(self, name: str, kind: str) -> Answer:
        cluster = Cluster(
            zone=self._node.cluster_domain,
            namespaces=NAMESPACES,
            services=list(self._services.values()),
            backends=self._backends(),
            outside=corefile.OUTSIDE,
        )
        return answer(cluster, name, kind)
