"""The file that a policy and a dnsConfig lead to."""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import (
    REFUSED,
    Case,
    Check,
    FileShown,
    Place,
    case,
    eventually,
    file,
    first,
    resolv_conf,
)
from pytest_podconform.model.build import RESOLV_CONF, container, ends, pod

SHOWN = file(RESOLV_CONF)


def _clusters(place: Place) -> Check[FileShown]:
    """Expect the file that the policy ClusterFirst gives."""
    return resolv_conf(nameservers=place.cluster_dns, searches=place.searches, options=["ndots:5"])


def _nodes(place: Place) -> Check[FileShown]:
    """Expect the file that the policy Default gives."""
    return resolv_conf(nameservers=place.node_nameservers[:3], searches=place.node_searches, options=place.node_options)


@case("dns.policy.cluster-first", "dns.search.default", "dns.ndots.default", params={"said": "ClusterFirst", "default": None})
def cluster_first(policy: str | None, *, place: Place) -> Case:
    """The cluster's DNS server and no other, its three search domains before the node's own, ndots 5 and nothing else."""
    spec: Any = {} if policy is None else {"dnsPolicy": policy}
    expected = _clusters(place)
    return Case.of(pod(container(show=[RESOLV_CONF]), **spec), first(SHOWN, expected))


@case("dns.policy.none", "dns.config.nameservers", "dns.config.searches", "dns.config.options")
def none_with_dns_config() -> Case:
    """With the policy None the file says what dnsConfig says, and nothing of the cluster or the node."""
    config = {
        "nameservers": ["192.0.2.53", "192.0.2.54"],
        "searches": ["ns1.svc.example", "my.dns.search.suffix"],
        "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
    }
    expected = resolv_conf(
        nameservers=["192.0.2.53", "192.0.2.54"],
        searches=["ns1.svc.example", "my.dns.search.suffix"],
        options=["ndots:2", "edns0"],
    )
    probed = pod(container(show=[RESOLV_CONF]), dnsPolicy="None", dnsConfig=config)
    return Case.of(probed, first(SHOWN, expected))


@case("dns.policy.none", params={"no-dns-config": {}, "no-nameservers": {"dnsConfig": {"searches": ["a.example"]}}})
def none_needs_nameservers(spec: Any) -> Case:
    """The policy None without a nameserver is refused."""
    return Case.of(pod(container(), dnsPolicy="None", **spec), eventually(REFUSED))


@case("dns.config.nameservers", "dns.config.searches", "dns.config.options")
def dns_config_is_merged(*, place: Place) -> Case:
    """What dnsConfig lists comes after what the policy gives, each entry once; an option of the same name is replaced."""
    config = {
        "nameservers": ["192.0.2.53", place.cluster_dns[0]],
        "searches": ["a.example", f"svc.{place.cluster_domain}"],
        "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
    }
    expected = resolv_conf(
        nameservers=[*place.cluster_dns, "192.0.2.53"],
        searches=[*place.searches, "a.example"],
        options=["ndots:2", "edns0"],
    )
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsConfig=config), first(SHOWN, expected))


@case("dns.policy.default")
def default_is_the_nodes(*, place: Place) -> Case:
    """With the policy Default the file is the node's."""
    expected = _nodes(place)
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="Default"), first(SHOWN, expected))


@case("dns.policy.host-net-without")
def host_net_without_host_network(*, place: Place) -> Case:
    """ClusterFirstWithHostNet means ClusterFirst also where the Pod has a network of its own."""
    expected = _clusters(place)
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="ClusterFirstWithHostNet"), first(SHOWN, expected))


@case("dns.policy.host-net")
def host_network_with_cluster_dns(*, place: Place) -> Case:
    """ClusterFirstWithHostNet means ClusterFirst for a Pod in its node's network."""
    expected = _clusters(place)
    probed = pod(container(show=[RESOLV_CONF]), dnsPolicy="ClusterFirstWithHostNet", hostNetwork=True)
    return Case.of(probed, first(SHOWN, expected))


@case("dns.policy.host-net")
def host_network_falls_back(*, place: Place) -> Case:
    """ClusterFirst means Default for a Pod in its node's network."""
    expected = _nodes(place)
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="ClusterFirst", hostNetwork=True), first(SHOWN, expected))


@case("dns.policy.all-containers")
def all_containers_see_it(*, place: Place) -> Case:
    """An init container and the second app container find the same file."""
    expected = _clusters(place)
    init = container(name="init", show=[RESOLV_CONF], exits=ends())
    probed = pod(container(), container(name="second", show=[RESOLV_CONF]), initContainers=[init])
    return Case.of(probed, *(first(file(RESOLV_CONF, name), expected) for name in ("init", "second")))


def _none(searches: list[str], options: list[dict[str, str]] | None = None) -> Any:
    return pod(
        container(show=[RESOLV_CONF]),
        dnsPolicy="None",
        dnsConfig={"nameservers": ["192.0.2.53"], "searches": searches, "options": options or []},
    )


@case("dns.config.trailing-dot", "dns.config.bytes")
def a_dot_at_the_end() -> Case:
    """A search domain may end with a dot, and is another one then; one that comes twice is there once."""
    searches = ["a.example", "a.example."]
    expected = resolv_conf(nameservers=["192.0.2.53"], searches=searches, options=["edns0"])
    probed = _none([*searches, "a.example"], [{"name": "edns0", "value": ""}])
    return Case.of(probed, first(SHOWN, expected))
