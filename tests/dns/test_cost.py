from __future__ import annotations

import pytest

from pytest_podconform.dns import cost
from pytest_podconform.dns.policy import ResolvConf
from pytest_podconform.model.pod import HostAlias, ObjectMeta, Pod, PodSpec

CLUSTER = ResolvConf(searches=("default.svc.cluster.local", "svc.cluster.local", "cluster.local"), options=("ndots:5",))


def costs(name: str, file: ResolvConf = CLUSTER) -> dict[str, tuple[int, int] | None]:
    found: dict[str, tuple[int, int] | None] = {}
    for reading in cost.readings(name, "default", "cluster.local"):
        one = cost.cost(name, file, reading)
        found[reading.answer] = None if one is None else (one.queries, one.wasted)
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("api.example.com", {"api.example.com.": (8, 6)}),
        ("api.example.com.", {"api.example.com.": (2, 0)}),
        ("web", {"web.default.svc.cluster.local.": (2, 0), "web.": (8, 6)}),
        ("web.prod", {"web.prod.svc.cluster.local.": (4, 2), "web.prod.": (8, 6)}),
        ("web.prod.svc", {"web.prod.svc.cluster.local.": (6, 4), "web.prod.svc.": (8, 6)}),
        ("web.prod.svc.cluster.local", {"web.prod.svc.cluster.local.": (8, 6)}),
        ("a.web.prod.svc.cluster.local", {"a.web.prod.svc.cluster.local.": (2, 0)}),
    ],
)
def test_queries_until_the_answer(name: str, expected: dict[str, tuple[int, int]]) -> None:
    assert costs(name) == expected


def test_without_a_search_list_a_service_is_not_found_by_its_short_name() -> None:
    assert costs("web", ResolvConf()) == {"web.default.svc.cluster.local.": None, "web.": (2, 0)}


def does(name: str, file: ResolvConf = CLUSTER) -> list[tuple[str, int]]:
    *_, host = cost.readings(name, "default", "cluster.local")
    return [(fix.does.partition(";")[0], fix.queries) for fix in cost.fixes(name, file, host)]


def test_fixes() -> None:
    assert does("api.example.com") == [
        ("write api.example.com. (with its dot)", 2),
        ("dnsConfig with the option ndots:2", 2),
    ]
    assert does("api.example.com.") == []
    assert does("web") == [("write web. (with its dot)", 2)]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("web", "web"),
        ("web.prod.", "web.prod."),
        ("https://api.example.com:8443/v1?x=http://other", "api.example.com"),
        ("jdbc:postgresql://db.prod:5432/x", "db.prod"),
        ("redis://user:secret@cache:6379", "cache"),
        ("db.prod:5432", "db.prod"),
        ("example.com/path", "example.com"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("http://192.0.2.1/", "192.0.2.1"),
    ],
)
def test_the_host_of_what_is_given(text: str, host: str) -> None:
    assert cost.host_of(text) == host


@pytest.mark.parametrize("text", ["file:///etc/hosts", "http://", ":80", "http://[::1", "a:1,b:2", "mongodb://a,b/x"])
def test_a_url_without_a_host_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"names no host|names several hosts|Invalid IPv6 URL"):
        cost.host_of(text)


def pod(*, host_network: bool = False) -> Pod:
    aliases = (HostAlias(ip="192.0.2.7", hostnames=("DB", "db.local")),)
    return Pod(metadata=ObjectMeta(name="web"), spec=PodSpec(containers=(), host_aliases=aliases, host_network=host_network))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("192.0.2.1", "it is an IP address: nothing is looked up"),
        ("::1", "it is an IP address: nothing is looked up"),
        ("localhost", "/etc/hosts has it: loopback"),
        ("Localhost", "/etc/hosts has it: loopback"),
        ("ip6-loopback", "/etc/hosts has it: loopback"),
        ("db", "/etc/hosts has it, by the Pod's hostAliases: 192.0.2.7"),
        ("db.local", "/etc/hosts has it, by the Pod's hostAliases: 192.0.2.7"),
        ("web", "/etc/hosts has it: the Pod's own name"),
        ("localhost.", ""),
        ("localhost.example", ""),
        ("db.local.", ""),
        ("web.prod", ""),
        ("ff00::0", "it is an IP address: nothing is looked up"),
        ("ip6-localnet", ""),
    ],
)
def test_what_needs_no_query(name: str, reason: str) -> None:
    assert cost.answered_without_query(name, pod(), "cluster.local") == reason


def test_on_the_host_network_the_hosts_file_is_the_nodes_and_has_the_aliases() -> None:
    on_the_node = pod(host_network=True)

    assert not cost.answered_without_query("web", on_the_node, "cluster.local")
    assert cost.answered_without_query("db", on_the_node, "cluster.local")
