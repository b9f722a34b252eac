"""The options of the runtime `kubernetes`."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import NamedTuple

from pytest_podconform.runtimes.options import RuntimeOptions, option


class ExternalName(NamedTuple):
    """A name outside the cluster, and its only address."""

    name: str
    address: str

    def __str__(self) -> str:
        """Return it as it is given."""
        return f"{self.name}={self.address}"


def external_name(given: str) -> ExternalName:
    """Read `NAME=ADDRESS`.

    Raises:
        argparse.ArgumentTypeError: it is none.

    """
    if not re.fullmatch(r"[^=\s]*[^=\s.]\.?=\d+\.\d+\.\d+\.\d+", given):
        msg = f"{given!r} is no NAME=ADDRESS, such as www.example.com=192.0.2.11" if given else "needs a value"
        raise argparse.ArgumentTypeError(msg)
    name, _, address = given.partition("=")
    return ExternalName(name, address)


@dataclass(frozen=True, eq=False)
class KubernetesOptions(RuntimeOptions):
    """How a cluster is reached, which of its nodes are judged, and how they get the target image."""

    context: str = option("NAME", "the kubeconfig's context (default: the current one)")
    node: str = option("NAME", "the node whose kubelet is judged (default: the first that is fit)")
    nodes: str = option("WHICH", "judge many nodes at once, all or those with a label, by a harness on each")
    outside: ExternalName | None = option(
        "NAME=ADDRESS",
        "a name outside the cluster and its only address, as its DNS finds it",
        default=None,
        parse=external_name,
    )
    pull_policy: str = option(
        "POLICY",
        "imagePullPolicy of the target image: Always, IfNotPresent or Never",
        choices=("Always", "IfNotPresent", "Never"),
    )
