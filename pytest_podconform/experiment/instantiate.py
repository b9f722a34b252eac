"""From a case's manifests to objects that can live beside those of all other cases."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from pytest_podconform.model.build import IMAGE, MUSL_IMAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_podconform.judge.case import Place
    from pytest_podconform.model.manifest import Manifest
    from pytest_podconform.runtimes.interface import Facts


def images(facts: Facts) -> dict[str, str]:
    """Return what the images that cases name are called on a node."""
    return {IMAGE: facts.target_image, MUSL_IMAGE: facts.musl_image}


def instantiate(manifest: Manifest, place: Place, called: Mapping[str, str]) -> Manifest:
    """Fill in the namespace, make the name and the `app` label the case's own, and call images as the node does."""
    made = copy.deepcopy(manifest)
    metadata, spec = made["metadata"], made["spec"]
    metadata.setdefault("namespace", place.namespace)
    metadata["name"] = place.name(metadata["name"])
    for labels in (metadata.get("labels", {}), spec.get("selector", {})):
        if "app" in labels:
            labels["app"] = place.name(labels["app"])
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        container["image"] = called.get(container["image"], container["image"])
    return made


def earliest_tick(container: Manifest) -> float:
    """Return how many seconds after its start a failed probe could already count towards a kill of this container."""
    startup, liveness = container.get("startupProbe"), container.get("livenessProbe")
    first = startup or liveness
    return float("inf") if first is None else float(first.get("initialDelaySeconds", 0))
