"""`podconform images list|save|build`: images for nodes that cannot pull them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import click

from pytest_podconform.errors import UsageFault
from pytest_podconform.fixtures.harness import image as harness
from pytest_podconform.fixtures.target import image as target
from pytest_podconform.runtimes.docker.engine import connect
from pytest_podconform.runtimes.docker.images import load

from .choices import Known
from .groups import Group, example

if TYPE_CHECKING:
    from collections.abc import Callable


class ImageModule(Protocol):
    """A module that makes an image."""

    @property
    def tag(self) -> Callable[[str], str]:
        """Returns the image's name and tag below a registry's folder."""
        ...

    @property
    def write_archive(self) -> Callable[[Path, str], None]:
        """Writes the image as a docker-archive, under that name."""
        ...


class Image(NamedTuple):
    """An image that can be built here from the running interpreter."""

    module: ImageModule
    purpose: str


IMAGES: Final = {
    "target": Image(target, "the program that a runtime under test starts and probes"),
    "harness": Image(harness, "this tool, for a Job in the cluster"),
}
NAME: Final = click.argument("name", type=Known("image", lambda: IMAGES))
PREFIX: Final = click.option(
    "--image-prefix", "prefix", metavar="PREFIX", default="", help="Registry and folder, e.g. registry.example/team."
)


@click.group(cls=Group, epilog=example("podconform images save target target.tar"))
def command() -> None:
    """List, save or build the images that nodes need.

    Both are built from the running Python, without a registry, for this machine's architecture.
    """


@command.command("list", epilog=example("podconform images list --image-prefix registry.example/team"))
@PREFIX
def list_images(prefix: str) -> None:
    """List the images: name, tag, purpose."""
    for name, image in IMAGES.items():
        click.echo(f"{name:<8} {image.module.tag(prefix)}  {image.purpose}")


@command.command(epilog=example("podconform images save target target.tar", "kind load image-archive target.tar"))
@NAME
@click.argument("file", type=click.Path(path_type=Path))
@PREFIX
def save(name: str, file: Path, prefix: str) -> None:
    """Write an image as an archive to FILE, and show how a node gets it.

    NAME is "target" or "harness".
    """
    image = IMAGES[name].module
    try:
        image.write_archive(file, prefix)
    except OSError as error:
        raise UsageFault(f"{file}: {error.strerror}") from error
    for line in ways_to_a_node(image.tag(prefix), file):
        click.echo(line)


@command.command(epilog=example("podconform images build target"))
@NAME
@PREFIX
def build(name: str, prefix: str) -> None:
    """Build an image and load it into the engine.

    NAME is "target" or "harness". The engine is the one that answers on this machine, or DOCKER_HOST.
    """
    image = IMAGES[name].module
    engine_name = asyncio.run(_load(lambda to: image.write_archive(to, prefix)))
    click.echo(f"{image.tag(prefix)}: loaded into {engine_name}")


async def _load(write: Callable[[Path], None]) -> str:
    engine = await connect()
    try:
        await load(engine.api, write)
    finally:
        await engine.close()
    return engine.name


def ways_to_a_node(tag: str, archive: Path) -> list[str]:
    """Return the size of an archive, and the commands that bring it to a node."""
    return [
        f"{archive}: {tag}, {archive.stat().st_size / 1e6:.0f} MB",
        f"on a node with containerd:  ctr -n k8s.io images import {archive}",
        f"on a node with CRI-O:       podman load -i {archive}",
        f"in kind:                    kind load image-archive {archive}",
        f"in k3d:                     k3d image import {archive}",
        f"in minikube:                minikube image load {archive}",
        f"to a registry:              docker load -i {archive} && docker push {tag}",
    ]
