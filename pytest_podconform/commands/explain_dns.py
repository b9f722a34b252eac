"""`podconform explain-dns NAME`: the DNS queries of a lookup. It is computed: nothing is sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from pytest_podconform.dns import cost
from pytest_podconform.dns.candidates import candidates, ndots_of
from pytest_podconform.dns.policy import Node, ResolvConf, effective_policy, resolv_conf
from pytest_podconform.dns.resolvers import GO, MUSL
from pytest_podconform.errors import UsageFault
from pytest_podconform.model.pod import ObjectMeta, Pod, PodSpec
from pytest_podconform.model.validation import MAX_LABEL, MAX_NAME, is_address

from .groups import example

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE: Final = Node(
    cluster_domain="cluster.local", cluster_dns=("10.96.0.10",), resolv_conf=ResolvConf(nameservers=("192.0.2.53",))
)
"""A node without search domains of its own."""

SEARCH_DOMAIN: Final = "node.example"
"""A search domain of the node's own, to see what one costs."""

STDIN: Final = "-"


@click.command(
    epilog=example(
        "podconform explain-dns web.prod", "kubectl get deploy web -o yaml | podconform explain-dns api.example.com -f -"
    )
)
@click.argument("name")
@click.option("-f", "--filename", metavar="FILE", help='The manifest of the Pod, or of its workload; "-" reads standard input.')
@click.option(
    "-n",
    "--namespace",
    metavar="NAME",
    default="default",
    show_default=True,
    help="The namespace, where the manifest has none.",
)
def command(name: str, filename: str | None, namespace: str) -> None:
    """Show the DNS queries a lookup of NAME needs, and how to reduce them.

    NAME is what a container looks up: a name, host:port or a URL. Without -f it runs in a Pod with the policy
    ClusterFirst. FILE may have several documents, a List, and each kind that has Pods.
    """
    host = _host(name)
    if host != name:
        click.echo(f"{name}: the host is {host}\n")
    if filename is None:
        pod = Pod(metadata=ObjectMeta(name="", namespace=namespace), spec=PodSpec(containers=()))
        click.echo("\n".join(explain(host, pod)))
        return
    click.echo("\n".join(_of_manifest(host, filename, namespace)))


def _of_manifest(host: str, filename: str, namespace: str) -> Iterator[str]:
    """Yield the explanation for each Pod of a file; objects without one are named."""
    from .manifests import subjects  # noqa: PLC0415 - a YAML parser is needed for files only

    file, text = _read(filename)
    found = list(subjects(text, file, namespace))
    without = [f"{each.place}: {each.title} {each.problem}" for each in found if each.pod is None]
    if len(without) == len(found):
        raise UsageFault(f"no Pod to explain: {'; '.join(without)}")
    yield from without
    for index, each in enumerate(found):
        if each.pod is None:
            continue
        if index or without:
            yield ""
        yield f"{each.title} ({each.place}):"
        yield from explain(host, each.pod)


def _read(filename: str) -> tuple[str, bytes]:
    if filename == STDIN:
        return "standard input", sys.stdin.buffer.read()
    try:
        return filename, Path(filename).read_bytes()
    except OSError as error:
        raise UsageFault(f"{filename}: {error.strerror}") from error


def explain(name: str, pod: Pod) -> Iterator[str]:
    """Yield the lines of the explanation for one Pod."""
    reason = cost.answered_without_query(name, pod, NODE.cluster_domain)
    if reason:
        yield f"{name}: 0 queries: {reason}"
        return
    file = resolv_conf(pod, NODE)
    namespace = pod.metadata.namespace
    yield f"resolv.conf of a Pod with dnsPolicy {_policy(pod)} in the namespace {namespace}:"
    yield from (f"    {line}" for line in file.render().splitlines())
    yield ""
    tried = candidates(name, file.searches, ndots_of(file.options))
    dots, ndots = name.rstrip(".").count("."), ndots_of(file.options)
    yield f"{name} has {dots} dots, ndots is {ndots}: the resolver asks in this order, for A and AAAA of each"
    yield from (f"    {number}. {candidate}" for number, candidate in enumerate(tried, 1))
    yield from _others(name, file, tried)
    readings = list(cost.readings(name, namespace, NODE.cluster_domain))
    for reading in readings:
        yield ""
        yield from _reading(name, file, reading, effective_policy(pod.spec))
    yield ""
    yield from _assumed(name, pod, readings)


def _policy(pod: Pod) -> str:
    policy = effective_policy(pod.spec)
    return policy if policy == pod.spec.dns_policy else f"{pod.spec.dns_policy} (with hostNetwork it counts as {policy})"


def _others(name: str, file: ResolvConf, tried: list[str]) -> Iterator[str]:
    """Yield the resolvers that ask in another way: the order above is that of glibc."""
    for profile in (MUSL, GO):
        walk = candidates(name, file.searches, ndots_of(file.options), profile=profile)
        if walk != tried:
            yield f"{profile.name} asks for {' -> '.join(walk)}, and for nothing else"


def _reading(name: str, file: ResolvConf, reading: cost.Reading, policy: str) -> Iterator[str]:
    found = cost.cost(name, file, reading)
    yield f"if it is {reading.means} ({reading.answer}):"
    if reading.answer.endswith(f".svc.{NODE.cluster_domain}.") and not {*NODE.cluster_dns} & {*file.nameservers}:
        if policy == "Default":
            yield "    it is not found: the node's nameservers do not serve the cluster domain"
            return
        yield f"    it is found only if {' or '.join(file.nameservers)} serves the cluster domain"
    if found is None:
        yield "    it is not found: no candidate is that name"
    else:
        yield f"    {found.queries} queries, {found.wasted} of them for nothing"
    for fix in cost.fixes(name, file, reading):
        yield f"    cheaper: {fix.does}: {fix.queries} queries"


def _assumed(name: str, pod: Pod, readings: list[cost.Reading]) -> Iterator[str]:
    """Yield what is assumed of the node, and what search domains of its own would add."""
    file = NODE.resolv_conf
    yield f"assumed: cluster domain {NODE.cluster_domain}, cluster DNS {' '.join(NODE.cluster_dns)};"
    yield f"a node whose own resolv.conf has nameserver {' '.join(file.nameservers)} and no search domains"
    if effective_policy(pod.spec) == "None":
        yield "search domains of the node add nothing: the policy None leaves them out"
        return
    searching = msgspec.structs.replace(NODE, resolv_conf=msgspec.structs.replace(file, searches=(SEARCH_DOMAIN,)))
    for reading in readings:
        now, then = (cost.cost(name, resolv_conf(pod, node), reading) for node in (NODE, searching))
        added = then.queries - now.queries if now and then else 0
        adds = f"adds {added} queries" if added else "adds nothing"
        yield f"each search domain that the node has {adds} if it is {reading.means}"


def _host(text: str) -> str:
    """Return the host of what was given.

    Raises:
        UsageFault: that is no name.

    """
    try:
        name = cost.host_of(text)
    except ValueError as error:
        raise UsageFault(f"{text!r} is no name, host:port or URL: {error}") from error
    labels = name.removesuffix(".").split(".")
    if is_address(name):
        return name
    if not all(labels):
        msg = f"{name!r} is no name: it has an empty label"
    elif {*name} & {*", \t\n;"}:
        msg = f"{name!r} is no name: one name at a time, without blanks"
    elif any(len(label.encode()) > MAX_LABEL for label in labels):
        msg = f"{name[:80]!r} is no name: a label has more than {MAX_LABEL} bytes"
    elif len(name.removesuffix(".").encode()) > MAX_NAME:
        msg = f"{name[:80]!r}... is no name: it has more than {MAX_NAME} bytes"
    else:
        return name
    raise UsageFault(msg)
