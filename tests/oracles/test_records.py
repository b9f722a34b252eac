"""The DNS core and CoreDNS, on random clusters: each name that there could be, and some that there are not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pytest_podconform.dns.endpoints import Backend, endpoint_slice
from pytest_podconform.dns.records import Cluster, answer
from pytest_podconform.fixtures.coredns.corefile import OUTSIDE
from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod, Service
from pytest_podconform.runtimes.docker.cluster import service_object

from .conftest import ZONE, CoreDNS

NAMESPACES = ("ns", "other")
NAMES = ("web", "db")
PORTS = (
    {"name": "http", "port": 80, "targetPort": 8080},
    {"name": "dns", "port": 53, "protocol": "UDP"},
    {"name": "", "port": 81},
)
KINDS = ("A", "AAAA", "SRV", "TXT")

asked = examples = 0


def made(kind: str, namespace: str, name: str, spec: dict[str, Any], **metadata: Any) -> Any:
    return decode({"kind": kind, "metadata": {"name": name, "namespace": namespace, **metadata}, "spec": spec})


@st.composite
def services(draw: st.DrawFn) -> list[Service]:
    found: list[Service] = []
    for number, (namespace, name) in enumerate(itertools.product(NAMESPACES, NAMES)):
        sort = draw(st.sampled_from(["none", "cluster-ip", "headless", "external"]))
        spec: dict[str, Any] = {
            "ports": draw(st.lists(st.sampled_from(PORTS), max_size=2, unique_by=lambda port: str(port["name"])))
        }
        if sort == "external":
            outside = draw(
                st.sampled_from([*OUTSIDE, "absent.example.com", f"web.ns.svc.{ZONE}", f"db.ns.svc.{ZONE}", "192.0.2.7"])
            )
            spec = {"type": "ExternalName", "externalName": outside}
        elif sort != "none":
            spec["selector"] = {"app": draw(st.sampled_from(["a", "b"]))}
            spec["clusterIP"] = "None" if sort == "headless" else f"10.96.0.{number + 1}"
            spec["publishNotReadyAddresses"] = draw(st.booleans())
        if sort == "cluster-ip" and not spec["ports"]:
            spec["ports"] = [PORTS[0]]
        if sort != "none":
            found.append(made("Service", namespace, name, spec))
    return found


@st.composite
def backends(draw: st.DrawFn) -> list[Backend]:
    found: list[Backend] = []
    for number in range(draw(st.integers(0, 4))):
        spec: dict[str, Any] = {"containers": [{"name": "c"}]}
        if draw(st.booleans()):
            spec |= {"hostname": draw(st.sampled_from(["h0", "h1"])), "subdomain": draw(st.sampled_from(NAMES))}
        app, namespace = draw(st.sampled_from(["a", "b"])), draw(st.sampled_from(NAMESPACES))
        pod: Pod = made("Pod", namespace, f"p{number}", spec, labels={"app": app})
        found.append(
            Backend(pod=pod, address=f"10.244.0.{number + 1}", ready=draw(st.booleans()), terminating=draw(st.booleans()))
        )
    return found


def renumbered(cluster: Cluster, number: int) -> Cluster:
    """Give all objects addresses that no example had before: CoreDNS remembers for half a minute what leads back to a name."""
    some = [
        msgspec.structs.replace(
            each, spec=msgspec.structs.replace(each.spec, cluster_ip=each.spec.cluster_ip.replace(".0.", f".{number}."))
        )
        for each in cluster.services
    ]
    behind = [msgspec.structs.replace(each, address=each.address.replace(".0.", f".{number}.")) for each in cluster.backends]
    return msgspec.structs.replace(cluster, services=some, backends=behind)


def questions(cluster: Cluster) -> Iterator[tuple[str, str]]:
    hosts = ["h0", "h1", "absent", *(backend.address.replace(".", "-") for backend in cluster.backends)]
    for namespace, name in itertools.product((*NAMESPACES, "absent"), (*NAMES, "absent")):
        whole = f"{name}.{namespace}.svc.{ZONE}."
        yield from ((whole, kind) for kind in KINDS)
        yield from ((f"{port}.{whole}", "SRV") for port in ("_http._tcp", "_dns._udp", "_http._udp", "_no._tcp", "_81._tcp"))
        yield from ((f"{host}.{whole}", "A") for host in hosts)
        yield f"a.b.c.{whole}", "A"
    for namespace in (*NAMESPACES, "absent"):
        yield f"{namespace}.svc.{ZONE}.", "A"
        yield f"10-1-2-3.{namespace}.pod.{ZONE}.", "A"
        yield f"10-1-2-3.{namespace}.pod.{ZONE}.", "AAAA"
        yield f"no-address.{namespace}.pod.{ZONE}.", "A"
    yield from (
        (name, "A") for name in (f"{ZONE}.", f"svc.{ZONE}.", f"absent.{ZONE}.", f"dns-version.{ZONE}.", "absent.example.")
    )
    yield from ((f"{name}.", kind) for name in OUTSIDE for kind in ("A", "AAAA"))
    yield f"dns-version.{ZONE}.", "TXT"
    addresses = [backend.address for backend in cluster.backends] + ["192.0.2.200"]
    addresses += [service.spec.cluster_ip for service in cluster.services if service.spec.cluster_ip not in {"", "None"}]
    yield from ((".".join(reversed(address.split("."))) + ".in-addr.arpa.", "PTR") for address in addresses)


def tell(coredns: CoreDNS, cluster: Cluster) -> None:
    """Replace all objects, and wait for a marker that comes behind them."""
    wanted = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (*NAMESPACES, "sync")]
    for service in cluster.services:
        wanted += [service_object(service), endpoint_slice(service, cluster.backends)]
    old = list(coredns.store.objects.values())
    coredns.store.apply([{"type": "DELETED", "object": dict(each)} for each in old if each["kind"] != "Namespace"])
    coredns.store.apply([{"type": "ADDED", "object": each} for each in wanted])
    name = f"m{len(coredns.store.changes)}"
    marker: Service = made("Service", "sync", name, {"clusterIP": "10.96.255.1", "ports": [{"port": 1}]})
    slices = endpoint_slice(msgspec.structs.replace(marker, spec=msgspec.structs.replace(marker.spec, cluster_ip="None")), [])
    slices["endpoints"] = [{"addresses": ["10.244.255.1"], "conditions": {"ready": True}}]
    headless = service_object(marker)
    headless["spec"] |= {"clusterIP": "None", "clusterIPs": ["None"]}
    coredns.store.apply([{"type": "ADDED", "object": each} for each in (headless, slices)])
    coredns.until(lambda: coredns.ask(f"{name}.sync.svc.{ZONE}.", "A").records == ("A 10.244.255.1",))


# Without shrinking: each example takes tenths of a second, and a mismatch names its question.
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(services(), backends())
def test_the_core_answers_as_coredns_does(coredns: CoreDNS, some: list[Service], behind: list[Backend]) -> None:
    global asked, examples  # noqa: PLW0603 - the next test sees that enough was asked
    examples += 1
    cluster = renumbered(Cluster(zone=ZONE, namespaces=NAMESPACES, services=some, backends=behind, outside=OUTSIDE), examples)
    tell(coredns, cluster)

    different = [
        (name, kind, answer(cluster, name, kind), seen)
        for name, kind in questions(cluster)
        if (seen := coredns.ask(name, kind)) != answer(cluster, name, kind)
    ]

    asked += sum(1 for _ in questions(cluster))
    assert not different, "\n".join(map(str, different[:10]))


def test_enough_was_asked() -> None:
    assert asked == 0 or asked > 1000  # none where that test was not selected
