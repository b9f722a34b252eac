"""The status of a Pod, as a runtime reports it: the fields of `PodStatus` that cases look at, nothing refused.

Decoding ignores further fields, for a real API server sends many more.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .manifest import Manifest

Phase = Literal["Pending", "Running", "Succeeded", "Failed", "Unknown"]


class _Reported(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A part of a status: immutable, further fields ignored."""


class Waiting(_Reported, frozen=True):
    """The container does not run yet, or not again."""

    reason: str = ""
    message: str = ""


class Running(_Reported, frozen=True):
    """The container runs; `started_at` in RFC 3339, whole seconds."""

    started_at: str | None = None


class Terminated(_Reported, frozen=True):
    """The container has ended."""

    exit_code: int
    reason: str = ""
    started_at: str | None = None
    finished_at: str | None = None


class ContainerState(_Reported, frozen=True):
    """One of three; none set means waiting."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None

    @property
    def word(self) -> str:
        """`running`, `terminated:<reason>` or `waiting:<reason>`."""
        if self.running is not None:
            return "running"
        if self.terminated is not None:
            return f"terminated:{self.terminated.reason}"
        return f"waiting:{self.waiting.reason if self.waiting else ''}"


class ContainerStatus(_Reported, frozen=True):
    """The status of one container."""

    name: str
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    container_id: str = msgspec.field(name="containerID", default="")


class Condition(_Reported, frozen=True):
    """A condition of the Pod; `status` is `True`, `False` or `Unknown`."""

    type: str
    status: str
    reason: str = ""
    message: str = ""


class PodStatus(_Reported, frozen=True):
    """What a runtime says of a Pod at one moment."""

    phase: Phase = "Pending"
    pod_ip: str = msgspec.field(name="podIP", default="")
    reason: str = ""
    message: str = ""
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()

    @classmethod
    def decode(cls, status: Manifest) -> PodStatus:
        """Decode the `status` of a Pod object as a runtime gives it.

        Raises:
            msgspec.ValidationError: the data is no Pod status.

        """
        return msgspec.convert(status, cls)

    def condition(self, name: str) -> bool | None:
        """Tell whether a condition is true, false, or neither said nor known."""
        for condition in self.conditions:
            if condition.type == name:
                return {"True": True, "False": False}.get(condition.status)
        return None

    @property
    def ready(self) -> bool:
        """Whether the Pod's Ready condition is true."""
        return self.condition("Ready") is True

    def container(self, name: str) -> ContainerStatus | None:
        """Return the status of a container, init containers included."""
        for status in (*self.container_statuses, *self.init_container_statuses):
            if status.name == name:
                return status
        return None
