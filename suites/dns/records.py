"""What the cluster's DNS server answers: asked directly, for one type at a time, by a Pod."""

from __future__ import annotations

import re
from typing import Any

from pytest_podconform.judge.vocabulary import (
    POD_ADDRESS,
    Case,
    Monitor,
    Place,
    address_of_pod,
    agree,
    answered,
    case,
    first,
    has,
    looked_up,
    one_ttl,
    says,
    soon,
    started,
)
from pytest_podconform.model.build import Manifest, Question, container, http, pod, question, readiness, service

DASHED = r"\d+-\d+-\d+-\d+"
ADDRESS = r"A [0-9.]+"


def full(name: str, place: Place) -> str:
    """Return the absolute name of a Service of this case."""
    return f"{place.name(name)}.{place.namespace}.svc.{place.cluster_domain}."


def server(**spec: Any) -> Manifest:
    """Build a Pod that Services select, ready as soon as it listens."""
    return pod(container(readiness(http(200), period=1)), name="server", labels={"app": "server"}, **spec)


def client(*questions: Question) -> Manifest:
    """Build a Pod that asks."""
    return pod(container(questions=questions), name="client")


def comes(name: str, *, kind: str = "A", of: str = "") -> Monitor:
    """Expect a record to come about soon after the start of what asks; who asks `until` it is there may say no more.

    `of` names the Pod that asks, where there are others.
    """
    start = started().of(of) if of else started()
    return soon(answered(name, kind), after=start, within=5)


@case("dns.record.version", shares=True)
def schema_version(*, place: Place) -> Case:
    """The zone tells by which version of the specification it goes."""
    name = f"dns-version.{place.cluster_domain}."
    return Case.of(client(question(name, "TXT")), first(answered(name, "TXT"), says("NOERROR", r"TXT \d+\.\d+\.\d+")))


@case("dns.policy.cluster-first-upstream", shares=True)
def outside_the_cluster(*, place: Place) -> Case:
    """A name outside the zone is what the upstream says, and one below it that is not there is missed without it."""
    name, address = place.outside or ("", "")
    absent = full("absent", place)
    asked = pod(container(questions=[question(f"{name}."), question(absent)], lookups=[name]))
    return Case.of(
        asked,
        first(answered(f"{name}."), says("NOERROR", rf"A {re.escape(address)}")),
        first(answered(absent), says("NXDOMAIN")),
        first(looked_up(name), has("addresses", [address])),
    )


@case("dns.record.service", "dns.record.srv", "dns.record.ptr", shares=True)
def of_a_service(*, place: Place) -> Case:
    """A Service has its address, its named port, and a way back from the address, although no Pod stands behind it."""
    web = full("web", place)
    port = f"_http._tcp.{web}"
    return Case.of(
        [service("web"), client(question(web, until=True), question(port, "SRV"), question(web, "PTR"))],
        comes(web),
        first(answered(web), says("NOERROR", ADDRESS)),
        first(answered(port, "SRV"), says("NOERROR", f"SRV 80 {web}")),
        first(answered(web, "PTR"), says("NOERROR", f"PTR {web}")),
    )


@case("dns.record.service")
def of_a_service_that_nobody_serves(*, place: Place) -> Case:
    """A Service has its address although the one Pod behind it is not ready, and has not been."""
    web = full("web", place)
    unready = pod(container(readiness(http(503), period=1)), name="server", labels={"app": "server"})
    return Case.of(
        [service("web", app="server"), unready, client(question(web, until=True))],
        comes(web, of=place.name("client")),
        first(answered(web), says("NOERROR", ADDRESS)),
    )


@case("dns.record.unnamed-port", shares=True)
def a_port_without_a_name(*, place: Place) -> Case:
    """A port that has no name is found by none: neither by its number nor by what it is for."""
    web = full("web", place)
    unnamed = service("web", ports=[{"port": 80, "targetPort": 8003}])
    names = [f"{label}._tcp.{web}" for label in ("_80", "_http")]
    return Case.of(
        [unnamed, client(question(web, until=True), *(question(name, "SRV") for name in names))],
        comes(web),
        *(first(answered(name, "SRV"), says("NXDOMAIN")) for name in names),
    )


@case("dns.record.headless", "dns.record.srv", "dns.record.ptr", "dns.record.endpoint-name")
def of_a_headless_service(*, place: Place) -> Case:
    """A headless Service is its Pod: the address, the Pod's own port, the name below it, and the way back."""
    web = full("web", place)
    port, host = f"_http._tcp.{web}", rf"{DASHED}\.{web}"
    asks = (question(web, until=True), question(port, "SRV"), question(web, "PTR"))
    return Case.of(
        [service("web", headless=True, app="server"), server(), client(*asks)],
        comes(web, of=place.name("client")),
        agree(POD_ADDRESS.of(place.name("server")), answered(web), address_of_pod(web)),
        first(answered(port, "SRV"), says("NOERROR", f"SRV 8003 {host}")),
        first(answered(web, "PTR"), says("NOERROR", f"PTR {host}")),
    )


@case("dns.record.headless")
def headless_without_ready_pods(*, place: Place) -> Case:
    """A headless Service whose Pod is not ready is no name at all; another Service shows that DNS knows of both."""
    web, other = full("web", place), full("other", place)
    unready = pod(container(readiness(http(503), period=1)), name="server", labels={"app": "server"})
    services = [service("web", headless=True, app="server"), service("other")]
    return Case.of(
        [*services, unready, client(question(other, until=True), question(web))],
        first(answered(web), says("NXDOMAIN")),
    )


@case("dns.record.not-ready")
def not_ready_and_published(*, place: Place) -> Case:
    """With publishNotReadyAddresses a Pod that is never ready has its record."""
    web = full("web", place)
    unready = pod(container(readiness(http(503), period=1)), name="server", labels={"app": "server"})
    published = service("web", headless=True, app="server", publishNotReadyAddresses=True)
    return Case.of(
        [published, unready, client(question(web, until=True))],
        comes(web, of=place.name("client")),
        agree(POD_ADDRESS.of(place.name("server")), answered(web), address_of_pod(web)),
    )


def alias_of(name: str) -> Manifest:
    """Build a Service of type ExternalName."""
    spec = {"type": "ExternalName", "externalName": name}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "alias"}, "spec": spec}


@case("dns.record.external-name", shares=True)
def another_name(*, place: Place) -> Case:
    """An ExternalName is a CNAME, and nothing lies below it."""
    alias, web = full("alias", place), full("web", place)
    external = alias_of(web.rstrip("."))
    asks = (question(web, until=True), question(alias, "CNAME", until=True), question(f"below.{alias}"), question(alias))
    return Case.of(
        [service("web"), external, client(*asks)],
        comes(alias, kind="CNAME"),
        first(answered(alias, "CNAME"), says("NOERROR", f"CNAME {web}")),
        first(answered(f"below.{alias}"), says("NXDOMAIN")),
        first(answered(alias), says("NOERROR", f"CNAME {web}", ADDRESS)),
    )


@case("dns.record.alias-without-address", shares=True)
def an_alias_of_what_has_no_such_record(*, place: Place) -> Case:
    """Where the other name has no record of that type, the answer is the other name alone, and no missing name."""
    name, _ = place.outside or ("", "")
    alias = full("alias", place)
    asks = (question(alias, "CNAME", until=True), question(alias, "AAAA"))
    return Case.of(
        [alias_of(name), client(*asks)],
        comes(alias, kind="CNAME"),
        first(answered(alias, "AAAA"), says("NOERROR", rf"CNAME {re.escape(name)}\.")),
    )


@case("dns.record.alias-without-address", shares=True)
def an_alias_of_an_address(*, place: Place) -> Case:
    """An ExternalName that is an address leads nowhere: it has no address; another Service shows that DNS knows of both."""
    alias, web = full("alias", place), full("web", place)
    asks = (question(web, until=True), question(alias))
    return Case.of([alias_of("192.0.2.7"), service("web"), client(*asks)], first(answered(alias), has("addresses", [])))


@case("dns.record.no-hostname")
def a_subdomain_alone_is_no_name(*, place: Place) -> Case:
    """A Pod with a subdomain and no hostname is behind its Service, and has no name of its own below that."""
    web = full("web", place)
    own = f"{place.name('server')}.{web}"
    objects = [service("web", headless=True, app="server"), server(subdomain=place.name("web"))]
    return Case.of(
        [*objects, client(question(web, until=True), question(own))],
        agree(POD_ADDRESS.of(place.name("server")), answered(web), address_of_pod(web)),
        first(answered(own), says("NXDOMAIN")),
    )


@case("dns.record.pod", "dns.every-pod", shares=True)
def of_a_pod(*, place: Place) -> Case:
    """A Pod's address with dashes, below `pod`, is that address."""
    name = f"{{dashed}}.{place.namespace}.pod.{place.cluster_domain}."
    return Case.of(
        client(question(name, until=True)),
        comes(name),
        agree(POD_ADDRESS, answered(name), address_of_pod(name)),
    )


@case("dns.record.endpoint-name")
def a_hostname_stands_alone(*, place: Place) -> Case:
    """A Pod that has a hostname below its Service is not found there by its address with dashes."""
    web = full("web", place)
    named, dashed = f"myapp-0.{web}", f"{{dashed}}.{web}"
    asking = container(readiness(http(200), period=1), questions=[question(named, until=True), question(dashed)])
    own = pod(asking, name="server", labels={"app": "server"}, hostname="myapp-0", subdomain=place.name("web"))
    return Case.of(
        [service("web", headless=True, app="server"), own],
        comes(named, of=place.name("server")),
        agree(POD_ADDRESS.of(place.name("server")), answered(named), address_of_pod(named)),
        first(answered(dashed), says("NXDOMAIN")),
    )


@case("dns.answer.no-such-record", shares=True)
def other_types(*, place: Place) -> Case:
    """A name that is there, asked for another type, has no record and is no missing name; so have the names above it."""
    web = full("web", place)
    asks = {(web, "AAAA"), (web, "TXT"), (web, "MX")} | {
        (web[web.index(".") + 1 :], "A"),
        (f"svc.{place.cluster_domain}.", "A"),
    }
    return Case.of(
        [service("web"), client(question(web, until=True), *(question(name, kind) for name, kind in sorted(asks)))],
        *(first(answered(name, kind), says("NOERROR")) for name, kind in sorted(asks)),
    )


@case("dns.answer.no-such-name", shares=True)
def missing_names(*, place: Place) -> Case:
    """What is not there is NXDOMAIN: a Service, a namespace, a port, a label too many, a wildcard."""
    web = full("web", place)
    absent = [
        full("absent", place),
        f"web.podconform-absent.svc.{place.cluster_domain}.",
        f"_https._tcp.{web}",
        f"a.b.c.{web}",
        f"api.example.com.{place.namespace}.svc.{place.cluster_domain}.",
        f"*.{place.namespace}.svc.{place.cluster_domain}.",
    ]
    return Case.of(
        [service("web"), client(question(web, until=True), *map(question, absent))],
        *(first(answered(name), says("NXDOMAIN")) for name in absent),
    )


@case("dns.answer.no-such-name", marks=["wire"], shares=True)
def missing_names_have_an_authority(*, place: Place) -> Case:
    """With NXDOMAIN comes the zone's SOA, by which others know how long to remember it."""
    absent = full("absent", place)
    return Case.of(client(question(absent)), first(answered(absent), says("NXDOMAIN"), has("authority", ["SOA"])))


@case("dns.answer.case", marks=["wire"], shares=True)
def letters_of_any_case(*, place: Place) -> Case:
    """A name in capitals is the same name, and the answer repeats it as it was asked for."""
    web = full("web", place)
    shouted = web.upper()
    return Case.of(
        [service("web"), client(question(web, until=True), question(shouted))],
        first(answered(shouted), says("NOERROR", ADDRESS), has("echoed", value=True)),
    )


MANY = 24
"""Ports whose SRV records take more than the 512 bytes that a client without EDNS takes by UDP."""


@case("dns.answer.truncated", marks=["wire"], shares=True)
def more_than_a_datagram(*, place: Place) -> Case:
    """An answer that is too large for a datagram says so, and is whole by TCP."""
    web = full("web", place)
    ports = [{"name": f"port-{number}", "port": 8000 + number} for number in range(MANY)]
    return Case.of(
        [service("web", ports=ports), client(question(web, until=True), question(web, "SRV"))],
        first(
            answered(web, "SRV"),
            says("NOERROR", *(rf"SRV {port['port']} {web}" for port in ports)),
            has("truncated", value=True),
        ),
    )


@case("dns.answer.authoritative", marks=["wire"], shares=True)
def the_zone_is_its_own(*, place: Place) -> Case:
    """Whether there is such a name or not, the cluster's DNS answers for its zone with authority."""
    web, absent = full("web", place), full("absent", place)
    return Case.of(
        [service("web"), client(question(web, until=True), question(absent))],
        first(answered(web), says("NOERROR", ADDRESS), has("authoritative", value=True)),
        first(answered(absent), says("NXDOMAIN"), has("authoritative", value=True)),
    )


@case("dns.answer.edns", marks=["wire"], shares=True)
def who_takes_more_is_heard(*, place: Place) -> Case:
    """A client that says how much it takes (RFC 6891) is told that this has been heard."""
    web = full("web", place)
    return Case.of(
        [service("web"), client(question(web, until=True), question(web, "SRV", edns=True))],
        first(answered(web, "SRV"), has("error", value=None), has("edns", value=True)),
    )


MOST_TTL = 3600
"""Seconds: the specification's examples go up to 30 for what comes and goes with Pods."""


@case("dns.answer.ttl", marks=["wire"])
def good_for_one_time(*, place: Place) -> Case:
    """The addresses of two Pods behind one name are good for the same time (RFC 2181, 5.2), and not for hours."""
    web = full("web", place)
    named, dashed = f"myapp-0.{web}", f"{{dashed}}.{web}"
    other = server(hostname="myapp-0", subdomain=place.name("web"))
    questions = (question(named, until=True), question(dashed, until=True), question(web))
    asking = pod(container(readiness(http(200), period=1), questions=questions), name="client", labels={"app": "server"})
    return Case.of(
        [service("web", headless=True, app="server"), other, asking],
        first(answered(web), says("NOERROR", ADDRESS, ADDRESS), one_ttl(MOST_TTL)),
    )


@case("dns.answer.transports", shares=True)
def by_tcp(*, place: Place) -> Case:
    """A question by TCP has the same answer."""
    web = full("web", place)
    port = f"_http._tcp.{web}"
    return Case.of(
        [service("web"), client(question(web, until=True), question(port, "SRV", tcp=True))],
        first(answered(port, "SRV"), says("NOERROR", f"SRV 80 {web}"), has("tcp", value=True)),
    )
