"""The logs of a container over all its instances, each followed while it runs.

The kubelet keeps one dead instance of a container, so whoever comes late finds the one before by `previous` and none
that is older: https://kubernetes.io/docs/concepts/cluster-administration/logging/.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.runtimes.interface import Interrupted

from .client import APIError
from .watch import status_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from pytest_podconform.model.manifest import Manifest

    from .client import Client
    from .watch import Pods

AGAIN: Final = 0.1  # seconds until a log is asked for again that the kubelet did not give
MOST_TRIES: Final = 20


class Log:
    """One container's log. Lines are told apart by the node's own time stamps: what has been read is not read again."""

    def __init__(self, client: Client, path: str, container: str) -> None:
        self._client = client
        self._path = f"{path}/log"
        self._container = container
        self._read_up_to = b""

    async def follow(self, pods: Pods, name: str) -> AsyncIterator[bytes]:
        """Yield the lines of all instances until the Pod is gone."""
        instance, restarts = "", 0
        async for pod in pods.follow(name):
            status = status_of(pod).container(self._container)
            if status is None or status.container_id in {"", instance}:
                continue
            if status.restart_count > restarts + bool(instance):
                async for line in self._read(previous="true"):
                    yield line
            instance, restarts = status.container_id, status.restart_count
            async for line in self._follow_one(pods, name, instance):
                yield line

    async def _follow_one(self, pods: Pods, name: str, instance: str) -> AsyncIterator[bytes]:
        """Yield the lines of an instance until its log has been read after its end: an answer may end before that."""
        while True:
            has_ended = self._has_ended(pods.get(name), instance)  # looked at before the log is
            async for line in self._read(follow="true"):
                yield line
            if has_ended or self._has_ended(pods.get(name), instance):
                return
            await asyncio.sleep(AGAIN)

    def _has_ended(self, pod: Manifest | None, instance: str) -> bool:
        status = None if pod is None else status_of(pod).container(self._container)
        return status is None or status.container_id != instance or status.state.running is None

    async def _read(self, **query: str) -> AsyncIterator[bytes]:
        """Yield the lines of one instance that have not been read yet; where the connection is lost, go on behind it."""
        for _ in range(MOST_TRIES):
            try:
                async for line in self._lines(query):
                    yield line
            except APIError:  # it is gone, or does not run yet, though its status says so
                if "previous" in query:
                    return
            except EnvironmentFault:  # the API server went away: the watch tells for how long
                pass
            else:
                return
            await asyncio.sleep(AGAIN)
        raise Interrupted(f"the API server did not give the log of container {self._container}, {MOST_TRIES} times")

    async def _lines(self, query: dict[str, str]) -> AsyncGenerator[bytes]:
        query = {**query, "container": self._container, "timestamps": "true"}
        async with self._client.stream(self._path, query) as answer:
            async for line in answer.content:
                stamp, _, text = line.partition(b" ")
                if stamp > self._read_up_to and text.endswith(b"\n"):  # what a lost connection has cut is read again
                    self._read_up_to = stamp
                    yield text
