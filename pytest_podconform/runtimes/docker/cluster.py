"""What cluster DNS is told: Services with their addresses, and which Pods stand behind them, ready or not."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING, Final, Literal

import aiohttp
import msgspec

from pytest_podconform.dns.endpoints import Backend, endpoint_slice, readiness
from pytest_podconform.model.manifest import Manifest
from pytest_podconform.model.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_podconform.model.pod import Service

SERVICE_NETWORK: Final = ipaddress.ip_network("10.96.0.0/16")
"""Where the addresses of Services come from: kubeadm's default. Nothing listens there; only their names are judged."""


class Change(msgspec.Struct, frozen=True):
    """What a watch tells of an object, in the API's words."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Manifest


class Cluster:
    """The Services of a run; all that changes is sent to the API stub at once."""

    def __init__(self, api: str, backends: Callable[[], Iterable[Backend]]) -> None:
        self._api = api
        self._backends = backends
        self._services: dict[tuple[str, str], Service] = {}
        self._free_addresses = SERVICE_NETWORK.hosts()
        self._told: dict[tuple[str, str, str], Manifest] = {}
        self._namespaces: tuple[str, ...] = ()
        self._changed = asyncio.Event()

    async def publish(self, namespaces: Iterable[str]) -> None:
        """Keep cluster DNS informed until cancelled."""
        self._namespaces = tuple(namespaces)
        async with aiohttp.ClientSession(trust_env=False) as session:
            while True:
                self._changed.clear()
                changes = self.changes()
                if changes:
                    async with session.post(f"{self._api}/changes", json=msgspec.to_builtins(changes)) as answer:
                        answer.raise_for_status()
                await self._changed.wait()

    def changed(self) -> None:
        """Take note that a Service or a Pod is another than before."""
        self._changed.set()

    def add(self, service: Service) -> None:
        """Take a Service and give it an address unless it is headless."""
        key = (service.metadata.namespace, service.metadata.name)
        if key in self._services:
            raise Refused(f'services "{service.metadata.name}" already exists', "metadata.name")
        if not service.headless and not service.is_external:
            spec = msgspec.structs.replace(service.spec, cluster_ip=str(next(self._free_addresses)))
            service = msgspec.structs.replace(service, spec=spec)
        self._services[key] = service
        self.changed()

    def remove(self, namespace: str, name: str) -> None:
        """Forget a Service."""
        self._services.pop((namespace, name), None)
        self.changed()

    def changes(self) -> list[Change]:
        """Return what is another than at the last call."""
        wanted = {_key(made): made for made in self._objects()}
        gone = [Change("DELETED", made) for key, made in self._told.items() if key not in wanted]
        new = [
            Change("MODIFIED" if key in self._told else "ADDED", made)
            for key, made in wanted.items()
            if self._told.get(key) != made
        ]
        self._told = wanted
        return gone + new

    def endpoints(self, namespace: str, name: str) -> dict[str, bool]:
        """Return the addresses behind a Service as cluster DNS has been told, and of each whether it is ready."""
        labels = {"kubernetes.io/service-name": name}
        slices = [made for (kind, place, _), made in self._told.items() if (kind, place) == ("EndpointSlice", namespace)]
        return readiness(made for made in slices if made["metadata"]["labels"] == labels)

    def _objects(self) -> Iterable[Manifest]:
        for name in self._namespaces:
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        backends = list(self._backends())
        for service in self._services.values():
            yield service_object(service)
            yield endpoint_slice(service, backends)


def _key(made: Manifest) -> tuple[str, str, str]:
    return (made["kind"], made["metadata"].get("namespace", ""), made["metadata"]["name"])


def service_object(service: Service) -> Manifest:
    """Render a Service as the API server would, as far as a DNS server reads it."""
    made: Manifest = msgspec.to_builtins(service)
    made["spec"]["type"] = service.spec.type
    made["spec"]["clusterIPs"] = [service.spec.cluster_ip] if service.spec.cluster_ip else []
    return made
