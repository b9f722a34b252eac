"""An API server on loopback that knows just enough: objects, a watch, logs, and what it is told to refuse."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from pytest_podconform.fixtures import archive
from pytest_podconform.fixtures.process import boot_id

Object = dict[str, Any]


def node(name: str = "n1", **status: Any) -> Object:
    """A node that can be judged, but for what is said otherwise."""
    told = {
        "conditions": [{"type": "Ready", "status": "True"}],
        "nodeInfo": {"architecture": archive.architecture(), "bootID": boot_id(), "kubeletVersion": "v1.34.4"},
        "capacity": {"cpu": "2"},
        "allocatable": {"pods": "110"},
        **status,
    }
    return {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {}, "status": told}


def running(instance: str, restarts: int = 0, **more: Any) -> Object:
    """The status of a Pod with one container, `app`."""
    container: Object = {
        "name": "app",
        "containerID": instance,
        "restartCount": restarts,
        "state": {"running": {}},
        **more,
    }
    return {"phase": "Running", "containerStatuses": [container]}


class FakeAPI:
    """What a test does to it, it tells its watchers."""

    def __init__(self) -> None:
        self.nodes = [node()]
        self.kubelet = {"clusterDomain": "cluster.local", "clusterDNS": ["10.96.0.10"], "resolvConf": "/etc/resolv.conf"}
        self.errors: dict[tuple[str, str], tuple[int, Object]] = {}
        self.pods: dict[str, Object] = {}
        self.objects: dict[str, Object] = {}
        self.deleted: list[str] = []
        self.created: list[Object] = []
        self.logs: dict[str, list[list[bytes]]] = {}
        self.log_queries: list[dict[str, str]] = []
        self.on_create: Callable[[Object], None] = lambda _: None
        self.lists = 0
        self.silent = False
        self.stalled = False
        self._ended = asyncio.Event()
        self._version = 0
        self._history: list[Object] = []
        self._watchers: list[asyncio.Queue[Object | None]] = []
        self._server: TestServer

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app, host="127.0.0.1")
        await self._server.start_server()
        try:
            yield str(self._server.make_url("/")).rstrip("/")
        finally:
            await self.stop()

    # ---- what a test does

    def put(self, name: str, status: Object, **metadata: str) -> None:
        made = {
            "metadata": {"name": name, "uid": f"uid-{name}", **metadata},
            "spec": {"containers": [{"image": "i"}]},
            "status": status,
        }
        self._tell("MODIFIED" if name in self.pods else "ADDED", made)
        self.pods[name] = made

    def start_pods_with(self, status: Object) -> None:
        """Give each Pod that is created this status."""
        self.on_create = lambda made: self.put(made["metadata"]["name"], status) if made["kind"] == "Pod" else None

    def remove(self, name: str) -> None:
        self._tell("DELETED", self.pods.pop(name))

    def forget(self, name: str) -> None:
        """Remove a Pod without a word: what a watch that was closed has missed."""
        self.pods.pop(name)

    def too_old(self) -> None:
        for watcher in self._watchers:
            watcher.put_nowait({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}})

    def end_watches(self) -> None:
        for watcher in self._watchers:
            watcher.put_nowait(None)

    async def stop(self) -> None:
        self._ended.set()
        self.end_watches()
        await self._server.close()

    def _tell(self, kind: str, made: Object) -> None:
        self._version += 1
        made["metadata"]["resourceVersion"] = str(self._version)
        event = {"type": kind, "object": json.loads(json.dumps(made))}
        self._history.append(event)
        for watcher in self._watchers if not self.stalled else ():
            watcher.put_nowait(event)

    # ---- what it answers

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        if self.silent:
            await self._ended.wait()
        for (method, part), (code, status) in self.errors.items():
            if request.method == method and part in path:
                return web.json_response(status, status=code)
        if request.method == "POST":
            made = await request.json()
            made["metadata"]["uid"] = f"uid-{made['metadata']['name']}"
            self.created.append(made)
            self.on_create(made)
            return web.json_response(made)
        if request.method == "DELETE":
            self.deleted.append(path)
            if path.rpartition("/")[2] in self.pods:
                self.remove(path.rpartition("/")[2])
            return web.json_response({})
        return await self._get(request, path)

    async def _get(self, request: web.Request, path: str) -> web.StreamResponse:
        if path.endswith("/log"):
            return await self._log(request)
        if path.endswith("/pods"):
            return await self._watch(request) if "watch" in request.query else self._list()
        if path == "/api/v1/nodes":
            return web.json_response({"items": self.nodes})
        if path.endswith("/configz"):
            return web.json_response({"kubeletconfig": self.kubelet})
        if "/configmaps/podconform-" in path and path not in self.objects:
            return web.json_response({"message": "not found"}, status=404)
        return web.json_response(self.objects.get(path, {"metadata": {"name": path}}))

    def _list(self) -> web.Response:
        self.lists += 1
        return web.json_response(
            {"metadata": {"resourceVersion": str(self._version)}, "items": list(self.pods.values()) or None}
        )

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        watcher: asyncio.Queue[Object | None] = asyncio.Queue()
        self._watchers.append(watcher)
        for told in self._history:
            if int(told["object"]["metadata"]["resourceVersion"]) > int(request.query["resourceVersion"]):
                watcher.put_nowait(told)
        while (event := await watcher.get()) is not None:
            await answer.write(json.dumps(event).encode() + b"\n")
        self._watchers.remove(watcher)
        return answer

    async def _log(self, request: web.Request) -> web.StreamResponse:
        self.log_queries.append(dict(request.query))
        answers = self.logs["previous" if "previous" in request.query else "current"]
        answer = web.StreamResponse()
        await answer.prepare(request)
        for line in answers.pop(0) if answers else []:
            await answer.write(line)
        return answer
