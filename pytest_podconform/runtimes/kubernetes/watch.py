"""All Pods of a namespace as the API server tells of them: one list, then a watch for as long as the run lasts.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.model.status import PodStatus
from pytest_podconform.runtimes.interface import Interrupted

from .client import APIError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp

    from pytest_podconform.model.manifest import Manifest

    from .client import Client

BLIND_LIMIT: Final = 1.0
"""Seconds without a watch after which what has happened meanwhile cannot be dated any more: a relist of the kubelet."""

FIRST_LIMIT: Final = 10.0  # seconds until the server begins to answer a watch; it does so at once
PULSE: Final = 1.0  # seconds between two looks at what the server knows; what it knew at one, the watch has told at the next
PULSE_LIMIT: Final = 2.0  # seconds for such a look; it takes milliseconds
METADATA: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
GONE: Final = -1
AGAIN: Final = 0.1  # seconds between two tries to open the watch
GIVE_UP: Final = 60.0  # seconds without an API server after which the run ends
SERVER_LIMIT: Final = "3600"  # seconds; the server closes a watch after 30 to 60 minutes unless it is told otherwise

Follower: TypeAlias = "asyncio.Queue[Manifest | Exception | None]"
"""Gets each version of a Pod, None at its deletion, and what has ended the watch."""


class Version(NamedTuple):
    """A Pod at one moment: a resource version of a Pod grows; `GONE` when it is no more."""

    name: str
    uid: str
    number: int


class Pods:
    """The Pods of one namespace; `run` it as a task."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._pods: dict[str, Manifest] = {}
        self._deleted: set[str] = set()
        self._followers: dict[str, set[Follower]] = {}
        self._blind_since: float | None = None
        self._open = asyncio.Event()
        self._version = ""
        self._failure: Exception | None = None

    @property
    def sees(self) -> bool:
        """Whether the watch is open."""
        return self._open.is_set()

    async def in_sight(self) -> None:
        """Wait until the watch is open.

        Raises:
            EnvironmentFault: it will never be again.

        """
        await self._open.wait()
        if self._failure is not None:
            raise self._failure

    def get(self, name: str) -> Manifest | None:
        """Return a Pod as it is now; None where there is none (any more)."""
        return self._pods.get(name)

    async def follow(self, name: str, beat: float | None = None) -> AsyncGenerator[Manifest]:
        """Yield each version of a Pod, from its creation to its deletion; with `beat` at least that often, in seconds.

        Raises:
            Interrupted: the API server was out of sight for longer than a judgement can bear.
            EnvironmentFault: it does not come back.

        """
        if self._failure is not None:
            raise self._failure
        follower: Follower = asyncio.Queue()
        followers = self._followers.setdefault(name, set())
        followers.add(follower)
        try:
            last = self._pods.get(name)
            if last is not None:
                yield last
            while True:
                try:
                    async with asyncio.timeout(beat):
                        told = await follower.get()
                except TimeoutError:
                    if self._blind_for() > BLIND_LIMIT:
                        raise Interrupted(self._blindness()) from None
                    if self.sees and last is not None:
                        yield last
                    continue
                if isinstance(told, Exception):
                    raise told
                if told is None:
                    return
                last = told
                yield told
        finally:
            followers.discard(follower)

    async def until_deleted(self, name: str, uid: str) -> None:
        """Wait until a Pod that there was is no more, however long the API server is away meanwhile."""
        while uid not in self._deleted:
            with contextlib.suppress(Interrupted):
                async for _ in self.follow(name):
                    pass

    async def run(self) -> None:
        """Watch until cancelled, or until the API server has been away for too long; that ends whoever follows."""
        try:
            while True:
                await self._watch_until_it_ends()
                await asyncio.sleep(AGAIN)
        except Exception as error:  # noqa: BLE001 - whoever follows must not wait for ever
            self._failure = error
            self._open.set()  # nobody shall wait for what will not come
            self._tell_all(error)

    async def _watch_until_it_ends(self) -> None:
        try:
            if not self._version:
                await self._list()
            await self._watch()
        except (APIError, EnvironmentFault, TimeoutError) as error:
            if isinstance(error, APIError):
                self._version = ""  # too old, most likely: what has changed meanwhile is in the next list
            if self._blind_for() > GIVE_UP:
                raise
        finally:
            self._lose_sight()

    async def _list(self) -> None:
        listed = await self._client.get(self._path)
        if self._blind_for() > BLIND_LIMIT:  # first: what the list tells of happened nobody knows when
            self._tell_all(Interrupted(self._blindness()))
        found = {pod["metadata"]["name"]: pod for pod in listed["items"] or ()}
        for name in self._pods.keys() - found.keys():
            self._tell(name, None)
        for name, pod in found.items():
            self._tell(name, pod)
        self._version = listed["metadata"]["resourceVersion"]

    async def _watch(self) -> None:
        query = {"watch": "1", "resourceVersion": self._version, "allowWatchBookmarks": "true", "timeoutSeconds": SERVER_LIMIT}
        async with self._client.stream(self._path, query, first=FIRST_LIMIT) as answer:
            self._regain_sight()
            tasks = [asyncio.create_task(work) for work in (self._read(answer), self._feel_pulse())]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, answer: aiohttp.ClientResponse) -> None:
        async for line in answer.content:
            self._take(json.loads(line))

    async def _feel_pulse(self) -> None:
        """See that the watch tells what the server knows: one whose other end is gone, or stalls, tells nothing either."""
        clock = asyncio.get_running_loop().time
        untold: set[Version] = set()
        while True:
            alive = clock()
            await asyncio.sleep(PULSE)
            try:
                async with asyncio.timeout(PULSE_LIMIT):
                    there = await self._client.get(self._path, accept=METADATA)
                still_untold = sum(not self._has_told(version) for version in untold)
                if still_untold:
                    msg = f"the watch has not told of {still_untold} Pods for a second"
                    raise TimeoutError(msg)  # noqa: TRY301 - it is as good as closed
            except TimeoutError:
                self._open.clear()
                self._blind_since = alive
                raise
            listed = {_version(made) for made in there["items"] or ()}
            uids = {version.uid for version in listed}
            gone = {_version(pod)._replace(number=GONE) for pod in self._pods.values() if pod["metadata"]["uid"] not in uids}
            untold = {version for version in listed | gone if not self._has_told(version)}

    def _has_told(self, version: Version) -> bool:
        if version.uid in self._deleted:
            return True
        pod = self._pods.get(version.name)
        return version.number != GONE and pod is not None and _version(pod).number >= version.number

    def _take(self, event: Manifest) -> None:
        made = event["object"]
        if event["type"] == "ERROR":
            raise APIError(made.get("code", 0), made)
        self._version = made["metadata"]["resourceVersion"]
        if event["type"] == "BOOKMARK":
            return
        self._tell(made["metadata"]["name"], None if event["type"] == "DELETED" else made)

    def _tell(self, name: str, pod: Manifest | None) -> None:
        if pod is None:
            self._deleted.add(self._pods.pop(name)["metadata"]["uid"])
        else:
            self._pods[name] = pod
        for follower in self._followers.get(name, ()):
            follower.put_nowait(pod)

    # ---- what has not been seen

    def _lose_sight(self) -> None:
        self._open.clear()
        if self._blind_since is None:
            self._blind_since = asyncio.get_running_loop().time()

    def _blind_for(self) -> float:
        return 0.0 if self._blind_since is None else asyncio.get_running_loop().time() - self._blind_since

    def _regain_sight(self) -> None:
        blind_for, self._blind_since = self._blind_for(), None
        self._open.set()
        if blind_for > BLIND_LIMIT:
            self._tell_all(Interrupted(_away(blind_for)))

    def _blindness(self) -> str:
        return _away(self._blind_for())

    def _tell_all(self, error: Exception) -> None:
        for follower in itertools.chain(*self._followers.values()):
            follower.put_nowait(error)


def status_of(pod: Manifest) -> PodStatus:
    """Decode the status of a Pod as the API server has it; a new one has none."""
    return PodStatus.decode(pod.get("status", {}))


def _away(seconds: float) -> str:
    return f"the API server did not answer for {seconds:.1f} s: what happened meanwhile cannot be dated"


def _version(made: Manifest) -> Version:
    metadata = made["metadata"]
    return Version(metadata["name"], metadata["uid"], int(metadata["resourceVersion"]))
