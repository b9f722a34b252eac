"""The cluster's search domains stand in the wrong order: the widest first."""

from __future__ import annotations

from pytest_podconform.dns import policy

CAUGHT_BY = {
    "dns/resolv-conf/cluster-first[said]",
    "dns/resolv-conf/cluster-first[default]",
    "dns/resolv-conf/dns-config-is-merged",
    "dns/expansion/fewer-dots-than-ndots",
}

right = policy.cluster_searches


def cluster_searches(namespace: str, zone: str) -> tuple[str, ...]:
    return right(namespace, zone)[::-1]


policy.cluster_searches = cluster_searches
