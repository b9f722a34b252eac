"""What a Pod calls itself, and what stands in its /etc/hosts."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    HOSTNAME,
    POD_ADDRESS,
    QUERY,
    Case,
    Place,
    agree,
    at_most,
    case,
    file,
    first,
    has,
    hosts_line,
    like,
    looked_up,
    own_hosts_line,
)
from pytest_podconform.model.build import container, pod, recorded

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
