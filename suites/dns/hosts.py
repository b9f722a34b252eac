"""What a Pod calls itself, and what stands in its /etc/hosts."""

from __future__ import annotations

from typing import Any

from pytest_podconform.judge.vocabulary import (
    HOSTNAME,
    POD_ADDRESS,
    QUERY,
    Case,
    Place,
    agree,
    at_most,
    begins,
    case,
    file,
    first,
    has,
    hit,
    hosts_line,
    like,
    looked_up,
    never,
    own_hosts_line,
    started,
)
from pytest_podconform.model.build import container, http, liveness, pod, recorded

HOSTS = "/etc/hosts"


@case("dns.hosts.name")
def its_own_name(*, place: Place) -> Case:
    """Without a hostname the Pod is called by its name, to which a static Pod's node may be added."""
    name = rf"{place.name('pod')}(-[a-z0-9-]+)?"
    return Case.of(pod(container(hostname=True)), first(HOSTNAME, like("hostname", name), like("fqdn", name)))


@case("dns.hosts.name")
def hostname_and_subdomain(*, place: Place) -> Case:
    """With hostname and subdomain the FQDN lies below the subdomain, though there is no such Service."""
    fqdn = f"db-0.{place.name('absent')}.{place.namespace}.svc.{place.cluster_domain}"
    probed = pod(container(hostname=True), hostname="db-0", subdomain=place.name("absent"))
    return Case.of(probed, first(HOSTNAME, has("hostname", "db-0"), has("fqdn", fqdn)))


@case("dns.hosts.fqdn", params={"with-a-subdomain": True, "without": False})
def fqdn_for_a_hostname(has_subdomain: bool, *, place: Place) -> Case:  # noqa: FBT001 - a parameter of the case
    """With setHostnameAsFQDN the kernel calls the Pod by its FQDN; one without a subdomain has none."""
    subdomain = place.name("s")
    spec: dict[str, Any] = {"subdomain": subdomain} if has_subdomain else {}
    name = f"h.{subdomain}.{place.namespace}.svc.{place.cluster_domain}" if has_subdomain else "h"
    named = pod(container(hostname=True), hostname="h", setHostnameAsFQDN=True, **spec)
    return Case.of(named, first(HOSTNAME, has("hostname", name), has("fqdn", name)))


@case("dns.hosts.fqdn")
def no_kernel_takes_it(*, place: Place) -> Case:
    """A Pod whose FQDN has more than 64 characters is never started; four probes of another one pass meanwhile."""
    witness = pod(container(liveness(http(200), initial_delay=2, period=1)), name="witness")
    named = pod(container(), hostname="h" * 60, subdomain=place.name("sub"), setHostnameAsFQDN=True)
    its_name = place.name("pod")
    return Case.of([witness, named], never(started().of(its_name), before=hit(5)))


@case("dns.hosts.long-name", params={"cut": 70, "cut-and-stripped": 63})
def a_long_name_is_cut(length: int) -> Case:
    """A Pod's name is cut to 63 characters for a hostname, and no dash is left at the end of that."""
    name = "a" * (length - 1) + "-"
    expected = "a" * min(length - 1, 63)
    return Case.of(pod(container(hostname=True), name=name), first(HOSTNAME, has("hostname", expected)))


@case("dns.hosts.host-network")
def a_nodes_name_is_the_nodes(*, place: Place) -> Case:
    """A Pod in its node's network is called as the node is, whatever it says itself."""
    named = pod(container(hostname=True), hostNetwork=True, hostname="podconform-db-0")
    return Case.of(named, first(HOSTNAME, like("hostname", rf"(?!podconform-db-0$|{place.name('pod')}$).+")))


@case("dns.hosts.managed", shares=True)
def lines_of_every_pod() -> Case:
    """/etc/hosts says whose it is, and names the loopback and the multicast groups of IPv6."""
    return Case.of(
        pod(container(show=[HOSTS])),
        first(
            file(HOSTS),
            begins("text", "# Kubernetes-managed hosts file.\n"),
            hosts_line("::1", "localhost", "ip6-localhost", "ip6-loopback"),
            hosts_line("fe00::0", "ip6-localnet"),
            hosts_line("fe00::1", "ip6-allnodes"),
            hosts_line("fe00::2", "ip6-allrouters"),
        ),
    )


@case("dns.hosts.file")
def its_own_line() -> Case:
    """/etc/hosts has the Pod's address with its hostname."""
    probed = pod(container(show=[HOSTS]), hostname="db-0")
    return Case.of(probed, agree(POD_ADDRESS, file(HOSTS), own_hosts_line("db-0")))


@case("dns.hosts.file")
def aliases() -> Case:
    """Each of the Pod's hostAliases is a line of /etc/hosts, beside localhost."""
    given = [
        {"ip": "192.0.2.7", "hostnames": ["one.example", "two.example"]},
        {"ip": "192.0.2.8", "hostnames": ["three.example"]},
    ]
    return Case.of(
        pod(container(show=[HOSTS]), hostAliases=given),
        first(
            file(HOSTS),
            hosts_line("127.0.0.1", "localhost"),
            hosts_line("192.0.2.7", "one.example", "two.example"),
            hosts_line("192.0.2.8", "three.example"),
        ),
    )


@case("dns.hosts.file", marks=["wire"])
def nobody_is_asked_for_them() -> Case:
    """A name of /etc/hosts is resolved without a question to the DNS."""
    asking = container(records={}, lookups=["one.example"])
    probed = recorded(asking, hostAliases=[{"ip": "192.0.2.7", "hostnames": ["one.example"]}])
    done = looked_up("one.example")
    return Case.of(probed, first(done, has("addresses", ["192.0.2.7"])), at_most(0, QUERY, before=done))
