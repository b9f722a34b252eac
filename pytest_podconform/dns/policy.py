"""What a Pod's resolv.conf says: `dnsPolicy`, `dnsConfig` and the node's file, merged as the kubelet merges them.

https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.model.pod import PodDNSConfig
from pytest_podconform.model.rules import implements
from pytest_podconform.model.validation import MAX_NAME, MAX_NAMESERVERS, MAX_SEARCH_CHARACTERS, MAX_SEARCHES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_podconform.model.pod import DNSOption, Pod, PodSpec

CLUSTER_NDOTS: Final = "ndots:5"


class ResolvConf(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a resolv.conf."""

    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def render(self) -> str:
        """Render the file; the order of lines is the one that container runtimes write."""
        lines = [f"search {' '.join(self.searches)}"] if self.searches else []
        lines += [f"nameserver {address}" for address in self.nameservers]
        lines += [f"options {' '.join(self.options)}"] if self.options else []
        return "".join(f"{line}\n" for line in lines)


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """What a node agent is configured with."""

    cluster_domain: str
    cluster_dns: tuple[str, ...]
    resolv_conf: ResolvConf


@implements("dns.policy.all-containers", "dns.limit.nameservers")
def resolv_conf(pod: Pod, node: Node) -> ResolvConf:
    """Return what a Pod's containers find in /etc/resolv.conf."""
    merged = _with_config(_by_policy(pod, node), pod.spec.dns_config)
    return ResolvConf(
        nameservers=merged.nameservers[:MAX_NAMESERVERS], searches=_fitting(merged.searches), options=merged.options
    )


@implements("dns.config.nameservers", "dns.config.searches")
def _with_config(base: ResolvConf, config: PodDNSConfig) -> ResolvConf:
    """Merge what the Pod asks for into what the policy gives; without a dnsConfig that stays as it is, duplicates and all."""
    if config == PodDNSConfig():
        return base
    return ResolvConf(
        nameservers=_first_of_each([*base.nameservers, *config.nameservers]),
        searches=_first_of_each([*base.searches, *config.searches]),
        options=_merged(base.options, config.options),
    )


@implements("dns.policy.cluster-first", "dns.policy.default", "dns.policy.none", "dns.search.default", "dns.ndots.default")
def _by_policy(pod: Pod, node: Node) -> ResolvConf:
    policy = effective_policy(pod.spec)
    if policy == "None":
        return ResolvConf()
    if policy == "Default":
        return node.resolv_conf
    return ResolvConf(
        nameservers=node.cluster_dns,
        searches=_first_of_each([*cluster_searches(pod.metadata.namespace, node.cluster_domain), *node.resolv_conf.searches]),
        options=(CLUSTER_NDOTS,),
    )


@implements("dns.policy.host-net", "dns.policy.host-net-without")
def effective_policy(spec: PodSpec) -> str:
    """Return the policy that counts.

    "For Pods running with hostNetwork, you should explicitly set its DNS policy to ClusterFirstWithHostNet. Otherwise,
    Pods running with hostNetwork and ClusterFirst will fallback to the behavior of the Default policy."
    """
    if spec.host_network and spec.dns_policy == "ClusterFirst":
        return "Default"
    return spec.dns_policy


@implements("dns.search.default", "dns.search.same-namespace", "dns.search.other-namespace")
def cluster_searches(namespace: str, zone: str) -> tuple[str, ...]:
    """Return the search domains that lead to Services: of the own namespace, of any, and the whole cluster."""
    return (f"{namespace}.svc.{zone}", f"svc.{zone}", zone)


@implements("dns.config.bytes")
def _first_of_each(entries: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entries))


@implements("dns.limit.searches", "dns.limit.merged-characters")
def _fitting(searches: tuple[str, ...]) -> tuple[str, ...]:
    """Cut a merged search list to its limits: the number, then entries that are too long, then the length of all."""
    kept = [search for search in searches[:MAX_SEARCHES] if len(search) <= MAX_NAME]
    while len(" ".join(kept)) > MAX_SEARCH_CHARACTERS:
        kept.pop()
    return tuple(kept)


@implements("dns.config.options", "dns.config.bytes", "dns.ndots.lowered")
def _merged(base: Iterable[str], given: Iterable[DNSOption]) -> tuple[str, ...]:
    """Merge options by name; what the Pod says replaces what it inherits."""
    merged = {option.partition(":")[0]: option for option in base}
    for option in given:
        merged[option.name] = f"{option.name}:{option.value}" if option.value else option.name
    return tuple(merged.values())
