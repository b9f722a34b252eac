"""What cluster DNS answers, as a function of the Services and Pods of a cluster.

https://github.com/kubernetes/dns/blob/master/docs/specification.md (schema 1.1.0); where that leaves a form open, the one
of CoreDNS (`plugin/kubernetes`), which `tests/oracles/test_records.py` compares it with.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.model.rules import implements
from pytest_podconform.model.validation import is_address

from .endpoints import Backend, selects, target_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_podconform.model.pod import Service, ServicePort

SCHEMA: Final = "1.1.0"
REVERSE: Final = ".in-addr.arpa"


class Answer(msgspec.Struct, frozen=True):
    """A response code, and the records of the answer: `A 192.0.2.1`, `SRV 80 web.ns.svc.cluster.local.`, sorted.

    Of an SRV record port and target count; priority and weight are the server's own affair.
    """

    rcode: str
    records: tuple[str, ...] = ()


NODATA: Final = Answer("NOERROR")
NXDOMAIN: Final = Answer("NXDOMAIN")


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster's DNS server knows."""

    zone: str
    namespaces: Sequence[str]
    services: Sequence[Service]
    backends: Sequence[Backend]
    outside: Mapping[str, Sequence[str]] = {}
    """Names and addresses beyond the zone, as the upstream has them."""


@implements("dns.answer.case", "dns.answer.no-such-name", "dns.record.version")
def answer(cluster: Cluster, name: str, kind: str) -> Answer:  # noqa: PLR0911 - a dispatcher: one return each
    """Return the answer to a question for an absolute name; names outside the zone are what the upstream says."""
    asked = name.lower().rstrip(".")
    if asked.endswith(REVERSE):
        return _reverse(cluster, asked, kind)
    if asked != cluster.zone and not asked.endswith(f".{cluster.zone}"):
        return _outside(cluster, asked, kind)
    labels = asked.removesuffix(cluster.zone).rstrip(".").split(".")
    match labels:
        case [""] | ["svc"] | ["pod"]:
            return NODATA
        case ["dns-version"] if kind == "TXT":  # CoreDNS knows it by that type alone
            return _of_kind(kind, [f"TXT {SCHEMA}"])
        case [*rest, "pod"]:
            return _of_pod(cluster, rest, kind)
        case [*rest, "svc"]:
            return _below_svc(cluster, rest, kind)
        case _:
            return NXDOMAIN


@implements("dns.answer.no-such-record")
def _of_kind(kind: str, records: Sequence[str]) -> Answer:
    """Answer with the records of that type; a name that is there without any is no missing name."""
    return Answer("NOERROR", tuple(sorted(record for record in records if record.startswith(f"{kind} "))))


@implements("dns.policy.cluster-first-upstream")
def _outside(cluster: Cluster, name: str, kind: str) -> Answer:
    if name not in cluster.outside:
        return NXDOMAIN
    return _of_kind(kind, [f"A {address}" for address in cluster.outside[name]])


@implements("dns.record.pod", "dns.every-pod")
def _of_pod(cluster: Cluster, labels: Sequence[str], kind: str) -> Answer:
    """Answer for `a-b-c-d.namespace.pod`: any address there is (`pods insecure`), for an old name that asks for no Pod."""
    if labels[-1] not in cluster.namespaces or len(labels) > 2:  # noqa: PLR2004 - address and namespace
        return NXDOMAIN
    if len(labels) == 1:
        return NODATA
    try:
        address = ipaddress.IPv4Address(labels[0].replace("-", "."))
    except ValueError:
        return NXDOMAIN
    return _of_kind(kind, [f"A {address}"])


@implements("dns.answer.no-such-name")
def _below_svc(cluster: Cluster, labels: Sequence[str], kind: str) -> Answer:
    if labels[-1] not in cluster.namespaces:
        return NXDOMAIN
    if len(labels) == 1:
        return NODATA
    *below, name, namespace = labels
    for service in cluster.services:
        if (service.metadata.name, service.metadata.namespace) == (name, namespace):
            return _of_service(cluster, service, below, kind)
    return NXDOMAIN


@implements("dns.record.headless", "dns.record.unnamed-port", "dns.answer.no-such-name")
def _of_service(cluster: Cluster, service: Service, below: Sequence[str], kind: str) -> Answer:
    if service.is_external:
        return NXDOMAIN if below else _external(cluster, service, kind)
    published = list(_published(cluster, service))
    if service.headless and not published:
        return NXDOMAIN
    match below:
        case []:
            return _of_kind(kind, [*_own(service, published), *_srv(cluster, service, published, service.spec.ports)])
        case [host]:
            found = [each for each in published if endpoint_name(service, each) == host]
            return _of_kind(kind, [f"A {each.address}" for each in found]) if found else NXDOMAIN
        case [port, protocol]:
            ports = [each for each in service.spec.ports if (f"_{each.name}", f"_{each.protocol.lower()}") == (port, protocol)]
            return _of_kind(kind, list(_srv(cluster, service, published, ports))) if ports else NXDOMAIN
        case _:
            return NXDOMAIN


@implements("dns.record.service", "dns.record.headless")
def _own(service: Service, published: Sequence[Backend]) -> Iterator[str]:
    """Yield the addresses of a Service: its own, or of a headless one those of its Pods."""
    if service.headless:
        yield from (f"A {each.address}" for each in published)
    else:
        yield f"A {service.spec.cluster_ip}"


@implements("dns.record.srv")
def _srv(cluster: Cluster, service: Service, published: Sequence[Backend], ports: Sequence[ServicePort]) -> Iterator[str]:
    """Yield a record for each port; of a headless Service for each port of each Pod."""
    whole = _whole_name(cluster, service)
    for port in ports:
        if service.headless:
            yield from {f"SRV {target_port(port)} {endpoint_name(service, each)}.{whole}" for each in published}
        else:
            yield f"SRV {port.port} {whole}"


@implements("dns.record.external-name", "dns.record.alias-without-address")
def _external(cluster: Cluster, service: Service, kind: str) -> Answer:
    """Answer with the other name, and with what that one has; for other types CoreDNS says that there is nothing.

    An address is no name that there could be an alias of.
    """
    if is_address(service.spec.external_name):
        return NXDOMAIN
    if kind not in {"A", "AAAA", "CNAME"}:
        return NODATA
    target = f"{service.spec.external_name.rstrip('.')}."
    others = [each for each in cluster.services if each is not service]  # so that what leads back to itself ends
    chased = msgspec.structs.replace(cluster, services=others)
    then = answer(chased, target, kind).records if kind in {"A", "AAAA"} else ()
    if not then and kind != "CNAME" and target.endswith(f".{cluster.zone}."):
        return NODATA
    return Answer("NOERROR", tuple(sorted([f"CNAME {target}", *then])))


@implements("dns.record.ptr")
def _reverse(cluster: Cluster, name: str, kind: str) -> Answer:
    address = ".".join(reversed(name.removesuffix(REVERSE).split(".")))
    found: list[str] = []
    for service in cluster.services:
        whole = _whole_name(cluster, service)
        if service.spec.cluster_ip == address:
            found.append(f"PTR {whole}")
        behind = (each for each in _published(cluster, service) if each.address == address)
        found += [f"PTR {endpoint_name(service, each)}.{whole}" for each in behind]
    return _of_kind(kind, found) if found else NXDOMAIN


def _whole_name(cluster: Cluster, service: Service) -> str:
    return f"{service.metadata.name}.{service.metadata.namespace}.svc.{cluster.zone}."


def _published(cluster: Cluster, service: Service) -> Iterator[Backend]:
    """Yield the Pods behind a Service that have records."""
    return (each for each in cluster.backends if selects(service, each) and is_published(service, each))


@implements("dns.record.headless", "dns.record.not-ready")
def is_published(service: Service, backend: Backend) -> bool:
    """Tell whether a Pod behind a Service has records."""
    return service.spec.publish_not_ready_addresses or (backend.ready and not backend.terminating)


@implements("dns.record.hostname-subdomain", "dns.record.no-hostname", "dns.record.endpoint-name")
def endpoint_name(service: Service, backend: Backend) -> str:
    """Return an endpoint's name below its Service: the Pod's hostname, or else its address with dashes."""
    spec = backend.pod.spec
    if spec.hostname and spec.subdomain == service.metadata.name:
        return spec.hostname
    return backend.address.replace(".", "-")
