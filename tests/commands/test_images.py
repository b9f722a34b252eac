from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from pytest_podconform.commands import images
from pytest_podconform.fixtures.harness import image as harness
from pytest_podconform.fixtures.target import image as target

from .running import podconform, process

PREFIX = ("--image-prefix", "registry.example/team")


def test_the_target_image_is_saved_under_the_name_that_nodes_know_it_by(tmp_path: Path) -> None:
    done = process("images", "save", "target", "target.tar", *PREFIX, folder=tmp_path)

    with tarfile.open(tmp_path / "target.tar") as tar:
        manifest = json.load(tar.extractfile("manifest.json") or io.BytesIO())
    assert done.returncode == 0
    assert manifest[0]["RepoTags"] == [target.tag("registry.example/team")]
    lines = done.stdout.splitlines()
    assert lines[0].startswith("target.tar: registry.example/team/podconform-target:")
    assert lines[3].split() == ["in", "kind:", "kind", "load", "image-archive", "target.tar"]


def test_the_list_names_both_images() -> None:
    result = podconform("images", "list", *PREFIX)

    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["target", target.tag("registry.example/team")],
        ["harness", harness.tag("registry.example/team")],
    ]


def test_a_file_that_cannot_be_written_is_a_usage_error() -> None:
    result = podconform("images", "save", "target", "no/such/folder.tar")

    assert result.exit_code == 2
    assert result.stderr == "error (usage): no/such/folder.tar: No such file or directory\n"


def test_an_image_is_built_for_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def load(write: object) -> str:
        assert callable(write)
        return "engine 1.2.3"

    monkeypatch.setattr(images, "_load", load)
    result = podconform("images", "build", "target")

    assert result.stdout == f"{target.tag()}: loaded into engine 1.2.3\n"


def test_without_an_engine_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    result = podconform("images", "build", "target")

    assert result.exit_code == 1
    assert result.stderr.startswith("error (environment): no container engine answered\n  tried ")
