"""The rules by which the API server accepts or refuses a Pod, with its own field paths and texts.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ names the rules; the texts are those of
`pkg/apis/core/validation/validation.go` (v1.36).
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from .pod import PROBE_TYPES, Container, HTTPGetAction, Pod, PodDNSConfig, PodSpec, Probe, ProbeType, Service
from .refusal import FieldError, forbidden, invalid, required, unsupported
from .rules import implements

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NAMESERVERS: Final = 3  # https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config
MAX_SEARCHES: Final = 32
MAX_SEARCH_CHARACTERS: Final = 2048
MAX_LABEL: Final = 63  # RFC 1123
MAX_NAME: Final = 253
MAX_PORT: Final = 65535
MAX_PORT_NAME: Final = 15  # RFC 6335

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_RELAXED_LABEL = re.compile(r"[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?")
_HEADER_NAME = re.compile(r"[-A-Za-z0-9]+")
_PORT_NAME = re.compile(r"[-a-z0-9]+")


def is_label(text: str) -> bool:
    """Tell whether the text is an RFC 1123 label."""
    return len(text) <= MAX_LABEL and _LABEL.fullmatch(text) is not None


def is_subdomain(text: str) -> bool:
    """Tell whether the text is an RFC 1123 subdomain as Kubernetes has it: no label of it can be too long."""
    return len(text) <= MAX_NAME and all(map(_LABEL.fullmatch, text.split(".")))


def validate_pod(pod: Pod) -> list[FieldError]:
    """List the rules that a Pod breaks."""
    return [*_metadata(pod.metadata.name), *_spec(pod.spec)]


def validate_dns(spec: PodSpec) -> list[FieldError]:
    """List the rules of `dnsPolicy` and `dnsConfig` that a Pod breaks."""
    return [*_dns(spec)]


def validate_service(service: Service) -> list[FieldError]:
    """List the rules that a Service breaks."""
    if is_label(service.metadata.name):
        return []
    return [invalid("metadata.name", service.metadata.name, "must be a lowercase RFC 1035 label")]


@implements("pod.name.dns")
def _metadata(name: str) -> Iterator[FieldError]:
    if not is_subdomain(name):
        yield invalid("metadata.name", name, "must be a lowercase RFC 1123 subdomain")


def _spec(spec: PodSpec) -> Iterator[FieldError]:
    if not spec.containers:
        yield required("spec.containers", "must have at least one container")
    seen: set[str] = set()
    for field, containers in (("spec.initContainers", spec.init_containers), ("spec.containers", spec.containers)):
        for index, container in enumerate(containers):
            at = f"{field}[{index}]"
            if container.name in seen:
                yield FieldError(f"{at}.name", "Duplicate value", "must be unique in the Pod", container.name)
            seen.add(container.name)
            yield from _container(container, at, init=field == "spec.initContainers")
            yield from _mounts(container, at, {volume.name for volume in spec.volumes})
    for field, text in (("spec.hostname", spec.hostname), ("spec.subdomain", spec.subdomain)):
        if text and not is_label(text):
            yield invalid(field, text, "must be a lowercase RFC 1123 label")
    if spec.termination_grace_period_seconds < 0:
        yield invalid("spec.terminationGracePeriodSeconds", spec.termination_grace_period_seconds, _NOT_NEGATIVE)
    yield from _dns(spec)


@implements("init.no-probes")
def _container(container: Container, at: str, *, init: bool) -> Iterator[FieldError]:
    if not is_label(container.name):
        yield invalid(f"{at}.name", container.name, "must be a lowercase RFC 1123 label")
    if container.restart_policy is not None and not (init and container.restart_policy == "Always"):
        where = f"{at}.restartPolicy"
        yield unsupported(where, container.restart_policy, ["Always"]) if init else forbidden(where, "only for init containers")
    for index, port in enumerate(container.ports):
        if port.name:
            yield from _port_name(port.name, f"{at}.ports[{index}].name")
    for kind in PROBE_TYPES:
        probe = container.probe(kind)
        if probe is None:
            continue
        where = f"{at}.{kind}Probe"
        if init and container.restart_policy != "Always":
            yield forbidden(where, "may not be set for init containers without restartPolicy=Always")
        yield from _probe(probe, kind, where)


def _mounts(container: Container, at: str, volumes: set[str]) -> Iterator[FieldError]:
    for index, mount in enumerate(container.volume_mounts):
        if mount.name not in volumes:
            yield FieldError(f"{at}.volumeMounts[{index}].name", "Not found", "no volume of that name", mount.name)


_NOT_NEGATIVE = "must be greater than or equal to 0"


@implements("probe.valid.not-negative", "probe.field.success-threshold-one", "probe.valid.grace")
def _probe(probe: Probe, kind: ProbeType, at: str) -> Iterator[FieldError]:
    for field, value in (
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ):
        if value < 0:
            yield invalid(f"{at}.{field}", value, _NOT_NEGATIVE)
    # "Defaults to 1. Must be 1 for liveness and startup."
    if kind != "readiness" and probe.successes != 1:
        yield invalid(f"{at}.successThreshold", probe.success_threshold, "must be 1")
    grace = probe.termination_grace_period_seconds
    if grace is not None and kind == "readiness":
        yield invalid(f"{at}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes")
    elif grace is not None and grace <= 0:
        yield invalid(f"{at}.terminationGracePeriodSeconds", grace, "must be greater than 0")
    yield from _handler(probe, at)


@implements("probe.valid.handler")
def _handler(probe: Probe, at: str) -> Iterator[FieldError]:
    actions = {"exec": probe.exec, "httpGet": probe.http_get, "tcpSocket": probe.tcp_socket, "grpc": probe.grpc}
    present = [name for name, action in actions.items() if action is not None]
    if not present:
        yield required(at, "must specify a handler type")
    for name in present[1:]:
        yield forbidden(f"{at}.{name}", "may not specify more than 1 handler type")
    if probe.exec is not None and not probe.exec.command:
        yield required(f"{at}.exec.command", "must specify a command")
    if probe.http_get is not None:
        yield from _http_get(probe.http_get, f"{at}.httpGet")
    if probe.tcp_socket is not None:
        yield from _port(probe.tcp_socket.port, f"{at}.tcpSocket.port")
    if probe.grpc is not None:
        yield from _port(probe.grpc.port, f"{at}.grpc.port")


@implements("probe.valid.handler")
def _http_get(action: HTTPGetAction, at: str) -> Iterator[FieldError]:
    yield from _port(action.port, f"{at}.port")
    if action.scheme not in {"HTTP", "HTTPS"}:
        yield unsupported(f"{at}.scheme", action.scheme, ["HTTP", "HTTPS"])
    for header in action.http_headers:
        if _HEADER_NAME.fullmatch(header.name) is None:
            detail = "a valid HTTP header must consist of alphanumeric characters or '-'"
            yield invalid(f"{at}.httpHeaders", header.name, detail)


@implements("probe.valid.port")
def _port(port: int | str, at: str) -> Iterator[FieldError]:
    if isinstance(port, str):
        yield from _port_name(port, at)
    elif not 1 <= port <= MAX_PORT:
        yield invalid(at, port, f"must be between 1 and {MAX_PORT}, inclusive")


@implements("probe.valid.port")
def _port_name(name: str, at: str) -> Iterator[FieldError]:
    if len(name) > MAX_PORT_NAME:
        yield invalid(at, name, f"must be no more than {MAX_PORT_NAME} characters")
    if _PORT_NAME.fullmatch(name) is None:
        yield invalid(at, name, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", name):
        yield invalid(at, name, "must contain at least one letter (a-z)")
    if "--" in name:
        yield invalid(at, name, "must not contain consecutive hyphens")
    if name.startswith("-") or name.endswith("-"):
        yield invalid(at, name, "must not begin or end with a hyphen")


@implements("dns.policy.none")
def _dns(spec: PodSpec) -> Iterator[FieldError]:
    at = "spec.dnsConfig"
    if spec.dns_policy == "None" and spec.dns_config == PodDNSConfig():
        yield required(at, "must provide `dnsConfig` when `dnsPolicy` is None")
    elif spec.dns_policy == "None" and not spec.dns_config.nameservers:
        yield required(f"{at}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
    yield from _nameservers(spec.dns_config.nameservers, f"{at}.nameservers")
    yield from _searches(spec.dns_config.searches, f"{at}.searches")
    for index, option in enumerate(spec.dns_config.options):
        if not option.name:
            yield required(f"{at}.options[{index}]", "must not be empty")


def is_address(text: str) -> bool:
    """Tell whether a text is an address, of either family, rather than a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@implements("dns.limit.nameservers")
def _nameservers(nameservers: tuple[str, ...], at: str) -> Iterator[FieldError]:
    if len(nameservers) > MAX_NAMESERVERS:
        yield invalid(at, nameservers, f"must not have more than {MAX_NAMESERVERS} nameservers")
    for index, nameserver in enumerate(nameservers):
        if not is_address(nameserver):
            yield invalid(f"{at}[{index}]", nameserver, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")


@implements("dns.limit.searches", "dns.limit.search-characters")
def _searches(searches: tuple[str, ...], at: str) -> Iterator[FieldError]:
    if len(searches) > MAX_SEARCHES:
        yield invalid(at, searches, f"must not have more than {MAX_SEARCHES} search paths")
    if len(" ".join(searches)) > MAX_SEARCH_CHARACTERS:
        detail = f"must not have more than {MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list"
        yield invalid(at, searches, detail)
    for index, search in enumerate(searches):
        if not _is_search_domain(search):
            yield invalid(f"{at}[{index}]", search, "must be a DNS name; labels may begin with an underscore")


@implements("dns.config.trailing-dot")
def _is_search_domain(search: str) -> bool:
    # A lone dot and underscores are allowed since KEP-4427 (v1.34); one trailing dot always was.
    if search == ".":
        return True
    labels = search.removesuffix(".").split(".")
    return len(search) <= MAX_NAME and all(len(label) <= MAX_LABEL and _RELAXED_LABEL.fullmatch(label) for label in labels)
