"""Cases: how a suite declares one, and the catalogue in which all of them stand."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

import msgspec

from pytest_podconform.model.manifest import Manifest
from pytest_podconform.model.node import NodeConfig

from .moment import Moment
from .monitors import Monitor

T = TypeVar("T")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a case runs: what its objects are called there, and what the runtime says of its node.

    The defaults serve to list and to plan cases before a runtime has been asked.
    """

    namespace: str = "podconform"
    other_namespace: str = "podconform-other"
    suffix: str = ""
    cluster_domain: str = "cluster.local"
    cluster_dns: tuple[str, ...] = ("10.96.0.10",)
    node_searches: tuple[str, ...] = ()
    node_nameservers: tuple[str, ...] = ()
    node_options: tuple[str, ...] = ()
    outside: tuple[str, str] | None = ("api.example.com", "192.0.2.10")
    tells_endpoints: bool = False
    """Whether the runtime tells who stands behind a Service."""
    container: str = ""
    """What its container was called, where it shared a Pod: Ready is then what the status said of that container."""

    def name(self, base: str) -> str:
        """Return the name of an object of this case; other cases run in the same namespace."""
        return base + self.suffix

    @property
    def searches(self) -> tuple[str, ...]:
        """The search list of a ClusterFirst Pod.

        https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
        """
        return (*self.cluster_searches, *self.node_searches)

    @property
    def cluster_searches(self) -> tuple[str, ...]:
        """The part of it that the cluster gives."""
        zone = self.cluster_domain
        return (f"{self.namespace}.svc.{zone}", f"svc.{zone}", zone)


Mark = Literal["wire", "slow"]
"""`wire`: about what goes over a socket, byte for byte; `slow`: takes minutes, by what it judges."""


class Case(msgspec.Struct, frozen=True):
    """Objects to apply, in order, and what is expected of the timeline that follows."""

    objects: tuple[Manifest, ...]
    expectations: tuple[Monitor, ...]
    deleted_after: Moment | None = None
    """When the first Pod is deleted, with the grace period of its own; None: when the verdict stands."""
    endpoints_of: str = ""
    """The Service behind which it is watched who stands, ready or not, where the place tells endpoints."""

    @classmethod
    def of(
        cls,
        objects: Manifest | Sequence[Manifest],
        *expectations: Monitor,
        deleted_after: Moment | None = None,
        endpoints_of: str = "",
    ) -> Case:
        """Build a case from one object or several, and its expectations."""
        made = (objects,) if isinstance(objects, dict) else tuple(objects)
        return cls(made, expectations, deleted_after, endpoints_of)


class CaseInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A case as the catalogue knows it, before it is built for a place."""

    id: str
    requirements: tuple[str, ...]
    title: str
    marks: tuple[Mark, ...]
    function: Callable[..., Case]
    arguments: tuple[Any, ...]
    node: NodeConfig | None = None
    """How its node has to be; None: as it is."""
    shares: bool = False
    """Whether its container may stand in one Pod with those of others."""
    variants: Callable[..., Iterable[Case]] | None = None
    """Yields the same case with less in it, the smallest first; takes what `function` takes."""

    def build(self, place: Place) -> Case:
        """Build the case for a place."""
        return self._called(self.function, place)

    def build_variants(self, place: Place) -> list[Case]:
        """Build its variants for a place, the smallest first."""
        return [] if self.variants is None else list(self._called(self.variants, place))

    def _called(self, function: Callable[..., T], place: Place) -> T:
        wants_place = "place" in inspect.signature(function).parameters
        return function(*self.arguments, **({"place": place} if wants_place else {}))


_catalogue: dict[str, CaseInfo] = {}


def case(
    *requirements: str,
    params: Mapping[str, Any] | None = None,
    marks: Sequence[Mark] = (),
    node: NodeConfig | None = None,
    shares: bool = False,
    variants: Callable[..., Iterable[Case]] | None = None,
) -> Callable[[Callable[..., Case]], Callable[..., Case]]:
    """Declare a function as a case of these requirements.

    The case's id is where it stands: `suite/topic/function[param]`, with dashes for underscores. The function's
    docstring is what the report shows. With `params` there is a case for each value, named by its key; a value that is a
    plain tuple is several arguments. A function that needs names or facts takes a keyword `place`. Cases that want the
    same `node` run together, before all others; what `place` says of the node's file does not hold for them. A case
    `shares` its Pod if that is a plain one with one container that never ends, and all it looks at is what that one tells,
    the Pod's address, and Ready. `variants` yields the case with less in it, the smallest first: they are run where it
    fails, to find the smallest that fails as well.
    """

    def declare(function: Callable[..., Case]) -> Callable[..., Case]:
        for info in infos(function, requirements, params, marks, node, shares=shares, variants=variants):
            if info.id in _catalogue:
                msg = f"two cases with the id {info.id}"
                raise ValueError(msg)
            _catalogue[info.id] = info
        return function

    return declare


def infos(
    function: Callable[..., Case],
    requirements: tuple[str, ...],
    params: Mapping[str, Any] | None,
    marks: Sequence[Mark],
    node: NodeConfig | None = None,
    *,
    shares: bool = False,
    variants: Callable[..., Iterable[Case]] | None = None,
) -> Iterator[CaseInfo]:
    """Yield the cases that a function declares: one for each parameter."""
    suite, topic = function.__module__.split(".")[-2:]
    name = f"{suite}/{topic}/{function.__name__}".replace("_", "-")
    instances = {"": ()} if params is None else {f"[{key}]": _arguments(value) for key, value in params.items()}
    for parameter, arguments in instances.items():
        yield CaseInfo(
            id=name + parameter,
            requirements=requirements,
            title=inspect.getdoc(function) or "",
            marks=tuple(marks),
            function=function,
            arguments=arguments,
            node=node,
            shares=shares,
            variants=variants,
        )


def _arguments(value: Any) -> tuple[Any, ...]:
    return value if _is_plain_tuple(value) else (value,)


def _is_plain_tuple(value: object) -> bool:
    return type(value) is tuple  # a NamedTuple is one value


def catalogue() -> dict[str, CaseInfo]:
    """Return all cases that have been declared so far, by id."""
    return dict(_catalogue)
