from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from pytest_podconform.fixtures.kubernetes.cluster import Cluster
from pytest_podconform.fixtures.kubernetes.node import Node

from .running import podconform, process


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is started and stopped; nothing is."""
    found: list[str] = []

    def node_up(_self: Node, _say: object) -> None:
        found.append("node up")

    def node_down(_self: Node, *, purge: bool = False) -> None:
        found.append(f"node down{' purge' if purge else ''}")

    def cluster_up(_self: Cluster, _say: object) -> Path:
        found.append("cluster up")
        return Path("/x/admin.kubeconfig")

    def cluster_down(_self: Cluster) -> None:
        found.append("cluster down")

    monkeypatch.setattr(Node, "up", node_up)
    monkeypatch.setattr(Node, "down", node_down)
    monkeypatch.setattr(Cluster, "up", cluster_up)
    monkeypatch.setattr(Cluster, "down", cluster_down)
    return found


@pytest.mark.parametrize(
    ("args", "cluster_runs", "expected"),
    [
        (["node", "up"], False, ["node up"]),
        (["node", "up"], True, ["cluster down", "node down", "node up"]),
        (["node", "down"], False, ["cluster down", "node down"]),
        (["node", "down", "--purge"], False, ["cluster down", "node down purge"]),
        (["cluster", "up"], False, ["cluster down", "node down", "cluster up"]),
        (["cluster", "up"], True, ["cluster up"]),
        (["cluster", "down"], True, ["cluster down", "node down"]),
        (["cluster", "down", "--purge"], True, ["cluster down", "node down purge"]),
    ],
)
def test_one_of_them_runs_at_a_time(
    args: list[str], *, cluster_runs: bool, expected: list[str], calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cluster, "runs", cluster_runs)

    assert podconform(*args).exit_code == 0
    assert calls == expected


def test_a_machine_that_cannot_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    result = podconform("node", "up")

    assert result.exit_code == 1
    assert result.stderr.startswith("error (environment): ")


def test_a_cluster_prints_its_kubeconfig(calls: list[str]) -> None:
    assert podconform("cluster", "up").stdout.splitlines()[-1] == "export KUBECONFIG=/x/admin.kubeconfig"
    assert "cluster up" in calls


def test_a_package_that_a_cluster_needs_is_named(monkeypatch: pytest.MonkeyPatch, calls: list[str]) -> None:
    def up(_self: Cluster, _say: object) -> None:
        importlib.import_module("no_such_package")

    monkeypatch.setattr(Cluster, "up", up)

    result = podconform("cluster", "up")

    assert result.exit_code == 1
    assert "a cluster needs the package no_such_package\n  do      pip install no_such_package" in result.stderr
    assert calls


def test_the_kubeconfig_is_that_of_a_cluster_that_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = tmp_path / "pytest-podconform/kubelet-node/cluster/admin.kubeconfig"

    without = process("cluster", "kubeconfig")
    file.parent.mkdir(parents=True)
    file.touch()

    assert (without.returncode, without.stdout) == (1, "")
    assert "podconform cluster up" in without.stderr
    assert process("cluster", "kubeconfig").stdout == f"{file}\n"


def test_as_installed() -> None:
    done = process("node", "--help")

    assert done.returncode == 0
    assert "  up  " in done.stdout
