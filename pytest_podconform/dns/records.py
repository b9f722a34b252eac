"""What cluster DNS answers, as a function of the Services and Pods of a cluster.

https://github.com/kubernetes/dns/blob/master/docs/specification.md (schema 1.1.0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .endpoints import Backend, selects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_podconform.model.pod import Service


def addresses(
    name: str,
    *,
    zone: str,
    services: Iterable[Service],
    backends: Iterable[Backend],
    outside: Mapping[str, Sequence[str]],
) -> list[str]:
    """Return the addresses of an absolute name, none where there is no such name.

    Names outside the zone are what the upstream says; a miss inside it is final.
    """
    asked = name.lower().rstrip(".")
    if not asked.endswith(f".{zone}"):
        return list(outside.get(asked, ()))
    labels = asked.removesuffix(f".{zone}").split(".")
    if labels[-1] != "svc":
        return []
    *host, service_name, namespace = labels[:-1] if len(labels) > 2 else ["", ""]  # noqa: PLR2004 - service.namespace.svc
    for service in services:
        if (service.metadata.name, service.metadata.namespace) == (service_name, namespace):
            return _of_service(service, [backend for backend in backends if selects(service, backend)], host)
    return []


def _of_service(service: Service, backends: Sequence[Backend], host: Sequence[str]) -> list[str]:
    """Return the addresses of a Service, or of one host below it.

    "For a headless Service there is a record for each ready endpoint", and a record of its own for each that has a name.
    """
    published = [each for each in backends if _is_published(service, each)]
    if host:
        return [each.address for each in published if [_hostname(service, each)] == list(host)]
    return [each.address for each in published] if service.headless else [service.spec.cluster_ip]


def _is_published(service: Service, backend: Backend) -> bool:
    return service.spec.publish_not_ready_addresses or (backend.ready and not backend.terminating)


def _hostname(service: Service, backend: Backend) -> str:
    """Return an endpoint's name below its Service: the Pod's hostname, or else its address with dashes."""
    spec = backend.pod.spec
    if spec.hostname and spec.subdomain == service.metadata.name:
        return spec.hostname
    return backend.address.replace(".", "-")
