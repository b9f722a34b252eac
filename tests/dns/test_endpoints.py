from __future__ import annotations

from typing import Any

import pytest

from pytest_podconform.dns.endpoints import Backend, endpoint_slice, readiness
from pytest_podconform.dns.hosts import hostname, hosts_file
from pytest_podconform.dns.records import Cluster, answer
from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod, Service


def service(name: str = "web", *, cluster_ip: str = "None", selector: dict[str, str] | None = None, **spec: Any) -> Service:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    body = {"clusterIP": cluster_ip, "selector": selector or {"app": "web"}, "ports": ports, **spec}
    made = decode({"kind": "Service", "metadata": {"name": name, "namespace": "ns"}, "spec": body})
    assert isinstance(made, Service)
    return made


def pod(name: str = "p", *, namespace: str = "ns", app: str = "web", **spec: Any) -> Pod:
    metadata = {"name": name, "namespace": namespace, "labels": {"app": app, "more": "x"}}
    made = decode({"kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "c"}], **spec}})
    assert isinstance(made, Pod)
    return made


def backend(address: str = "10.0.0.1", *, ready: bool = True, terminating: bool = False, **more: Any) -> Backend:
    return Backend(pod=pod(**more), address=address, ready=ready, terminating=terminating)


def resolve(name: str, *backends: Backend, services: tuple[Service, ...] = (service(),)) -> list[str]:
    outside = {"api.example.com": ["192.0.2.10"]}
    cluster = Cluster(zone="cluster.local", namespaces=["ns"], services=services, backends=backends, outside=outside)
    return [record.removeprefix("A ") for record in answer(cluster, name, "A").records]


def test_a_slice_holds_all_pods_that_match_ready_or_not() -> None:
    slice_ = endpoint_slice(
        service(),
        [
            backend("10.0.0.1"),
            backend("10.0.0.2", ready=False),
            backend("10.0.0.3", app="other"),
            backend("10.0.0.4", namespace="elsewhere"),
            backend("", ready=False),
        ],
    )

    assert [(each["addresses"], each["conditions"]["ready"]) for each in slice_["endpoints"]] == [
        (["10.0.0.1"], True),
        (["10.0.0.2"], False),
    ]
    assert slice_["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert slice_["metadata"]["labels"] == {"kubernetes.io/service-name": "web"}


def test_a_terminating_pod_is_not_ready_as_an_endpoint() -> None:
    (endpoint,) = endpoint_slice(service(), [backend(terminating=True)])["endpoints"]

    assert endpoint["conditions"] == {"ready": False, "serving": True, "terminating": True}


def test_not_ready_addresses_can_be_published() -> None:
    (endpoint,) = endpoint_slice(service(publishNotReadyAddresses=True), [backend(ready=False)])["endpoints"]

    assert endpoint["conditions"]["ready"]


def test_a_hostname_counts_only_below_its_own_service() -> None:
    named = backend(hostname="h", subdomain="web")
    other = backend(hostname="h", subdomain="other")

    assert [each.get("hostname") for each in endpoint_slice(service(), [named, other])["endpoints"]] == ["h", None]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("web.ns.svc.cluster.local.", ["10.0.0.1", "10.0.0.2"]),
        ("WEB.ns.svc.cluster.local.", ["10.0.0.1", "10.0.0.2"]),
        ("h.web.ns.svc.cluster.local.", ["10.0.0.2"]),
        ("10-0-0-1.web.ns.svc.cluster.local.", ["10.0.0.1"]),
        ("10-0-0-2.web.ns.svc.cluster.local.", []),
        ("web.other.svc.cluster.local.", []),
        ("absent.ns.svc.cluster.local.", []),
        ("ns.svc.cluster.local.", []),
        ("svc.cluster.local.", []),
        ("cluster.local.", []),
        ("api.example.com.ns.svc.cluster.local.", []),
        ("api.example.com.", ["192.0.2.10"]),
        ("www.example.com.", []),
    ],
)
def test_records_of_a_headless_service(name: str, found: list[str]) -> None:
    backends = [backend("10.0.0.1"), backend("10.0.0.2", hostname="h", subdomain="web"), backend("10.0.0.3", ready=False)]

    assert resolve(name, *backends) == found


def test_a_service_with_an_address_answers_whatever_stands_behind_it() -> None:
    assert resolve("web.ns.svc.cluster.local.", services=(service(cluster_ip="10.96.0.7"),)) == ["10.96.0.7"]


def test_hostnames() -> None:
    assert hostname(pod("myapp-0"), "z") == "myapp-0"
    assert hostname(pod("myapp", hostname="h"), "z") == "h"
    assert hostname(pod("a" * 62 + ".b"), "z") == "a" * 62


def test_the_hosts_file_names_the_pod() -> None:
    plain = hosts_file(pod("p"), "10.0.0.1", "z").splitlines()
    full = hosts_file(pod(hostname="h", subdomain="s"), "10.0.0.1", "z").splitlines()

    assert plain[0] == "# Kubernetes-managed hosts file."
    assert plain[-1] == "10.0.0.1\tp"
    assert full[-1] == "10.0.0.1\th.s.ns.svc.z\th"


def test_host_aliases_come_last() -> None:
    aliases = [{"ip": "192.0.2.1", "hostnames": ["a", "b"]}]

    assert hosts_file(pod(hostAliases=aliases), "10.0.0.1", "z").endswith(
        "\n\n# Entries added by HostAliases.\n192.0.2.1\ta\tb\n"
    )


def test_slices_say_who_is_ready() -> None:
    slices: list[dict[str, Any]] = [
        {"endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": False}}, {"addresses": ["10.0.0.2"]}]},
        {"endpoints": None},
        {"endpoints": [{"addresses": ["10.0.0.3"], "conditions": {"ready": None}}]},
    ]

    assert readiness(slices) == {"10.0.0.1": False, "10.0.0.2": True, "10.0.0.3": True}
