"""What the containers and volumes of a Pod are called on the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_podconform.model.pod import Pod


class PodNames:
    """The names of one Pod's objects; `run` keeps them apart from those of other runs."""

    def __init__(self, run: str, pod: Pod) -> None:
        self._base = f"podconform-{run}-{pod.metadata.namespace}-{pod.metadata.name}"

    @property
    def sandbox(self) -> str:
        """The container that holds the namespaces."""
        return self._base

    def container(self, name: str, instance: int) -> str:
        """One instance of a container."""
        return f"{self._base}-{name}-{instance}"

    def volume(self, name: str) -> str:
        """A volume."""
        return f"{self._base}-{name}"
