"""The emptyDir volumes of a Pod, as volumes of the engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from docker.types import Mount

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiodocker

    from pytest_podconform.model.pod import VolumeMount


class Volumes:
    """The volumes of one Pod, made when a container first mounts them."""

    def __init__(self, api: aiodocker.Docker, prefix: str, labels: Mapping[str, str]) -> None:
        self._api = api
        self._prefix = prefix
        self._labels = labels
        self._places: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def mount(self, mount: VolumeMount) -> Mount:
        """Return the engine's mount; a subPath is a bind of its place on the engine's side, which needs no file of ours."""
        name = f"{self._prefix}-{mount.name}"
        async with self._lock:
            if name not in self._places:
                made = await self._api.volumes.create({"Name": name, "Labels": dict(self._labels)})  # type: ignore[no-untyped-call]
                self._places[name] = (await made.show())["Mountpoint"]
        if mount.sub_path:
            source = f"{self._places[name]}/{mount.sub_path}"
            return Mount(mount.mount_path, source, type="bind", read_only=mount.read_only)
        return Mount(mount.mount_path, name, type="volume", read_only=mount.read_only)

    async def remove(self) -> None:
        """Remove them; no container may use them any more."""
        for name in self._places:
            await (await self._api.volumes.get(name)).delete()  # type: ignore[no-untyped-call]
