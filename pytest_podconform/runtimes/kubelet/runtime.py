"""The runtime as the harness sees it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import aiohttp

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.model.refusal import Refused
from pytest_podconform.model.status import PodStatus
from pytest_podconform.runtimes.interface import Capabilities, Facts, Image, Manifest, NodeConfig, ObjectRef, Run, Runtime

from . import logs, settings
from .cgroups import kill, processes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

RELIST: Final = 1.2  # seconds: the PLEG's period and its work; what the kubelet says is that old at most
MAX_PODS: Final = 100
APPEARS_IN: Final = 5.0  # seconds from a manifest's file to its Pod or its refusal; both take milliseconds
POLL: Final = 0.05
CACHE_FOR: Final = 0.1
"""Seconds for which one answer of the kubelet serves all Pods: to ask costs it, and us, as much as some probes."""
REFUSALS: Final = ("can't process", "Pod is invalid", "invalid")


class KubeletRuntime(Runtime):
    """Static Pods: there is no deletion by an API, no Service, and a refusal is a line in the kubelet's log."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        http_probes=True,
        tcp_probes=True,
        exec_probes=True,
        grpc_probes=True,
        restart_policy=True,
        dns_policy=True,
        dns_config=True,
        init_containers=True,
        sidecars=True,
        host_network=True,
        services=False,
        api=False,
        registry=False,
        ipv6=False,
        pvc=False,
        host_path=False,
        node_config="per-start",
    )

    def __init__(self) -> None:
        self._settings = settings.load()
        self._run_id = ""
        self._image = self._musl_image = ""
        self._made: dict[str, Manifest] = {}
        self._gone: set[str] = set()
        self._asked_at = 0.0
        self._pods: dict[str, Manifest] = {}
        self._http: aiohttp.ClientSession

    async def open(self, run: Run) -> None:
        """Bring the target image to the node."""
        self._run_id, self._image = run.id, run.image
        self._http = aiohttp.ClientSession(base_url=f"http://127.0.0.1:{self._settings.port}")
        await self._look()
        await self.configure(None)  # a run that was killed may have left it otherwise
        await self._bring(Image(run.image, run.write_image), run.say)
        if run.musl is not None:
            try:
                await self._bring(run.musl, run.say)
                self._musl_image = run.musl.tag
            except EnvironmentFault as fault:  # a few cases less, and no run less
                run.say(f"image {run.musl.tag}: {fault.what}")

    async def _bring(self, image: Image, say: Callable[[str], None]) -> None:
        """Import an image into the kubelet's containerd, unless it is there."""
        if image.tag in await self._ctr("images", "ls", "-q"):
            return
        with tempfile.TemporaryDirectory(prefix="podconform-") as folder:
            archive = Path(folder) / "image.tar"
            await asyncio.to_thread(image.write, archive)
            await self._ctr("images", "import", str(archive))
        say(f"image {image.tag}: built here, imported into the kubelet's containerd")

    async def facts(self) -> Facts:
        """Return what holds for the whole run."""
        node = self._settings
        return Facts(
            name=f"kubelet {node.version} (standalone)",
            cluster_domain=node.cluster_domain,
            cluster_dns=node.cluster_dns,
            node_nameservers=node.node_nameservers,
            node_searches=node.node_searches,
            node_options=node.node_options,
            status_latency=RELIST + CACHE_FOR,
            max_pods=MAX_PODS,
            starts_at_once=os.cpu_count() or 1,
            shares_clock=True,
            target_image=self._image,
            musl_image=self._musl_image,
        )

    async def configure(self, node: NodeConfig | None) -> None:
        """Write another file for the kubelet, which reads it anew for each Pod."""
        text = self._settings.node_file if node is None else node.resolv_conf
        self._settings.resolv_conf.write_text(text)

    async def apply(self, manifest: Manifest) -> None:
        """Put a manifest into the kubelet's folder and wait until it has taken or refused it."""
        if manifest["kind"] != "Pod":
            raise Refused(f"a kubelet alone has no {manifest['kind']}", "kind")
        name = manifest["metadata"]["name"]
        # A static Pod's UID is a hash of its manifest, and back-off is remembered by UID: no two runs may share one.
        annotations = {**manifest["metadata"].get("annotations", {}), "podconform/run": self._run_id}
        made = {**manifest, "metadata": {**manifest["metadata"], "annotations": annotations}}
        log_from = self._settings.kubelet_log.stat().st_size
        self._write(name, made)
        deadline = asyncio.get_running_loop().time() + APPEARS_IN
        while asyncio.get_running_loop().time() < deadline:
            pod = (await self._look()).get(self._full(name))
            if pod is not None:
                self._made[name] = pod
                return
            if refusal := self._refusal(name, log_from):
                self._path(name).unlink()
                raise Refused(refusal)
            await asyncio.sleep(POLL)
        msg = f"the kubelet has neither taken nor refused Pod {name} within {APPEARS_IN:g} s"
        raise EnvironmentFault(msg, do=[f"look at {self._settings.kubelet_log}"])

    def _write(self, name: str, manifest: Manifest) -> None:
        part = self._settings.manifests / f".{name}.part"  # what begins with a dot is not looked at
        part.write_text(json.dumps(manifest))
        part.rename(self._path(name))

    def _refusal(self, name: str, log_from: int) -> str:
        with self._settings.kubelet_log.open("rb") as log:
            log.seek(log_from)
            lines = log.read().decode(errors="replace").splitlines()
        about = [line for line in lines if name in line and any(word in line for word in REFUSALS)]
        return about[0].partition("] ")[2] if about else ""

    async def delete(self, ref: ObjectRef, grace: float | None) -> None:
        """Take the manifest away and wait until no process of the Pod is left.

        A static Pod has the grace period that its manifest says, and no other: where it shall have none, it is killed.
        """
        if ref.kind != "Pod":
            return
        self._path(ref.name).unlink(missing_ok=True)
        pod = self._made.get(ref.name)
        while pod is not None and (self._full(ref.name) in await self._look() or processes(pod["metadata"]["uid"])):
            if grace == 0 and self._full(ref.name) not in self._pods:  # else it would be restarted
                kill(processes(pod["metadata"]["uid"]))
            await asyncio.sleep(CACHE_FOR)
        self._gone.add(ref.name)

    async def status(self, ref: ObjectRef) -> PodStatus:
        """Return the status as the kubelet gives it; of a Pod that it has let go, the last one."""
        pod = (await self._look()).get(self._full(ref.name))
        if pod is not None:
            self._made[ref.name] = pod
        return PodStatus.decode(self._made[ref.name]["status"])

    def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
        """Follow the files of a container."""
        metadata = self._made[ref.name]["metadata"]
        # The folder bears the hash of the manifest and not the UID of the mirror Pod.
        uid = metadata["annotations"].get("kubernetes.io/config.hash", metadata["uid"])
        folder = self._settings.logs / f"{metadata['namespace']}_{metadata['name']}_{uid}" / container
        return logs.follow(folder, lambda: ref.name in self._gone)

    async def close(self) -> None:
        """Take away what is left of this run."""
        for name in self._made:
            self._path(name).unlink(missing_ok=True)
        with contextlib.suppress(AttributeError):  # it was never opened
            await self._http.close()

    async def _look(self) -> dict[str, Manifest]:
        """Return the kubelet's Pods by name."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at > CACHE_FOR:
            self._asked_at = now
            try:
                async with self._http.get("/pods") as answer:
                    items: list[Manifest] = (await answer.json(content_type=None))["items"] or []
            except aiohttp.ClientError as error:
                msg = f"the kubelet does not answer on port {self._settings.port}: {error}"
                raise EnvironmentFault(msg, do=["podconform node up"]) from error
            self._pods = {pod["metadata"]["name"]: pod for pod in items}
        return self._pods

    async def _ctr(self, *arguments: str) -> str:
        command = ["ctr", "--address", str(self._settings.containerd), "--namespace", "k8s.io", *arguments]
        program = shutil.which("ctr")
        if program is None:
            raise EnvironmentFault("no `ctr` on PATH to bring the target image to containerd", do=["install containerd"])
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise EnvironmentFault(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
        return str(done.stdout)

    def _path(self, name: str) -> Path:
        return self._settings.manifests / f"{name}.json"

    def _full(self, name: str) -> str:
        return f"{name}-{self._settings.node}"
