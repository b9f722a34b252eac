"""Services by name, and the Pods behind them."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import (
    ANY_LOOKUP,
    POD_ADDRESS,
    READY,
    UNREADY,
    Case,
    EndpointChanged,
    Place,
    address_of_pod,
    agree,
    at_most,
    case,
    chain,
    collected,
    endpoint,
    first,
    has,
    hit,
    looked_up,
    noted,
    resolves,
    same_answer,
    soon,
    unresolvable,
)
from pytest_podconform.model.build import Lookup, container, http, pod, readiness, service


def _full(name: str, place: Place, *, namespace: str | None = None) -> str:
    return f"{name}.{namespace or place.namespace}.svc.{place.cluster_domain}."


@case("dns.search.same-namespace", "dns.record.service", shares=True)
def short_name(*, place: Place) -> Case:
    """A Service's bare name is the one of the Pod's own namespace, although another namespace has one of that name."""
    web = place.name("web")
    own, other = _full(web, place), _full(web, place, namespace=place.other_namespace)
    expected = same_answer(web, like=own, unlike=other)
    objects = [service("web"), service("web", namespace=place.other_namespace), pod(container(lookups=[own, other, web]))]
    return Case.of(objects, collected(ANY_LOOKUP, expected, before=looked_up(web)))


@case("dns.search.other-namespace", "dns.record.service", shares=True)
def name_with_namespace(*, place: Place) -> Case:
    """`service.namespace` is the Service of that other namespace."""
    web = place.name("web")
    short = f"{web}.{place.other_namespace}"
    own, other = _full(web, place), _full(web, place, namespace=place.other_namespace)
    expected = same_answer(short, like=other, unlike=own)
    objects = [service("web"), service("web", namespace=place.other_namespace), pod(container(lookups=[own, other, short]))]
    return Case.of(objects, collected(ANY_LOOKUP, expected, before=looked_up(short)))


@case("dns.record.hostname-subdomain")
def hostname_and_subdomain(*, place: Place) -> Case:
    """With the headless Service that its subdomain names, a Pod's hostname below it is the Pod's address.

    Another Pod asks: in the Pod itself the name stands in /etc/hosts, whatever DNS says.
    """
    name = f"myapp-0.{_full(place.name('headless'), place)}"
    server = pod(container(), name="server", labels={"app": "server"}, hostname="myapp-0", subdomain=place.name("headless"))
    client = pod(container(lookups=[Lookup(name, until=True)]), name="client")
    objects = [service("headless", headless=True, app="server"), server, client]
    address = POD_ADDRESS.of(place.name("server"))
    return Case.of(objects, agree(address, resolves(name), address_of_pod(name)))


@case("dns.record.hostname-subdomain")
def no_name_without_the_service(*, place: Place) -> Case:
    """Where no Service has the name of the subdomain, there is no such name; another Service shows that DNS knows the Pod."""
    name = f"myapp-0.{_full(place.name('absent'), place)}"
    control = _full(place.name("headless"), place)
    server = pod(container(), name="server", labels={"app": "server"}, hostname="myapp-0", subdomain=place.name("absent"))
    client = pod(container(lookups=[Lookup(control, until=True), name]), name="client")
    objects = [service("headless", headless=True, app="server"), server, client]
    return Case.of(objects, first(looked_up(name), has("addresses", [])))


@case("probe.readiness.endpoints", "condition.ready")
def readiness_moves_the_address(*, place: Place) -> Case:
    """A Pod whose readiness probe fails leaves the headless Service's answer, and comes back when it succeeds again."""
    name = _full(place.name("headless"), place)
    answers = http(*[200] * 5, *[503] * 8, 200)
    server = pod(container(readiness(answers, period=1, failure_threshold=1)), name="server", labels={"app": "server"})
    client = pod(container(lookups=[Lookup(name, every=0.2)]), name="client")
    its_name = place.name("server")
    address = POD_ADDRESS.of(its_name)
    headless = place.name("headless")
    out = [UNREADY.of(its_name), endpoint(headless, ready=False), unresolvable(name)]
    back = [READY.of(its_name), endpoint(headless, ready=True), resolves(name)]
    steps = [(hit(6), step) for step in out] + [(hit(14), step) for step in back]
    known = [chain(*each) for each in steps if each[1].event is not EndpointChanged or place.tells_endpoints]
    return Case.of(
        [service("headless", headless=True, app="server"), client, server],
        agree(address, resolves(name), address_of_pod(name)),
        soon(resolves(name), after=hit(1)),
        at_most(0, unresolvable(name), since=resolves(name), before=hit(6)),
        soon(unresolvable(name), after=hit(6)),
        soon(resolves(name), after=hit(14)),
        *map(noted, known),
        endpoints_of=headless,
    )
