"""What a Pod runtime has to offer to be judged: this is all that a vendor writes.

    class AcmeRuntime(Runtime):
        capabilities = Capabilities(http_probes=True, ..., node_config="none")

        async def facts(self) -> Facts: ...
        async def apply(self, manifest: Manifest) -> None: ...
        async def delete(self, ref: ObjectRef, grace: float) -> None: ...
        async def status(self, ref: ObjectRef) -> PodStatus: ...
        def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]: ...

All coroutines run in one event loop, in a thread of the harness; many at a time. Whatever is raised there, apart from
`Refused` in `apply` and `Interrupted`, is taken as the adapter's fault: the case becomes a harness-error and the run goes on.
"""

from __future__ import annotations

import abc
import asyncio
import ipaddress
import math
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal

import msgspec

from pytest_podconform.model.manifest import Manifest
from pytest_podconform.model.node import NodeConfig
from pytest_podconform.model.refusal import Refused
from pytest_podconform.model.status import PodStatus
from pytest_podconform.model.validated import Accepts, Validated

from .options import RuntimeOptions

__all__ = [
    "NAMESPACES",
    "Capabilities",
    "Facts",
    "Image",
    "Interrupted",
    "Manifest",
    "NodeConfig",
    "ObjectRef",
    "PodStatus",
    "Refused",
    "Run",
    "Runtime",
    "RuntimeOptions",
]

STATUS_POLL = 0.1  # seconds; fine against the period of a probe (1 s at least), coarse against an API call (5-10 ms)


class Interrupted(Exception):
    """Raised by `watch`, `status` or `logs` when the runtime was out of sight, or lost the Pod for a reason of the machine's.

    What happened meanwhile cannot be judged: the case is inconclusive, and is repeated alone. The text says why.
    """


class Capabilities(Validated, frozen=True, kw_only=True):
    """What a runtime claims to implement; every member has to be said, so that a new one is a question and not a guess.

    The first nine are required by the profile `documented`: declining one makes its requirements fail as untestable.
    The others are optional: declining one makes them not applicable.
    """

    http_probes: bool
    tcp_probes: bool
    exec_probes: bool
    grpc_probes: bool
    restart_policy: bool
    dns_policy: bool
    dns_config: bool
    init_containers: bool
    sidecars: bool

    host_network: bool
    """Pods in the network namespace of their node."""
    services: bool
    """Services, their endpoints, and their names in the cluster's DNS."""
    api: bool
    """An API server with the rules and subresources of Pods."""
    registry: bool
    ipv6: bool
    pvc: bool
    host_path: bool
    node_config: Literal["none", "per-start", "per-pod"]
    """Whether a case can choose the node's own resolv.conf (`configure`)."""

    def has(self, name: str) -> bool:
        """Tell whether a capability is claimed; `node_config` is unless it is `none`."""
        return getattr(self, name) not in {False, "none"}


NAMESPACES: Final = ("podconform", "podconform-other")
"""Where cases run, unless the runtime has others."""


def _are_addresses(texts: Iterable[str]) -> bool:
    return all(map(_is_address, texts))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


Text = Annotated[str, Accepts("a string that is not empty", bool)]
Texts = Annotated[tuple[str, ...], Accepts("a tuple or list of strings that are not empty", all)]
Addresses = Annotated[tuple[str, ...], Accepts("a tuple or list of IP addresses", _are_addresses)]
Count = Annotated[int, Accepts("a whole number, 1 or more", lambda count: count >= 1)]
Seconds = Annotated[float, Accepts("a finite number of seconds, 0 or more", lambda seconds: 0 <= seconds < math.inf)]
Namespaces = Annotated[
    tuple[str, str], Accepts("a tuple or list of two different names", lambda names: all(names) and names[0] != names[1])
]
NameAndAddress = Annotated[
    tuple[str, str] | None,
    Accepts(
        "None, or a tuple or list of a name and its IP address", lambda pair: not pair or bool(pair[0] and _is_address(pair[1]))
    ),
]


class Facts(Validated, frozen=True, kw_only=True):
    """What a runtime says of itself and its node; times in seconds."""

    name: Text
    """What is judged, with its version, for the report."""
    cluster_domain: Text
    cluster_dns: Addresses
    node_nameservers: Addresses
    node_searches: Texts
    node_options: Texts
    status_latency: Seconds
    """How old a status may be when it is given."""
    max_pods: Count
    """How many Pods the node takes at once."""
    starts_at_once: Count
    """How many containers it starts at once without slowing each other down."""
    shares_clock: bool
    """Whether containers and the harness see the same monotonic clock, i.e. run on the same kernel."""
    target_image: Text
    """By which name the node knows the target image."""
    namespaces: Namespaces = NAMESPACES
    musl_image: str = ""
    """By which name the node knows the image of the musl client (`Run.musl`); empty: it has none, and no case needs it."""
    tells_endpoints: bool = False
    """Whether `endpoints` can be asked for who stands behind a Service."""
    outside: NameAndAddress = None
    """A name outside the cluster's domain that has this one address and no other record of an address, as the upstream of
    the cluster's DNS has it; None: unknown."""


class ObjectRef(msgspec.Struct, frozen=True):
    """The name of an object."""

    namespace: str
    name: str
    kind: str = "Pod"

    @classmethod
    def of(cls, manifest: Manifest) -> ObjectRef:
        """Return the name of a manifest's object."""
        metadata = manifest["metadata"]
        return cls(metadata.get("namespace", "default"), metadata["name"], manifest["kind"])


class Image(msgspec.Struct, frozen=True):
    """An image that can be built here."""

    tag: str
    write: Callable[[Path], None]
    """Write it as a docker-archive."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What a runtime is given when it is opened."""

    id: str
    """Unlike that of any other run, on any machine; fit for names and labels."""
    image: str
    """Name and tag of the target image; the tag is a digest of its contents."""
    published: str = ""
    """The same image in a registry, by digest, where this is a release; where it cannot be pulled, `write_image` serves."""
    write_image: Callable[[Path], None]
    """Write the image as a docker-archive, for `docker load`, `ctr images import` and the like."""
    musl: Image | None = None
    """A client whose libc is musl, for cases that a runtime need not offer; None: it cannot be built here."""
    say: Callable[[str], None]
    """Tell the user what takes long."""
    options: RuntimeOptions = RuntimeOptions()
    """What the user said of the runtime: an instance of its own `Runtime.options`."""


class Runtime(abc.ABC):
    """A Pod runtime under test; made without arguments, for one run."""

    capabilities: ClassVar[Capabilities]
    has_wire: ClassVar[bool] = True
    """Whether probes reach their targets over real sockets; cases about what goes over them need it."""

    options: ClassVar[type[RuntimeOptions]] = RuntimeOptions
    """The command-line options that belong to this runtime."""

    loop_class: ClassVar[type[asyncio.AbstractEventLoop] | None] = None
    """The kind of event loop in which all of it runs, where it wants another than the usual one."""

    async def open(self, run: Run) -> None:  # noqa: B027 - nothing to do is a good default
        """Prepare the run, e.g. bring the target image to the node."""

    @abc.abstractmethod
    async def facts(self) -> Facts:
        """Return what holds for the whole run; asked once, after `open`."""

    @abc.abstractmethod
    async def apply(self, manifest: Manifest) -> None:
        """Create an object.

        Raises:
            Refused: the runtime refuses the object; an outcome that cases may expect.

        """

    @abc.abstractmethod
    async def delete(self, ref: ObjectRef, grace: float | None) -> None:
        """Delete an object; return when nothing of it is left.

        A Pod gets that many seconds to end; with None, as many as its own `terminationGracePeriodSeconds` says.
        """

    @abc.abstractmethod
    async def status(self, ref: ObjectRef) -> PodStatus:
        """Return the status of a Pod now."""

    @abc.abstractmethod
    def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
        """Follow the standard output of a container, from its beginning, over all its instances.

        Yields pieces of any length, in order. Waits while the container does not exist yet; ends with the Pod.
        """

    async def watch(self, ref: ObjectRef) -> AsyncIterator[PodStatus]:
        """Yield the status again and again, changed or not: each one says that the record is complete up to now."""
        while True:
            yield await self.status(ref)
            await asyncio.sleep(STATUS_POLL)

    async def endpoints(self, service: ObjectRef) -> Mapping[str, bool]:
        """Return the addresses behind a Service, and of each whether it is ready, as its EndpointSlices say.

        Called only where `facts().tells_endpoints`: the steps from a probe to the DNS can be told apart then.
        """
        raise NotImplementedError

    async def configure(self, node: NodeConfig | None) -> None:
        """Configure the node for all Pods that are created from now on; None: as it was at first.

        Called with no Pod there, and only where `node_config` is claimed.
        """
        raise NotImplementedError

    async def close(self) -> None:  # noqa: B027 - likewise
        """Remove all that the run has made."""
