"""Mistakes about what the cluster's DNS server answers, what a libc asks for, and what a Pod is called."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from pytest_podconform.dns import hosts, policy, records
from pytest_podconform.model import validation
from pytest_podconform.runtimes.simulated import runtime as simulated
from pytest_podconform.runtimes.simulated import target, world

from .mechanism import Broken, mutant


def answering(change: Callable[[str, Any], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Change what is answered; `change` takes the type that was asked for and the right answer."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        return lambda cluster, name, kind: change(kind, right(cluster, name, kind))

    return around


@mutant(caught_by=["dns.record.version"], spares=["dns.record.service"])
def no_version(runtime: Broken) -> None:
    """The zone does not tell its version."""
    runtime.wrap(simulated, "answer", answering(lambda kind, right: records.NXDOMAIN if kind == "TXT" else right))


@mutant(caught_by=["dns.record.srv", "dns.answer.transports"], spares=["dns.record.external-name"])
def no_service_records(runtime: Broken) -> None:
    """There are addresses and nothing else."""
    runtime.wrap(simulated, "answer", answering(lambda kind, right: records.NODATA if kind == "SRV" else right))


@mutant(caught_by=["dns.record.srv"], spares=["dns.record.external-name"])
def the_port_is_the_pods(runtime: Broken) -> None:
    """The SRV record of a Service has the port of its Pods."""

    def srv(_cluster: Any, service: Any, _published: Any, ports: Any) -> Any:
        return [f"SRV {port.target_port} {service.metadata.name}." for port in ports]

    runtime.replace(records, "_srv", srv)


@mutant(caught_by=["dns.record.unnamed-port"], spares=["dns.record.srv"])
def a_number_is_a_name(runtime: Broken) -> None:
    """A port without a name is found by its number."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def of_service(cluster: Any, service: Any, below: Any, kind: str) -> Any:
            ports = [structs.replace(port, name=port.name or str(port.port)) for port in service.spec.ports]
            spec = structs.replace(service.spec, ports=tuple(ports))
            return right(cluster, structs.replace(service, spec=spec), below, kind)

        return of_service

    runtime.wrap(records, "_of_service", around)


@mutant(caught_by=["dns.record.service"], spares=["dns.record.headless", "dns.record.external-name"])
def a_service_needs_a_ready_pod(runtime: Broken) -> None:
    """A Service whose Pods are not ready has no address."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def own(service: Any, published: Any) -> Any:
            return right(service, published) if published or not service.spec.selector else iter(())

        return own

    runtime.wrap(records, "_own", around)


@mutant(caught_by=["dns.record.alias-without-address"], spares=["dns.record.external-name"])
def an_alias_is_what_it_leads_to(runtime: Broken) -> None:
    """An alias of a name without an address is no name."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def external(cluster: Any, service: Any, kind: str) -> Any:
            found = right(cluster, service, kind)
            lonely = kind == "AAAA" and len(found.records) == 1
            return records.NXDOMAIN if lonely else found

        return external

    runtime.wrap(records, "_external", around)


def on_its_node(name: Callable[[Any], str]) -> Callable[..., Any]:
    """Call a Pod in its node's network otherwise."""
    return lambda right: lambda me: [name(me._pod)] * 2 if me._pod.spec.host_network else right(me)


@mutant(caught_by=["dns.hosts.host-network"], spares=["dns.hosts.name"])
def a_name_of_its_own_on_its_node(runtime: Broken) -> None:
    """A Pod in its node's network has a host name of its own."""
    runtime.wrap(world.SimWorld, "_names", on_its_node(lambda pod: hosts.hostname(pod, "")))


@mutant(caught_by=["dns.hosts.host-network"], spares=["dns.hosts.name"])
def the_pods_name_on_its_node(runtime: Broken) -> None:
    """A Pod in its node's network is called as the Pod is."""
    runtime.wrap(world.SimWorld, "_names", on_its_node(lambda pod: pod.metadata.name))


@mutant(caught_by=["dns.record.ptr"], spares=["dns.record.external-name"])
def no_way_back(runtime: Broken) -> None:
    """Addresses lead to no name."""
    runtime.replace(records, "_reverse", lambda _cluster, _name, _kind: records.NXDOMAIN)


@mutant(caught_by=["dns.record.headless"], spares=["dns.record.service"])
def a_headless_service_without_pods_is_a_name(runtime: Broken) -> None:
    """A headless Service without ready Pods has no record, and is there (the specification before 1.1.0)."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def of_service(cluster: Any, service: Any, below: Any, kind: str) -> Any:
            found = right(cluster, service, below, kind)
            return records.NODATA if service.headless and not below and found.rcode == "NXDOMAIN" else found

        return of_service

    runtime.wrap(records, "_of_service", around)


@mutant(caught_by=["dns.record.not-ready"], spares=["probe.readiness.endpoints", "dns.record.headless"])
def only_who_is_ready_is_published(runtime: Broken) -> None:
    """publishNotReadyAddresses is not looked at."""
    runtime.replace(records, "is_published", lambda _service, backend: backend.ready and not backend.terminating)


@mutant(caught_by=["dns.record.external-name"], spares=["dns.record.service"])
def no_other_names(runtime: Broken) -> None:
    """A Service of type ExternalName is not there."""
    runtime.replace(records, "_external", lambda _cluster, _service, _kind: records.NXDOMAIN)


@mutant(caught_by=["dns.record.pod"], spares=["dns.record.service"])
def no_names_for_pods(runtime: Broken) -> None:
    """There is nothing below `pod` (CoreDNS with `pods disabled`)."""
    runtime.replace(records, "_of_pod", lambda _cluster, _labels, _kind: records.NXDOMAIN)


@mutant(caught_by=["dns.answer.no-such-record"], spares=["dns.record.service"])
def no_record_is_no_name(runtime: Broken) -> None:
    """A name without a record of that type is answered as a name that is not there."""

    def change(_kind: str, right: Any) -> Any:
        return records.NXDOMAIN if right == records.NODATA else right

    runtime.wrap(simulated, "answer", answering(change))


@mutant(caught_by=["dns.answer.no-such-name"], spares=["dns.record.service"])
def no_name_is_no_record(runtime: Broken) -> None:
    """A name that is not there is answered as one that has no record of that type."""
    runtime.wrap(simulated, "answer", answering(lambda _kind, right: right if right.records else records.NODATA))


@mutant(caught_by=["dns.search.stops", "dns.search.any"], spares=["dns.ndots.trailing-dot", "dns.search.whole-name"])
def the_first_search_domain_is_tried_last(runtime: Broken) -> None:
    """The search list is walked from its end."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def walk(name: str, searches: Any, ndots: int, **more: Any) -> Any:
            return right(name, searches if name.count(".") >= 3 else list(reversed(searches)), ndots, **more)

        return walk

    runtime.wrap(target, "candidates", around)


@mutant(caught_by=["dns.search.whole-name"], spares=["dns.ndots.trailing-dot", "dns.search.stops"])
def the_name_as_it_is_comes_first(runtime: Broken) -> None:
    """A whole name of the cluster is taken for what it is."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        return lambda name, searches, ndots, **more: right(name, searches, min(ndots, 4), **more)

    runtime.wrap(target, "candidates", around)


@mutant(caught_by=["dns.search.none"], spares=["dns.search.stops"])
def addresses_are_looked_up(runtime: Broken) -> None:
    """An address goes through the search list like a name."""
    runtime.replace(target, "is_address", lambda _text: False)


@mutant(caught_by=["dns.hosts.name"], spares=["dns.record.hostname-subdomain"])
def the_subdomain_is_not_in_the_name(runtime: Broken) -> None:
    """The FQDN is the host name."""
    runtime.wrap(world, "own_names", lambda right: lambda pod, zone: right(pod, zone)[-1:])


@mutant(caught_by=["dns.record.no-hostname"], spares=["dns.record.hostname-subdomain"])
def a_pods_name_is_a_hostname(runtime: Broken) -> None:
    """A Pod with a subdomain is found below its Service by its own name."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        def name(service: Any, backend: Any) -> Any:
            spec = backend.pod.spec
            return backend.pod.metadata.name if spec.subdomain and not spec.hostname else right(service, backend)

        return name

    runtime.wrap(records, "endpoint_name", around)


@mutant(caught_by=["dns.hosts.fqdn"], spares=["dns.hosts.name"])
def the_kernel_knows_the_short_name_only(runtime: Broken) -> None:
    """setHostnameAsFQDN is passed over."""
    runtime.replace(world, "hostname", lambda pod, zone: hosts.own_names(pod, zone)[-1])


@mutant(caught_by=["dns.hosts.fqdn"], spares=["dns.hosts.name"])
def a_long_fqdn_is_cut(runtime: Broken) -> None:
    """A host name that no kernel takes is cut to what it takes."""
    runtime.wrap(world, "hostname", lambda right: lambda pod, zone: right(pod, zone)[: hosts.MOST_HOSTNAME])


@mutant(caught_by=["dns.hosts.long-name"], spares=["dns.hosts.name"])
def a_long_name_stays_long(runtime: Broken) -> None:
    """A Pod's name is its host name, however long it is."""
    runtime.constant(hosts, "MAX_LABEL", 1000, read_by=(hosts, "own_names"))


@mutant(caught_by=["dns.hosts.managed"], spares=["dns.hosts.file"])
def the_hosts_file_is_a_plain_one(runtime: Broken) -> None:
    """/etc/hosts has localhost and the Pod, and nothing else."""
    runtime.constant(hosts, "HEADER", "127.0.0.1\tlocalhost\n", read_by=(world, "hosts_file"))


@mutant(caught_by=["dns.policy.host-net"], spares=["dns.policy.host-net-without", "dns.policy.default"])
def the_nodes_network_has_the_nodes_dns(runtime: Broken) -> None:
    """In its node's network a Pod has the node's file, whatever its policy says."""
    runtime.wrap(policy, "effective_policy", lambda right: lambda spec: "Default" if spec.host_network else right(spec))


@mutant(caught_by=["dns.policy.host-net"], spares=["dns.policy.cluster-first", "dns.policy.default"])
def the_nodes_network_has_the_clusters_dns(runtime: Broken) -> None:
    """In its node's network a Pod of the policy ClusterFirst has the cluster's DNS."""
    runtime.wrap(policy, "effective_policy", lambda _right: lambda spec: spec.dns_policy)


@mutant(caught_by=["dns.policy.cluster-first-upstream"], spares=["dns.record.service"])
def nothing_is_outside(runtime: Broken) -> None:
    """The cluster's DNS asks nobody for what lies outside its zone."""
    runtime.wrap(simulated, "answer", lambda right: lambda cluster, *asked: right(structs.replace(cluster, outside={}), *asked))


@mutant(caught_by=["dns.hosts.file"], spares=["dns.hosts.name"])
def aliases_are_forgotten(runtime: Broken) -> None:
    """hostAliases do not reach /etc/hosts."""
    runtime.wrap(world, "hosts_file", lambda right: lambda *given: right(*given).partition("\n# Entries")[0])


@mutant(caught_by=["dns.hosts.file"], spares=["dns.hosts.name"])
def the_pod_is_not_in_its_own_file(runtime: Broken) -> None:
    """/etc/hosts has the lines that every Pod has, and no line of its own."""
    runtime.wrap(world, "hosts_file", lambda right: lambda pod, _address, zone: right(pod, "192.0.2.200", zone))


@mutant(caught_by=["dns.config.trailing-dot"], spares=["dns.config.searches"])
def dots_at_the_end_are_refused(runtime: Broken) -> None:
    """A search domain that ends with a dot is none."""
    runtime.wrap(validation, "_is_search_domain", lambda right: lambda text: right(text) and not text.endswith("."))
