"""The parts of the kubelet's runtime that need no kubelet."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.model.refusal import Refused
from pytest_podconform.runtimes.interface import Image, NodeConfig, ObjectRef, Run
from pytest_podconform.runtimes.kubelet import KubeletRuntime, cgroups, logs, settings
from pytest_podconform.runtimes.kubelet import runtime as runtime_module

STAMP = b"2026-11-22T20:35:36.000000001Z"


def line(text: bytes, *, stream: bytes = b"stdout", flag: bytes = b"F") -> bytes:
    return b" ".join([STAMP, stream, flag, text]) + b"\n"


async def first(folder: Path, count: int) -> list[bytes]:
    """Follow a log until so many pieces have come."""
    found: list[bytes] = []
    async with asyncio.timeout(5):
        async for piece in logs.follow(folder, lambda: False):
            found.append(piece)
            if len(found) == count:
                return found
    return found


@pytest.mark.asyncio
async def test_lines_of_all_instances_in_order(tmp_path: Path) -> None:
    (tmp_path / "0.log").write_bytes(line(b"a") + line(b"noise", stream=b"stderr") + line(b"b"))
    (tmp_path / "1.log").write_bytes(line(b"c"))

    assert await first(tmp_path, 3) == [b"a\n", b"b\n", b"c\n"]


@pytest.mark.asyncio
async def test_a_long_line_comes_in_parts(tmp_path: Path) -> None:
    (tmp_path / "0.log").write_bytes(line(b"one ", flag=b"P") + line(b"line"))

    assert b"".join(await first(tmp_path, 2)) == b"one line\n"


@pytest.mark.asyncio
async def test_a_log_that_is_deleted_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "0.log").write_bytes(line(b"a"))

    following = logs.follow(tmp_path, lambda: False)
    found = [await anext(following)]
    with (tmp_path / "0.log").open("ab") as log:
        (tmp_path / "0.log").unlink()
        log.write(line(b"last")[:20])
        log.flush()
        (tmp_path / "1.log").write_bytes(line(b"next"))
        log.write(line(b"last")[20:])

    assert [*found, await anext(following), await anext(following)] == [b"a\n", b"last\n", b"next\n"]


@pytest.mark.asyncio
async def test_a_log_ends_with_its_pod(tmp_path: Path) -> None:
    (tmp_path / "0.log").write_bytes(line(b"a") + line(b"b"))

    assert [piece async for piece in logs.follow(tmp_path / "none", lambda: True)] == []
    assert [piece async for piece in logs.follow(tmp_path, lambda: True)] == [b"a\n", b"b\n"]


def described(tmp_path: Path, port: int = 1) -> dict[str, Any]:
    """Describe a node whose things lie in a folder."""
    (tmp_path / "manifests").mkdir(exist_ok=True)
    (tmp_path / "kubelet.log").touch()
    return {
        "version": "v1.34.4",
        "node": "n",
        "manifests": str(tmp_path / "manifests"),
        "logs": str(tmp_path / "logs"),
        "kubelet_log": str(tmp_path / "kubelet.log"),
        "containerd": str(tmp_path / "containerd.sock"),
        "port": port,
        "cluster_dns": ["192.0.2.10"],
        "cluster_domain": "cluster.local",
        "resolv_conf": str(tmp_path / "resolv.conf"),
        "node_nameservers": ["192.0.2.1"],
        "node_searches": ["node.example"],
        "node_options": [],
    }


def test_without_a_kubelet_the_error_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path / "node.json"))

    with pytest.raises(EnvironmentFault, match="no standalone kubelet") as raised:
        KubeletRuntime()

    assert any("podconform node up" in line for line in raised.value.do)


def test_a_damaged_description_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node.json").write_text('{"version": 1}')
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path / "node.json"))

    with pytest.raises(EnvironmentFault, match="does not describe a kubelet"):
        settings.load()


class Kubelet:
    """A stand-in: it takes what is put into its folder, but for Pods that are called `bad`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pods(self) -> list[dict[str, Any]]:
        manifests = [json.loads(path.read_text()) for path in sorted((self._folder / "manifests").glob("*.json"))]
        if any(made["metadata"]["name"] == "bad" for made in manifests):
            with (self._folder / "kubelet.log").open("a") as log:
                log.write('E1122 12:00:00.0 1 config.go:1] "can\'t process bad.json: spec.containers[0]: no"\n')
        return [
            {
                "metadata": {"name": f"{made['metadata']['name']}-n", "namespace": "default", "uid": "u", "annotations": {}},
                "status": {"phase": "Running"},
            }
            for made in manifests
            if made["metadata"]["name"] != "bad"
        ]


@asynccontextmanager
async def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[KubeletRuntime]:
    """Open a runtime that has a stand-in for its kubelet."""
    stand_in = Kubelet(tmp_path)

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"items": stand_in.pods()})

    application = web.Application()
    application.router.add_get("/pods", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    (tmp_path / "node.json").write_text(json.dumps(described(tmp_path, port)))
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path / "node.json"))
    runtime = KubeletRuntime()

    async def ctr(*_arguments: str) -> str:
        return "image:1"

    monkeypatch.setattr(runtime, "_ctr", ctr)
    try:
        await runtime.open(Run(id="r1", image="image:1", write_image=lambda _path: None, say=lambda _message: None))
        yield runtime
    finally:
        await runtime.close()
        await runner.cleanup()


def manifest(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": []}}


@pytest.mark.asyncio
async def test_a_pod_comes_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch) as runtime:
        await runtime.apply(manifest("good"))
        written = json.loads((tmp_path / "manifests/good.json").read_text())
        phase = (await runtime.status(ObjectRef("default", "good"))).phase
        await runtime.delete(ObjectRef("default", "good"), None)
        left = list((tmp_path / "manifests").iterdir())

    assert (written["metadata"]["annotations"]["podconform/run"], phase, left) == ("r1", "Running", [])


@pytest.mark.parametrize("compiles", [True, False])
@pytest.mark.asyncio
async def test_both_images_are_brought_unless_they_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, compiles: bool
) -> None:
    calls: list[tuple[str, ...]] = []
    written: list[str] = []

    async def ctr(*arguments: str) -> str:
        calls.append(arguments[:2])
        return "image:1\n"

    def write_musl(_path: Path) -> None:
        written.append("musl")
        if not compiles:
            raise EnvironmentFault("the musl client could not be compiled")

    async with opened(tmp_path, monkeypatch) as runtime:
        monkeypatch.setattr(runtime, "_ctr", ctr)
        musl = Image("musl:1", write_musl)
        await runtime.close()
        await runtime.open(
            Run(
                id="r1",
                image="image:1",
                write_image=lambda _path: written.append("target"),
                musl=musl,
                say=lambda _message: None,
            )
        )
        musl_image = (await runtime.facts()).musl_image

    assert musl_image == ("musl:1" if compiles else "")
    assert written == ["musl"]
    assert calls == [("images", "ls"), ("images", "ls"), ("images", "import")][: 3 if compiles else 2]


def test_what_a_static_pod_leaves_is_seen_and_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "PLACES", (str(tmp_path / "besteffort"), str(tmp_path / "burstable")))
    container = tmp_path / "burstable/podu/c1"
    container.mkdir(parents=True)
    (tmp_path / "burstable/podu/cgroup.procs").write_text("")
    assert cgroups.processes("u") == [0], "one of its folders is being removed"

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as left:
        (container / "cgroup.procs").write_text(f"{left.pid}\n")
        assert cgroups.processes("u") == [left.pid]
        assert cgroups.processes("other") == []

        cgroups.kill([0, left.pid])
        assert left.wait(10) == -signal.SIGKILL

    cgroups.kill([left.pid])  # it is no error that it has ended


@pytest.mark.parametrize(("grace", "killed"), [(0, {4711}), (None, set[int]())])
@pytest.mark.asyncio
async def test_a_pod_that_shall_have_no_grace_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grace: float | None, killed: set[int]
) -> None:
    told: list[int] = []
    left = [[4711], [4711], []]

    def processes(_uid: str) -> list[int]:
        return left.pop(0) if left else []

    monkeypatch.setattr(runtime_module, "processes", processes)
    monkeypatch.setattr(runtime_module, "kill", told.extend)

    async with opened(tmp_path, monkeypatch) as runtime:
        await runtime.apply(manifest("good"))
        await runtime.delete(ObjectRef("default", "good"), grace)

    assert set(told) == killed


@pytest.mark.asyncio
async def test_a_refusal_is_read_off_the_kubelets_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch) as runtime:
        with pytest.raises(Refused, match=r"spec\.containers\[0\]: no"):
            await runtime.apply(manifest("bad"))

    assert list((tmp_path / "manifests").iterdir()) == []


@pytest.mark.asyncio
async def test_the_nodes_file_is_another_one_for_as_long_as_a_case_wants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resolv.conf").write_text("left by a run that was killed")
    seen: list[str] = []

    async with opened(tmp_path, monkeypatch) as runtime:
        for node in (NodeConfig(resolv_conf="options rotate\n"), None):
            seen.append((tmp_path / "resolv.conf").read_text())
            await runtime.configure(node)
        seen.append((tmp_path / "resolv.conf").read_text())

    whole = "nameserver 192.0.2.1\nsearch node.example\n"
    assert seen == [whole, "options rotate\n", whole]


@pytest.mark.asyncio
async def test_there_are_no_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch) as runtime:
        with pytest.raises(Refused, match="a kubelet alone has no Service"):
            await runtime.apply({"kind": "Service", "metadata": {"name": "s"}})
