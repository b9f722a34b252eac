"""`podconform node up|down`: a kubelet without an API server, on this machine."""

from __future__ import annotations

import click

from pytest_podconform.fixtures.kubernetes import cluster as cluster_fixture
from pytest_podconform.fixtures.kubernetes.node import Node

from .groups import Group, example

PURGE = click.option("--purge", is_flag=True, help="Remove the images, too.")


@click.group(cls=Group, epilog=example("podconform node up && podconform run --podconform-runtime=kubelet"))
def command() -> None:
    """Start or stop a standalone kubelet on this machine.

    It is the subject of --podconform-runtime=kubelet. Debian or Ubuntu, as root.
    """


@command.command(epilog=example("podconform node up"))
def up() -> None:
    """Start a kubelet; a cluster of "podconform cluster" that runs is stopped.

    The first start builds the kubelet with Go, which takes minutes.
    """
    node = Node()
    if cluster_fixture.Cluster(node).runs:  # one at a time: they share a bridge, ports and the cgroups of Pods
        cluster_fixture.stop(node)
    node.up(click.echo)


@command.command(epilog=example("podconform node down"))
@PURGE
def down(*, purge: bool) -> None:
    """Stop the kubelet, or the cluster, that runs; images and programs stay."""
    cluster_fixture.stop(Node(), purge=purge)
