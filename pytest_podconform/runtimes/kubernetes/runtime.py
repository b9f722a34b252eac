"""The runtime as the harness sees it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, ClassVar, Final

from pytest_podconform.dns import node_file
from pytest_podconform.dns.endpoints import readiness
from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.model.status import PodStatus
from pytest_podconform.runtimes.interface import (
    STATUS_POLL,
    Capabilities,
    Facts,
    Interrupted,
    Manifest,
    ObjectRef,
    Refused,
    Run,
    Runtime,
    RuntimeOptions,
)

from . import node, scout
from .client import APIError, Client, NotFoundError, connect
from .logs import Log
from .options import KubernetesOptions
from .watch import Pods, status_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


STATUS_LATENCY: Final = 1.5
"""Seconds: the kubelet's relist (1 s and its work, 1.2 s), and the way through the API server to us."""

MOST_PODS: Final = 100
OURS: Final = "podconform/run"
"""The label that all objects of a run carry."""

ENDPOINTS: Final = (
    "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D{name}"
)
NAMESPACE_LABELS: Final = {"pod-security.kubernetes.io/enforce": "privileged"}
"""What is judged is the kubelet and not the cluster's admission: https://kubernetes.io/docs/concepts/security/pod-security-admission/."""

NAMESPACE_LIMIT: Final = 60.0  # seconds until a new namespace can take Pods; under a second here
LOST: Final = frozenset(
    {
        "Evicted",
        "NodeLost",
        "Shutdown",
        "NodeAffinity",
        "UnexpectedAdmissionError",
        "Preempting",
        "Terminated",
        "NodeShutdown",
        "OutOfpods",
        "OutOfcpu",
        "OutOfmemory",
    }
)
"""Reasons of a Pod's end that are the node's or the cluster's, not the runtime's."""


class KubernetesRuntime(Runtime):
    """One node of a cluster; its Pods are made through the API server, in two namespaces of the run's own."""

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
        api=True,
        registry=False,
        ipv6=False,
        pvc=False,
        host_path=True,
        node_config="none",
    )
    options: ClassVar[type[RuntimeOptions]] = KubernetesOptions

    def __init__(self) -> None:
        self._client: Client | None = None
        self._watches: dict[str, Pods] = {}
        self._pods: dict[ObjectRef, str] = {}
        self._deleted: set[ObjectRef] = set()
        self._background: list[asyncio.Task[None]] = []
        self._run: Run
        self._options: KubernetesOptions
        self._node: node.Node
        self._resolv_conf = ""
        self._image = ""

    async def open(self, run: Run) -> None:
        """Choose the node, make the namespaces, see that the target image can be started."""
        assert isinstance(run.options, KubernetesOptions)
        self._run, self._options = run, run.options
        self._client = client = await connect(self._options.context)
        self._node = await node.choose(client, self._options.node)
        for name in self._namespaces:
            await self._make_namespace(client, name)
            self._watches[name] = Pods(client, name)
            self._background.append(asyncio.create_task(self._watches[name].run()))
        await asyncio.gather(*(self._settled(client, name) for name in self._namespaces))
        self._resolv_conf = await self._scout()
        run.say(f"node {self._node.name} of {client.server}: kubelet {self._node.kubelet}")

    @property
    def _namespaces(self) -> tuple[str, str]:
        return f"podconform-{self._run.id}", f"podconform-{self._run.id}-other"

    @property
    def _api(self) -> Client:
        assert self._client is not None
        return self._client

    async def _make_namespace(self, client: Client, name: str) -> None:
        metadata = {"name": name, "labels": {**NAMESPACE_LABELS, OURS: self._run.id}}
        await client.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    async def _settled(self, client: Client, namespace: str) -> None:
        """Wait until a namespace has what each Pod in it needs, so that no Pod of a case waits for that."""
        here = f"/api/v1/namespaces/{namespace}"
        try:
            async with asyncio.timeout(NAMESPACE_LIMIT):
                for path in (f"{here}/serviceaccounts/default", f"{here}/configmaps/kube-root-ca.crt"):
                    while not await _exists(client, path):  # noqa: ASYNC110 - once a run
                        await asyncio.sleep(STATUS_POLL)
        except TimeoutError as error:
            do = ["see whether its kube-controller-manager runs"]
            raise EnvironmentFault("the cluster does not prepare a new namespace (service account, root CA)", do=do) from error

    async def _scout(self) -> str:
        """Start a first Pod of the published image, or else of the one that nodes may have been given."""
        if self._run.published:
            with contextlib.suppress(scout.NoImageError):
                return await self._scout_with("podconform-scout-published", self._run.published)
        try:
            return await self._scout_with("podconform-scout", self._run.image)
        except scout.NoImageError as error:
            raise error.fault from error

    async def _scout_with(self, name: str, image: str) -> str:
        self._image = image
        namespace = self._namespaces[0]
        made = scout.manifest(name, namespace, image, self._pull_policy, self._node.resolv_conf)
        made["spec"]["nodeSelector"] = self._selector
        try:
            await self._create(made)
        except Refused as error:
            raise scout.refused(error) from error
        return await scout.read(self._api, self._watches[namespace], f"/api/v1/namespaces/{namespace}/pods", name)

    @property
    def _pull_policy(self) -> str:
        return self._options.pull_policy or scout.PULL_POLICY

    @property
    def _selector(self) -> dict[str, str]:
        return {node.HOSTNAME: self._node.labels.get(node.HOSTNAME, self._node.name)}

    async def facts(self) -> Facts:
        """Return what holds for the whole run."""
        file = node_file.parse(self._resolv_conf)
        return Facts(
            name=f"kubernetes {self._node.kubelet} (node {self._node.name})",
            cluster_domain=self._node.cluster_domain,
            cluster_dns=self._node.cluster_dns,
            node_nameservers=file.nameservers,
            node_searches=file.searches,
            node_options=file.options,
            status_latency=STATUS_LATENCY,
            max_pods=min(self._node.pods, MOST_PODS),
            starts_at_once=self._node.cpus,
            shares_clock=self._node.shares_kernel,
            target_image=self._image,
            namespaces=self._namespaces,
            tells_endpoints=await self._may_see_endpoints(),
            outside=self._options.outside,
        )

    async def _may_see_endpoints(self) -> bool:
        """Tell whether this user may; whoever may not loses a note and no verdict."""
        try:
            await self._api.get(ENDPOINTS.format(namespace=self._namespaces[0], name="none"))
        except (APIError, EnvironmentFault):
            return False
        return True

    async def endpoints(self, service: ObjectRef) -> Mapping[str, bool]:
        """Return who stands behind a Service."""
        await self._watches[service.namespace].in_sight()
        try:
            found = await self._api.get(ENDPOINTS.format(namespace=service.namespace, name=service.name))
        except (APIError, EnvironmentFault) as fault:
            raise Interrupted(f"the EndpointSlices of Service {service.name} could not be read: {fault}") from fault
        return readiness(found.get("items") or ())

    async def apply(self, manifest: Manifest) -> None:
        """Create an object; a Pod on the node that is judged."""
        if manifest["kind"] != "Pod":
            await self._create(manifest)
            return
        spec: Manifest = {**manifest["spec"], "nodeSelector": self._selector}
        for kind in ("initContainers", "containers"):
            if kind in spec:
                spec[kind] = [self._with_policy(container) for container in spec[kind]]
        await self._create({**manifest, "spec": spec})

    def _with_policy(self, container: Manifest) -> Manifest:
        is_target = container.get("image") == self._image
        return {**container, "imagePullPolicy": self._pull_policy} if is_target else container

    async def _create(self, manifest: Manifest) -> None:
        metadata = manifest["metadata"]
        labels = {**metadata.get("labels", {}), OURS: self._run.id}
        made = {**manifest, "metadata": {**metadata, "labels": labels}}
        ref = ObjectRef.of(manifest)
        try:
            there = await self._api.post(_folder(ref), made)
            if ref.kind == "Pod":
                self._pods[ref] = there["metadata"]["uid"]
        except APIError as error:
            if error.is_refusal:
                raise error.refusal() from error
            raise EnvironmentFault(f"the cluster denies an object: {error}", do=["look at its admission policies"]) from error
        except EnvironmentFault as fault:
            if not self._watches[ref.namespace].sees:
                raise Interrupted(str(fault)) from fault
            raise

    async def delete(self, ref: ObjectRef, grace: float | None) -> None:
        """Delete an object and wait until it is gone: a Pod's is, when its containers are.

        No Pod is deleted with a grace period of 0: that takes its object away while its containers may still run.
        """
        self._deleted.add(ref)
        await self._watches[ref.namespace].in_sight()
        await self._api.delete(f"{_folder(ref)}/{ref.name}", grace if grace is None else max(grace, 1))
        if ref in self._pods:
            await self._watches[ref.namespace].until_deleted(ref.name, self._pods[ref])

    async def status(self, ref: ObjectRef) -> PodStatus:
        """Return the status as the watch has told it last."""
        return _status(self._watches[ref.namespace].get(ref.name) or {})

    async def watch(self, ref: ObjectRef) -> AsyncIterator[PodStatus]:
        """Yield each status that the API server tells of."""
        async for pod in self._watches[ref.namespace].follow(ref.name, STATUS_POLL):
            self._see_that_it_is_left_alone(ref, pod)
            yield _status(pod)

    def _see_that_it_is_left_alone(self, ref: ObjectRef, pod: Manifest) -> None:
        """See that nobody but us ends the Pod: a drain, a preemption or an eviction is no doing of the kubelet's."""
        if "deletionTimestamp" in pod["metadata"] and ref not in self._deleted:
            raise Interrupted(f"somebody else has deleted Pod {ref.name}")

    def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
        """Follow a container's standard output."""
        log = Log(self._api, f"{_folder(ref)}/{ref.name}", container)
        return log.follow(self._watches[ref.namespace], ref.name)

    async def close(self) -> None:
        """Remove the namespaces with all that is in them."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._client is not None:
            try:
                for name in self._namespaces:
                    await self._client.delete(f"/api/v1/namespaces/{name}")
            finally:
                await self._client.close()


def _folder(ref: ObjectRef) -> str:
    """Return the path below which objects of that kind lie."""
    return f"/api/v1/namespaces/{ref.namespace}/{ref.kind.lower()}s"


def _status(pod: Manifest) -> PodStatus:
    """Decode a status; that of a Pod which the node has given up is nothing to judge a runtime by."""
    status = status_of(pod)
    if status.phase == "Failed" and status.reason in LOST:
        raise Interrupted(f"the node has given up the Pod: {status.reason}: {status.message}")
    return status


async def _exists(client: Client, path: str) -> bool:
    with contextlib.suppress(NotFoundError):
        await client.get(path)
        return True
    return False
