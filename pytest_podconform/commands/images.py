"""`--podconform-images save FILE`: images for nodes that cannot pull them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_podconform.fixtures.harness import image as harness
from pytest_podconform.fixtures.target import image as target

IMAGES = {"save": target, "save-harness": harness}


def main(word: str, file: str, prefix: str = "") -> int:
    """Write an image and say how a node gets it; return the exit status.

    Raises:
        pytest.UsageError: there is no such word, or the file cannot be written.

    """
    image = IMAGES.get(word)
    if image is None:
        msg = f"--podconform-images: {word!r} is neither `save` (the target) nor `save-harness`"
        raise pytest.UsageError(msg)
    to = Path(file)
    try:
        image.write_archive(to, prefix)
    except OSError as error:
        msg = f"--podconform-images: {to}: {error.strerror}"
        raise pytest.UsageError(msg) from error
    for line in told(image.tag(prefix), to):
        print(line)  # noqa: T201 - what was asked for
    return 0


def told(tag: str, to: Path) -> list[str]:
    """Return what to do with the archive."""
    return [
        f"{to}: {tag}, {to.stat().st_size / 1e6:.0f} MB",
        f"on a node with containerd:  ctr -n k8s.io images import {to}",
        f"on a node with CRI-O:       podman load -i {to}",
        f"in kind:                    kind load image-archive {to}",
        f"in k3d:                     k3d image import {to}",
        f"in minikube:                minikube image load {to}",
        f"to a registry:              docker load -i {to} && docker push {tag}",
    ]
