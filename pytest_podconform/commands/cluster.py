"""`podconform cluster up|down|kubeconfig`: a cluster of one node, on this machine."""

from __future__ import annotations

import click

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.fixtures.kubernetes.cluster import Cluster, stop
from pytest_podconform.fixtures.kubernetes.node import Node

from .groups import Group, example
from .node import PURGE


@click.group(cls=Group, epilog=example('podconform cluster up && export KUBECONFIG="$(podconform cluster kubeconfig)"'))
def command() -> None:
    """Start or stop a cluster of one node on this machine.

    It is a subject for --podconform-runtime=kubernetes. Debian or Ubuntu, as root.
    """


@command.command(epilog=example("podconform cluster up"))
def up() -> None:
    """Start a cluster and print its kubeconfig; a standalone kubelet that runs is stopped.

    The first start builds Kubernetes with Go, which takes minutes.
    """
    node = Node()
    cluster = Cluster(node)
    if not cluster.runs:  # a standalone kubelet, perhaps, or what a crash has left of ours
        stop(node)
    try:
        kubeconfig = cluster.up(click.echo)
    except ModuleNotFoundError as error:
        raise EnvironmentFault(f"a cluster needs the package {error.name}", do=[f"pip install {error.name}"]) from error
    click.echo(f"export KUBECONFIG={kubeconfig}")


@command.command(epilog=example("podconform cluster down"))
@PURGE
def down(*, purge: bool) -> None:
    """Stop the cluster, or the standalone kubelet, that runs; images and programs stay."""
    stop(Node(), purge=purge)


@command.command(epilog=example('export KUBECONFIG="$(podconform cluster kubeconfig)"'))
def kubeconfig() -> None:
    """Print the path of the kubeconfig of the cluster that runs."""
    cluster = Cluster(Node())
    if not cluster.kubeconfig.exists():
        raise EnvironmentFault("no cluster of `podconform cluster` runs here", do=["podconform cluster up"])
    click.echo(str(cluster.kubeconfig))
