"""The Pod of the Kubernetes API, as far as this project's own runtimes implement it.

Field names, nesting and defaults are those of `core/v1`. Decoding is strict: a field that is not here is refused with
its path, for a runtime that silently ignores a field would pass a case that it never ran.
"""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

RestartPolicy = Literal["Always", "OnFailure", "Never"]
DNSPolicy = Literal["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]

ProbeType = Literal["startup", "liveness", "readiness"]
PROBE_TYPES: tuple[ProbeType, ...] = ("startup", "liveness", "readiness")


class ProbeResult(enum.Enum):
    """What one execution of a probe yields; Unknown moves no counter.

    https://kubernetes.io/docs/concepts/workloads/pods/probes/#probe-results
    """

    SUCCESS = "Success"
    FAILURE = "Failure"
    UNKNOWN = "Unknown"


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A part of a manifest: immutable, and no field beyond those listed."""


class HTTPHeader(Strict, frozen=True):
    """A header of an HTTP probe; a name may come several times."""

    name: str
    value: str = ""


class HTTPGetAction(Strict, frozen=True):
    """`httpGet` of a probe or a hook."""

    port: int | str
    path: str = "/"
    host: str = ""
    scheme: str = "HTTP"
    http_headers: tuple[HTTPHeader, ...] = ()


class TCPSocketAction(Strict, frozen=True):
    """`tcpSocket` of a probe."""

    port: int | str
    host: str = ""


class ExecAction(Strict, frozen=True):
    """`exec` of a probe or a hook: a program and its arguments, no shell."""

    command: tuple[str, ...] = ()


class GRPCAction(Strict, frozen=True):
    """`grpc` of a probe: the health check of that service on the Pod's address."""

    port: int
    service: str = ""


class SleepAction(Strict, frozen=True):
    """`sleep` of a hook, in seconds."""

    seconds: int


class Probe(Strict, frozen=True):
    """A probe with its timing, all in whole seconds; zero means the default, as in the API."""

    http_get: HTTPGetAction | None = None
    tcp_socket: TCPSocketAction | None = None
    exec: ExecAction | None = None
    grpc: GRPCAction | None = None
    initial_delay_seconds: int = 0
    period_seconds: int = 0
    timeout_seconds: int = 0
    success_threshold: int = 0
    failure_threshold: int = 0
    termination_grace_period_seconds: int | None = None

    @property
    def handler(self) -> HTTPGetAction | TCPSocketAction | ExecAction | GRPCAction:
        """The one action that is set; validation has seen to it that there is one."""
        action = self.http_get or self.tcp_socket or self.exec or self.grpc
        assert action is not None
        return action

    @property
    def period(self) -> int:
        """Seconds from one execution to the next."""
        return self.period_seconds or 10

    @property
    def timeout(self) -> int:
        """Seconds for the whole exchange."""
        return self.timeout_seconds or 1

    @property
    def successes(self) -> int:
        """Consecutive successes that are needed."""
        return self.success_threshold or 1

    @property
    def failures(self) -> int:
        """Consecutive failures that are needed."""
        return self.failure_threshold or 3


class LifecycleHandler(Strict, frozen=True):
    """What a hook does."""

    exec: ExecAction | None = None
    http_get: HTTPGetAction | None = None
    sleep: SleepAction | None = None


class Lifecycle(Strict, frozen=True):
    """The hooks of a container."""

    pre_stop: LifecycleHandler | None = None


class ContainerPort(Strict, frozen=True):
    """A declared port; it opens nothing, but a probe may use its name."""

    container_port: int
    name: str = ""
    protocol: str = "TCP"


class EnvVar(Strict, frozen=True):
    """An environment variable with a literal value."""

    name: str
    value: str = ""


class VolumeMount(Strict, frozen=True):
    """Where a container sees a volume."""

    name: str
    mount_path: str
    sub_path: str = ""
    read_only: bool = False


class Container(Strict, frozen=True):
    """A container; an init container with `restartPolicy: Always` is a native sidecar."""

    name: str
    image: str = ""
    image_pull_policy: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    env: tuple[EnvVar, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    volume_mounts: tuple[VolumeMount, ...] = ()
    startup_probe: Probe | None = None
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    lifecycle: Lifecycle = Lifecycle()
    restart_policy: RestartPolicy | None = None

    def probe(self, kind: ProbeType) -> Probe | None:
        """Return the probe of that type, if there is one."""
        probes = {"startup": self.startup_probe, "liveness": self.liveness_probe, "readiness": self.readiness_probe}
        return probes[kind]


class EmptyDir(Strict, frozen=True):
    """An `emptyDir` volume on the node's default medium."""


class Volume(Strict, frozen=True):
    """A volume of the Pod."""

    name: str
    empty_dir: EmptyDir | None = None


class DNSOption(Strict, frozen=True):
    """An option of resolv.conf; without a value it is written bare."""

    name: str
    value: str | None = None


class PodDNSConfig(Strict, frozen=True):
    """`dnsConfig`: what is merged into the result of the policy."""

    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[DNSOption, ...] = ()


class HostAlias(Strict, frozen=True):
    """A further line of /etc/hosts."""

    ip: str
    hostnames: tuple[str, ...] = ()


class PodSpec(Strict, frozen=True):
    """The specification of a Pod."""

    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    restart_policy: RestartPolicy = "Always"
    dns_policy: DNSPolicy = "ClusterFirst"
    dns_config: PodDNSConfig = PodDNSConfig()
    hostname: str = ""
    subdomain: str = ""
    host_network: bool = False
    set_hostname_as_fqdn: bool = msgspec.field(default=False, name="setHostnameAsFQDN")
    host_aliases: tuple[HostAlias, ...] = ()
    termination_grace_period_seconds: int = 30


class ObjectMeta(Strict, frozen=True):
    """Name, namespace and labels of an object."""

    name: str
    namespace: str = "default"
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Pod(Strict, frozen=True):
    """A Pod."""

    metadata: ObjectMeta
    spec: PodSpec
    api_version: Literal["v1"] = "v1"
    kind: Literal["Pod"] = "Pod"


ServiceType = Literal["ClusterIP", "ExternalName"]


class ServicePort(Strict, frozen=True):
    """A port of a Service."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str | None = None


class ServiceSpec(Strict, frozen=True):
    """The specification of a Service; `clusterIP: None` (the string) makes it headless."""

    selector: dict[str, str] = {}
    ports: tuple[ServicePort, ...] = ()
    type: ServiceType = "ClusterIP"
    cluster_ip: str = msgspec.field(name="clusterIP", default="")
    external_name: str = ""
    publish_not_ready_addresses: bool = False


class Service(Strict, frozen=True):
    """A Service."""

    metadata: ObjectMeta
    spec: ServiceSpec
    api_version: Literal["v1"] = "v1"
    kind: Literal["Service"] = "Service"

    @property
    def headless(self) -> bool:
        """Whether the Service has no address of its own."""
        return self.spec.cluster_ip == "None"

    @property
    def is_external(self) -> bool:
        """Whether the Service is another name for a host outside."""
        return self.spec.type == "ExternalName"
