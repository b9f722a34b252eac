"""Changes of what the runtime reports of its Pods and of the endpoints of its Services."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from .base import Details, StatusEvent


class PhaseDetails(Details, frozen=True):
    """The phase."""

    phase: str


class PhaseChanged(StatusEvent, frozen=True, kw_only=True, tag="phase"):
    """The Pod has entered a phase."""

    data: PhaseDetails


class PodIPDetails(Details, frozen=True):
    """The address."""

    ip: str


class PodIPAssigned(StatusEvent, frozen=True, kw_only=True, tag="ip"):
    """The Pod has got an address."""

    data: PodIPDetails


class PodReady(StatusEvent, frozen=True, kw_only=True, tag="ready"):
    """The Pod's condition Ready has become true."""


class PodUnready(StatusEvent, frozen=True, kw_only=True, tag="unready"):
    """The Pod's condition Ready is true no more."""


class ConditionDetails(Details, frozen=True):
    """The type of a condition, and its status: `True`, `False` or `Unknown`."""

    type: str
    status: str


class ConditionChanged(StatusEvent, frozen=True, kw_only=True, tag="condition"):
    """Another condition of the Pod than Ready has changed."""

    data: ConditionDetails


class EndDetails(Details, frozen=True, kw_only=True):
    """What the status says of a state of a container, the last one or the one it is in; times in RFC 3339."""

    exit_code: int | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    started_at: str | UnsetType = UNSET
    finished_at: str | UnsetType = UNSET


class RestartDetails(Details, frozen=True):
    """The restart count, and how the instance before has ended, where the status says so."""

    count: int
    last: EndDetails | UnsetType = UNSET


class RestartCountChanged(StatusEvent, frozen=True, kw_only=True, tag="restarts"):
    """The restart count of a container has changed."""

    data: RestartDetails


class StateDetails(EndDetails, frozen=True):
    """`waiting`, `running` or `terminated`, and what the status says of that state."""

    state: str


class ContainerStateChanged(StatusEvent, frozen=True, kw_only=True, tag="state"):
    """The state of a container has changed, or its reason."""

    data: StateDetails


class StartedDetails(Details, frozen=True):
    """Whether the startup probe has succeeded; None where the status does not say."""

    started: bool | None


class ContainerStartedChanged(StatusEvent, frozen=True, kw_only=True, tag="started"):
    """`started` of a container has changed."""

    data: StartedDetails


class ReadyDetails(Details, frozen=True):
    """Whether it is ready."""

    ready: bool


class ContainerReadyChanged(StatusEvent, frozen=True, kw_only=True, tag="container-ready"):
    """`ready` of a container has changed."""

    data: ReadyDetails


class EndpointDetails(Details, frozen=True):
    """The address, and whether it is ready."""

    address: str
    ready: bool


class EndpointChanged(StatusEvent, frozen=True, kw_only=True, tag="endpoint"):
    """An address behind a Service has become ready, or is ready no more; `pod` is the name of the Service."""

    data: EndpointDetails
