"""Cases that share a Pod, a container each: half of what a Pod costs an engine is not its container.

Such a case looks at what its container tells and at whether that is ready, and its container never ends: so whatever stands
beside it is nothing to it, by the documentation. Each case sees its own container alone, and has Services of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from pytest_podconform.judge.case import Case, Place
from pytest_podconform.judge.moment import Moment
from pytest_podconform.model.build import PORT_STEP, moved
from pytest_podconform.model.status import PodStatus
from pytest_podconform.runtimes.interface import Manifest

from .instantiate import instantiate
from .plan import PlannedCase

MOST: Final = 8
"""Containers of one Pod: a kubelet starts them one after the other, and the last one should not wait long."""

OF_CONTAINERS: Final = frozenset({"Ready", "ContainersReady"})
"""The conditions that say of a Pod what `ready` says of its containers."""


class PlacedCase(msgspec.Struct, frozen=True):
    """A case, built for the place where it runs."""

    planned: PlannedCase
    case: Case
    place: Place

    def objects(self, called: Mapping[str, str]) -> Iterator[Manifest]:
        """Yield its objects, fit to live beside those of others; `called` has the names of images on the node."""
        for manifest in self.case.objects:
            yield instantiate(manifest, self.place, called)


class OwnPods(msgspec.Struct, frozen=True):
    """One case with its objects to itself: it may expect a refusal, delete its Pod, watch the endpoints of a Service."""

    placed: PlacedCase

    @property
    def cases(self) -> tuple[PlacedCase, ...]:
        """The one case."""
        return (self.placed,)

    @property
    def together(self) -> tuple[str, ...]:
        """The cases that share its Pod: none do."""
        return ()

    @property
    def deleted_after(self) -> Moment | None:
        """When its first Pod is deleted, if the case says so."""
        return self.placed.case.deleted_after

    @property
    def endpoints_of(self) -> str:
        """The name of the Service whose endpoints the case watches; empty: none."""
        return self.placed.case.endpoints_of

    def objects(self, called: Mapping[str, str]) -> list[Manifest]:
        """Return what is applied, in order."""
        return list(self.placed.objects(called))


class SharedPod(msgspec.Struct, frozen=True):
    """Several cases in one Pod, a container each; a refusal or a deletion would be about all of them, so there is none."""

    cases: tuple[PlacedCase, ...]

    @property
    def together(self) -> tuple[str, ...]:
        """The cases in the Pod."""
        return tuple(each.planned.id for each in self.cases)

    @property
    def deleted_after(self) -> Moment | None:
        """The Pod is deleted when all verdicts stand."""
        return None

    @property
    def endpoints_of(self) -> str:
        """No Service is watched."""
        return ""

    def objects(self, called: Mapping[str, str]) -> list[Manifest]:
        """Return what is applied: all objects that are no Pods, and one Pod with the containers of all Pods."""
        made = [manifest for each in self.cases for manifest in each.objects(called)]
        pods = [manifest for manifest in made if manifest["kind"] == "Pod"]
        containers = [
            moved(pod["spec"]["containers"][0], name=each.place.container, ports_from=PORT_STEP * number)
            for number, (pod, each) in enumerate(zip(pods, self.cases, strict=True))
        ]
        pods[0]["spec"]["containers"] = containers
        return [*(manifest for manifest in made if manifest["kind"] != "Pod"), pods[0]]


Setup = OwnPods | SharedPod
"""What one experiment applies and observes."""


def setup(cases: Sequence[PlannedCase], place: Place) -> Setup:
    """Build cases for one Pod that they share there, or one case for Pods of its own."""
    if len(cases) == 1:
        (one,) = cases
        return OwnPods(PlacedCase(one, one.info.build(place), place))
    places = [named(place, number) for number, _ in enumerate(cases)]
    return SharedPod(tuple(PlacedCase(each, each.info.build(there), there) for each, there in zip(cases, places, strict=True)))


def pod_groups(cases: Sequence[PlannedCase]) -> list[list[PlannedCase]]:
    """Put the cases that share into common Pods, and each other one into its own; in the order of each one's first."""
    found: list[list[PlannedCase]] = []
    open_group: list[PlannedCase] = []
    for case in cases:
        if not case.info.shares:
            found.append([case])
            continue
        if len(open_group) in {0, MOST}:
            open_group = []
            found.append(open_group)
        open_group.append(case)
    return found


def named(place: Place, number: int) -> Place:
    """Return the place of one of the cases that share a Pod there; what else it has is called otherwise than the others'."""
    suffix = f"{place.suffix}-{number}" if number else place.suffix
    return msgspec.structs.replace(place, suffix=suffix, container=f"app-{number}")


def alone(status: PodStatus, container: str) -> PodStatus:
    """Return what the status of a Pod would be if it had that container alone."""
    mine = status.container(container)
    ready = str(mine is not None and mine.ready)
    return msgspec.structs.replace(
        status,
        container_statuses=(mine,) if mine is not None else (),
        conditions=tuple(
            msgspec.structs.replace(each, status=ready) if each.type in OF_CONTAINERS else each for each in status.conditions
        ),
    )
