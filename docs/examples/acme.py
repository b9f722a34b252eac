"""A toy runtime with an API of its own, for the adapter in `adapter.md`: Pods on a virtual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from pytest_podconform.model.refusal import Refused
from pytest_podconform.runtimes.interface import ObjectRef
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from pytest_podconform.runtimes.simulated.world import IMAGE


class NotAccepted(Exception):
    """What this client raises for an object that it does not take."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Client:
    """The toy's client."""

    version = "1.0"

    def __init__(self) -> None:
        self._pods = SimulatedRuntime()

    async def load_image(self, _name: str, _write: Callable[[Path], None]) -> str:
        """Load an image and return its name here; a toy has one image only."""
        return IMAGE

    async def create(self, manifest: dict[str, Any]) -> None:
        """Create an object."""
        try:
            await self._pods.apply(manifest)
        except Refused as refused:
            raise NotAccepted(refused.reason, refused.field) from refused

    async def delete(self, namespace: str, name: str, grace: float | None) -> None:
        """Delete a Pod."""
        await self._pods.delete(ObjectRef(namespace, name), grace)

    async def status(self, namespace: str, name: str) -> dict[str, Any]:
        """Return the status of a Pod, as JSON."""
        status: dict[str, Any] = msgspec.to_builtins(await self._pods.status(ObjectRef(namespace, name)))
        return status

    def follow(self, namespace: str, name: str, container: str) -> AsyncIterator[bytes]:
        """Follow a log."""
        return self._pods.logs(ObjectRef(namespace, name), container)

    async def close(self) -> None:
        """End all Pods."""
        await self._pods.close()
