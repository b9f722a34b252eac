"""Cases that share a Pod, a container each: half of what a Pod costs an engine is not its container.

Such a case looks at what its container tells and at whether that is ready, and its container never ends: so whatever stands
beside it is nothing to it, by the documentation. Each case sees its own container alone, and has Services of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.model.build import PORT_STEP, moved

from .instantiate import instantiate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_podconform.judge.case import Case, CaseInfo, Place
    from pytest_podconform.model.status import PodStatus
    from pytest_podconform.runtimes.interface import Manifest

MOST: Final = 8
"""Containers of one Pod: a kubelet starts them one after the other, and the last one should not wait long."""

OF_CONTAINERS: Final = frozenset({"Ready", "ContainersReady"})
"""The conditions that say of a Pod what `ready` says of its containers."""


def berths(cases: Sequence[CaseInfo]) -> list[list[CaseInfo]]:
    """Put the cases that share into common Pods, and each other one into its own; in the order of each one's first."""
    found: list[list[CaseInfo]] = []
    open_berth: list[CaseInfo] = []
    for case in cases:
        if not case.shares:
            found.append([case])
            continue
        if len(open_berth) in {0, MOST}:
            open_berth = []
            found.append(open_berth)
        open_berth.append(case)
    return found


def objects(cases: Sequence[tuple[Case, Place]], called: Mapping[str, str]) -> list[Manifest]:
    """Return what is applied: the objects of one case, or of several, with one Pod for all their containers."""
    made = [instantiate(manifest, place, called) for case, place in cases for manifest in case.objects]
    if len(cases) == 1:
        return made
    pods = [manifest for manifest in made if manifest["kind"] == "Pod"]
    containers = [
        moved(pod["spec"]["containers"][0], name=place.container, ports_from=PORT_STEP * number)
        for number, (pod, (_, place)) in enumerate(zip(pods, cases, strict=True))
    ]
    pods[0]["spec"]["containers"] = containers
    return [*(manifest for manifest in made if manifest["kind"] != "Pod"), pods[0]]


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
