"""Mistakes about resolv.conf, search paths and records."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pytest_podconform.dns import endpoints, policy, records
from pytest_podconform.dns.policy import ResolvConf
from pytest_podconform.runtimes.simulated import target, world

from .mechanism import Broken, mutant

Function = Callable[..., Any]


@mutant(caught_by=["dns.search.default", "dns.policy.cluster-first"], spares=["dns.policy.none", "dns.record.service"])
def search_list_reversed(runtime: Broken) -> None:
    """The widest search domain comes first."""
    runtime.wrap(policy, "cluster_searches", lambda right: lambda namespace, zone: right(namespace, zone)[::-1])


@mutant(caught_by=["dns.search.same-namespace"], spares=["dns.policy.none"])
def search_list_of_another_namespace(runtime: Broken) -> None:
    """All Pods search the default namespace."""
    runtime.wrap(policy, "cluster_searches", lambda right: lambda _namespace, zone: right("default", zone))


@mutant(
    caught_by=["dns.ndots.default", "dns.ndots.relative", "dns.ndots.external-cost"],
    spares=["dns.policy.none", "dns.record.service"],
)
def ndots_is_one(runtime: Broken) -> None:
    """Cluster DNS leaves ndots to the resolver's own default."""
    runtime.constant(policy, "CLUSTER_NDOTS", "ndots:1", read_by=(policy, "_by_policy"))


def files(change: Callable[[Any, Any, ResolvConf], ResolvConf]) -> Callable[[Function], Function]:
    """Write another resolv.conf, knowing the right one."""

    def around(right: Function) -> Function:
        return lambda pod, node: change(pod, node, right(pod, node))

    return around


@mutant(caught_by=["dns.config.searches"], spares=["dns.policy.none", "dns.policy.cluster-first"])
def dns_config_is_ignored(runtime: Broken) -> None:
    """`dnsConfig` counts where the policy is None only."""

    def change(pod: Any, node: Any, right: ResolvConf) -> ResolvConf:
        return right if pod.spec.dns_policy == "None" else policy._by_policy(pod, node)

    runtime.wrap(world, "resolv_conf", files(change))


@mutant(caught_by=["dns.config.searches"], spares=["dns.policy.none", "dns.policy.cluster-first"])
def dns_config_replaces(runtime: Broken) -> None:
    """`dnsConfig` is not merged: what it says is all there is."""

    def change(pod: Any, _node: Any, right: ResolvConf) -> ResolvConf:
        config = pod.spec.dns_config
        return msgspec.structs.replace(right, searches=tuple(config.searches) or right.searches)

    runtime.wrap(world, "resolv_conf", files(change))


@mutant(caught_by=["dns.config.options"], spares=["dns.policy.cluster-first"])
def options_are_appended(runtime: Broken) -> None:
    """An option of the Pod stands beside the one that it should replace."""

    def merged(base: Any, given: Any) -> tuple[str, ...]:
        return (*base, *(f"{each.name}:{each.value}" if each.value else each.name for each in given))

    runtime.replace(policy, "_merged", merged)


@mutant(caught_by=["dns.policy.default"], spares=["dns.policy.cluster-first", "dns.policy.none"])
def default_is_cluster_first(runtime: Broken) -> None:
    """`Default` is taken for the default."""
    runtime.wrap(
        policy, "effective_policy", lambda right: lambda spec: "ClusterFirst" if right(spec) == "Default" else right(spec)
    )


@mutant(caught_by=["dns.policy.cluster-first"], spares=["dns.policy.none", "dns.policy.default"])
def cluster_first_is_default(runtime: Broken) -> None:
    """Pods get the node's own DNS, whatever they ask for."""
    runtime.wrap(
        policy, "effective_policy", lambda right: lambda spec: "Default" if right(spec) == "ClusterFirst" else right(spec)
    )


@mutant(caught_by=["dns.policy.none"], spares=["dns.policy.cluster-first", "dns.policy.default"])
def none_inherits(runtime: Broken) -> None:
    """`None` adds `dnsConfig` to what ClusterFirst gives."""
    runtime.wrap(
        policy, "effective_policy", lambda right: lambda spec: "ClusterFirst" if right(spec) == "None" else right(spec)
    )


@mutant(caught_by=["probe.readiness.endpoints", "condition.ready"], spares=["dns.record.service"])
def unready_pods_stay_in_dns(runtime: Broken) -> None:
    """Readiness does not matter to DNS."""
    runtime.replace(records, "is_published", lambda _service, _backend: True)


@mutant(caught_by=["dns.record.hostname-subdomain"], spares=["dns.record.service"])
def hostnames_have_no_record(runtime: Broken) -> None:
    """Pods are known by their addresses only."""
    runtime.replace(records, "endpoint_name", lambda _service, backend: backend.address.replace(".", "-"))


@mutant(caught_by=["dns.search.other-namespace", "dns.search.same-namespace"], spares=["dns.policy.none"])
def services_are_global(runtime: Broken) -> None:
    """A Service's name is looked for in all namespaces."""

    def around(right: Function) -> Function:
        def answer(cluster: records.Cluster, name: str, kind: str) -> records.Answer:
            found: records.Answer = right(cluster, name, kind)
            first = name.split(".", maxsplit=1)[0]
            same = [service for service in cluster.services if service.metadata.name == first]
            if not found.records or not same or same[0].headless or kind != "A":
                return found
            return records.Answer("NOERROR", (f"A {same[0].spec.cluster_ip}",))

        return answer

    from pytest_podconform.runtimes.simulated import runtime as simulated  # noqa: PLC0415 - beside the name `runtime`

    runtime.wrap(simulated, "answer", around)


@mutant(caught_by=["dns.record.hostname-subdomain"], spares=["dns.policy.none"])
def selectors_match_nothing(runtime: Broken) -> None:
    """Services have no Pods."""
    runtime.replace(records, "selects", lambda _service, _backend: False)
    runtime.replace(endpoints, "selects", lambda _service, _backend: False)


@mutant(caught_by=["dns.config.nameservers"], spares=["dns.policy.cluster-first", "dns.policy.none"])
def nameservers_are_not_added(runtime: Broken) -> None:
    """Cluster DNS is the only server, whatever `dnsConfig` adds."""

    def change(pod: Any, node: Any, right: ResolvConf) -> ResolvConf:
        base = policy._by_policy(pod, node)
        return msgspec.structs.replace(right, nameservers=base.nameservers or right.nameservers)

    runtime.wrap(world, "resolv_conf", files(change))


@mutant(caught_by=["dns.ndots.lowered", "dns.config.options"], spares=["dns.ndots.default", "dns.policy.none"])
def ndots_of_the_pod_is_ignored(runtime: Broken) -> None:
    """An option that cluster DNS has set cannot be set again."""
    runtime.wrap(
        policy, "_merged", lambda right: lambda base, given: right((), given) if not base else right(base, _unset(base, given))
    )


def _unset(base: Any, given: Any) -> list[Any]:
    names = {option.partition(":")[0] for option in base}
    return [option for option in given if option.name not in names]


@mutant(caught_by=["dns.ndots.trailing-dot"], spares=["dns.ndots.relative", "dns.policy.cluster-first"])
def trailing_dots_are_dropped(runtime: Broken) -> None:
    """Names are looked up without the dot that makes them absolute."""
    runtime.wrap(target, "candidates", lambda right: lambda name, *file, **more: right(name.rstrip("."), *file, **more))


@mutant(caught_by=["dns.record.service", "dns.search.same-namespace"], spares=["dns.record.hostname-subdomain"])
def services_have_no_record(runtime: Broken) -> None:
    """Only headless Services are known to DNS."""

    def around(right: Function) -> Function:
        return lambda cluster, service, below, kind: (
            right(cluster, service, below, kind) if service.headless else records.NXDOMAIN
        )

    runtime.wrap(records, "_of_service", around)
