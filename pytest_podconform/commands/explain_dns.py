"""`--podconform-explain-dns NAME`: what a Pod's lookup of a name costs, and how it gets cheap. Nothing is asked of anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from pytest_podconform.dns import cost
from pytest_podconform.dns.candidates import candidates, ndots_of
from pytest_podconform.dns.policy import Node, ResolvConf, resolv_conf
from pytest_podconform.dns.resolvers import GO, MUSL
from pytest_podconform.model.pod import DNSPolicy, ObjectMeta, Pod, PodDNSConfig, PodSpec
from pytest_podconform.model.validation import MAX_LABEL, MAX_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE = Node(cluster_domain="cluster.local", cluster_dns=("10.96.0.10",), resolv_conf=ResolvConf(nameservers=("192.0.2.53",)))
"""A node without search domains of its own; each that it has would be one more candidate."""


class _Spec(msgspec.Struct, rename="camel", frozen=True):
    """What counts of a Pod's spec; all else is passed over."""

    dns_policy: DNSPolicy = "ClusterFirst"
    dns_config: PodDNSConfig = PodDNSConfig()
    host_network: bool = False


class _Template(msgspec.Struct, frozen=True):
    spec: _Spec


class _SpecOrTemplate(_Spec, frozen=True, rename="camel"):
    """A Pod's spec, or that of a workload, which has one in its template."""

    template: _Template | None = None


class _Metadata(msgspec.Struct, frozen=True):
    namespace: str = "default"


class _Manifest(msgspec.Struct, frozen=True):
    spec: _SpecOrTemplate
    metadata: _Metadata = _Metadata()


def main(name: str, manifest: str | None) -> int:
    """Print the explanation; return the exit status.

    Raises:
        pytest.UsageError: the name is none, or the file holds no Pod.

    """
    _refuse_no_name(name)
    pod = pod_of(manifest) if manifest else Pod(metadata=ObjectMeta(name="pod"), spec=PodSpec(containers=()))
    for line in explain(name, pod):
        print(line)  # noqa: T201 - what was asked for
    return 0


def explain(name: str, pod: Pod) -> Iterator[str]:
    """Yield the lines of the explanation."""
    file = resolv_conf(pod, NODE)
    namespace = pod.metadata.namespace
    yield f"resolv.conf of a Pod with dnsPolicy {pod.spec.dns_policy} in the namespace {namespace}:"
    yield from (f"    {line}" for line in file.render().splitlines())
    yield ""
    tried = candidates(name, file.searches, ndots_of(file.options))
    dots, ndots = name.rstrip(".").count("."), ndots_of(file.options)
    yield f"{name} has {dots} dots, ndots is {ndots}: asked for in this order, A and AAAA of each"
    yield from (f"    {number}. {candidate}" for number, candidate in enumerate(tried, 1))
    yield from _others(name, file, tried)
    for reading in cost.readings(name, namespace, NODE.cluster_domain):
        yield ""
        yield from _reading(name, file, reading)


def _others(name: str, file: ResolvConf, tried: list[str]) -> Iterator[str]:
    """Say who walks another way: the order above is that of glibc."""
    for profile in (MUSL, GO):
        walk = candidates(name, file.searches, ndots_of(file.options), profile=profile)
        if walk != tried:
            yield f"{profile.name} asks for {' -> '.join(walk)}, and for nothing else"


def _reading(name: str, file: ResolvConf, reading: cost.Reading) -> Iterator[str]:
    found = cost.cost(name, file, reading)
    yield f"if it is {reading.means} ({reading.answer}):"
    if found is None:
        yield "    it is not found: no candidate is that name"
    else:
        yield f"    {found.queries} queries, {found.wasted} of them for nothing"
    for fix in cost.fixes(name, file, reading):
        yield f"    cheaper: {fix.does}: {fix.queries} queries"


def pod_of(path: str) -> Pod:
    """Read what counts for DNS from the manifest of a Pod, or of a workload that has a template of one.

    Raises:
        pytest.UsageError: the file cannot be read as such.

    """
    manifest = _loaded(path)
    spec = manifest.spec.template.spec if manifest.spec.template else manifest.spec
    return Pod(
        metadata=ObjectMeta(name="pod", namespace=manifest.metadata.namespace),
        spec=PodSpec(containers=(), dns_policy=spec.dns_policy, dns_config=spec.dns_config, host_network=spec.host_network),
    )


def _loaded(path: str) -> _Manifest:
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise _fault(path, str(error.strerror)) from error
    try:
        decode = msgspec.json.decode if path.endswith(".json") else msgspec.yaml.decode
        return decode(text, type=_Manifest)
    except ImportError as error:
        raise _fault(path, "YAML takes PyYAML (pip install PyYAML); JSON takes nothing") from error
    except msgspec.MsgspecError as error:
        raise _fault(path, f"neither a Pod nor a workload with a template of one: {error}") from error


def _refuse_no_name(name: str) -> None:
    labels = name.removesuffix(".").split(".")
    if not all(labels):
        msg = f"--podconform-explain-dns: {name!r} is no name: it has an empty label"
    elif any(len(label.encode()) > MAX_LABEL for label in labels):
        msg = f"--podconform-explain-dns: {name[:80]!r} is no name: a label has more than {MAX_LABEL} bytes"
    elif len(name.removesuffix(".").encode()) > MAX_NAME:
        msg = f"--podconform-explain-dns: {name[:80]!r}... is no name: it has more than {MAX_NAME} bytes"
    else:
        return
    raise pytest.UsageError(msg)


def _fault(path: str, what: str) -> pytest.UsageError:
    return pytest.UsageError(f"--podconform-manifest: {path}: {what}")
