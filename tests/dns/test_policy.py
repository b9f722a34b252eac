"""The file that the kubelet writes, case by case as a real one wrote it (v1.34.4)."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_podconform.dns.policy import Node, ResolvConf, resolv_conf
from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod

NODE = Node(
    cluster_domain="cluster.local",
    cluster_dns=("10.96.0.10",),
    resolv_conf=ResolvConf(nameservers=("10.88.0.1",), searches=("host.example", "corp.example"), options=("timeout:1",)),
)
CLUSTER = ("default.svc.cluster.local", "svc.cluster.local", "cluster.local", "host.example", "corp.example")


def written(**spec: Any) -> ResolvConf:
    made = decode({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}], **spec}})
    assert isinstance(made, Pod)
    return resolv_conf(made, NODE)


def names(count: int) -> list[str]:
    return [f"d{number:02d}.example" for number in range(count)]


NDOTS = ("ndots:5",)
CLUSTER_FIRST = ResolvConf(nameservers=("10.96.0.10",), searches=CLUSTER, options=NDOTS)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, CLUSTER_FIRST),
        (
            {
                "dnsConfig": {
                    "nameservers": ["10.88.9.9"],
                    "searches": ["a.example", "svc.cluster.local"],
                    "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
                }
            },
            ResolvConf(nameservers=("10.96.0.10", "10.88.9.9"), searches=(*CLUSTER, "a.example"), options=("ndots:2", "edns0")),
        ),
        ({"hostNetwork": True}, NODE.resolv_conf),
        ({"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}, CLUSTER_FIRST),
        ({"dnsPolicy": "ClusterFirstWithHostNet"}, CLUSTER_FIRST),
        ({"dnsPolicy": "Default"}, NODE.resolv_conf),
        (
            {
                "dnsPolicy": "Default",
                "dnsConfig": {
                    "nameservers": ["10.88.9.9"],
                    "searches": ["a.example"],
                    "options": [{"name": "timeout", "value": "3"}],
                },
            },
            ResolvConf(
                nameservers=("10.88.0.1", "10.88.9.9"),
                searches=("host.example", "corp.example", "a.example"),
                options=("timeout:3",),
            ),
        ),
        ({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.88.9.9"]}}, ResolvConf(nameservers=("10.88.9.9",))),
        (
            {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.88.9.1", "10.88.9.1"]}},
            ResolvConf(nameservers=("10.88.9.1",)),
        ),
        (
            {"dnsConfig": {"nameservers": ["10.88.9.1", "10.88.9.2", "10.88.9.3"]}},
            ResolvConf(nameservers=("10.96.0.10", "10.88.9.1", "10.88.9.2"), searches=CLUSTER, options=NDOTS),
        ),
        (
            {"dnsConfig": {"searches": names(29)}},
            ResolvConf(nameservers=("10.96.0.10",), searches=(*CLUSTER, *names(27)), options=NDOTS),
        ),
        (
            {
                "dnsPolicy": "None",
                "dnsConfig": {
                    "nameservers": ["10.88.9.9"],
                    "options": [{"name": "ndots", "value": "2"}, {"name": "ndots", "value": "4"}],
                },
            },
            ResolvConf(nameservers=("10.88.9.9",), options=("ndots:4",)),
        ),
        (
            {"dnsConfig": {"options": [{"name": "ndots", "value": ""}, {"name": "rotate"}]}},
            ResolvConf(nameservers=("10.96.0.10",), searches=CLUSTER, options=("ndots", "rotate")),
        ),
    ],
)
def test_policies_and_merging(spec: dict[str, Any], expected: ResolvConf) -> None:
    assert written(**spec) == expected


def test_a_long_search_list_loses_whole_entries_from_its_end() -> None:
    long = [f"{'x' * 60}.{'y' * 60}.{number:02d}.example" for number in range(15)]

    searches = written(dnsConfig={"searches": long}).searches

    assert searches == (*CLUSTER, *long)[: len(searches)]
    assert len(" ".join(searches)) <= 2048 < len(" ".join((*CLUSTER, *long)))


def test_the_rendered_file() -> None:
    assert written().render() == (
        "search default.svc.cluster.local svc.cluster.local cluster.local host.example corp.example\n"
        "nameserver 10.96.0.10\n"
        "options ndots:5\n"
    )
    assert ResolvConf().render() == ""
