"""Which Pods stand behind a Service: the EndpointSlice controller as a function.

https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.model.pod import Pod, Service
from pytest_podconform.model.rules import implements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_podconform.model.manifest import Manifest
    from pytest_podconform.model.pod import ServicePort


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """A Pod as a Service sees it."""

    pod: Pod
    address: str
    ready: bool
    terminating: bool = False


def endpoint_slice(service: Service, backends: Iterable[Backend]) -> Manifest:
    """Return the EndpointSlice of a Service: all Pods that its selector matches, ready or not."""
    metadata = {
        "name": f"{service.metadata.name}-podconform",
        "namespace": service.metadata.namespace,
        "labels": {"kubernetes.io/service-name": service.metadata.name},
    }
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": "IPv4",
        "endpoints": [_endpoint(service, backend) for backend in backends if selects(service, backend)],
        "ports": [{"name": port.name, "port": target_port(port), "protocol": port.protocol} for port in service.spec.ports],
    }


def selects(service: Service, backend: Backend) -> bool:
    """Tell whether a Pod stands behind a Service; a Service without a selector has no Pods."""
    pod = backend.pod
    matches = service.spec.selector.items() <= pod.metadata.labels.items()
    same_namespace = pod.metadata.namespace == service.metadata.namespace
    return bool(service.spec.selector) and same_namespace and matches and bool(backend.address)


@implements("probe.readiness.endpoints", "condition.ready", "dns.record.hostname-subdomain", "dns.record.not-ready")
def _endpoint(service: Service, backend: Backend) -> Manifest:
    """Render a Pod as an endpoint.

    "A Pod that is not ready is removed from the endpoints of all Services": its address stays in the slice, marked. It
    gets a name of its own where it has a hostname and its subdomain is the Service's name.
    """
    pod = backend.pod
    serves = backend.ready and not backend.terminating
    endpoint: Manifest = {
        "addresses": [backend.address],
        "conditions": {
            "ready": serves or service.spec.publish_not_ready_addresses,
            "serving": backend.ready,
            "terminating": backend.terminating,
        },
        "targetRef": {"kind": "Pod", "name": pod.metadata.name, "namespace": pod.metadata.namespace},
    }
    if pod.spec.hostname and pod.spec.subdomain == service.metadata.name:
        endpoint["hostname"] = pod.spec.hostname
    return endpoint


def readiness(slices: Iterable[Manifest]) -> dict[str, bool]:
    """Return the addresses in EndpointSlices, and of each whether it is ready; what is not said is true (the API)."""
    endpoints = [endpoint for each in slices for endpoint in each.get("endpoints") or ()]
    return {
        address: endpoint.get("conditions", {}).get("ready") is not False
        for endpoint in endpoints
        for address in endpoint["addresses"]
    }


def target_port(port: ServicePort) -> int:
    """Return the port of the Pods that a Service's port leads to; a named one is said with the numbers of the Service."""
    return port.target_port if isinstance(port.target_port, int) else port.port
