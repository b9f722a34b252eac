"""What goes into the Pod machine and what comes out of it."""

from __future__ import annotations

import msgspec

from pytest_podconform.model.pod import Container, LifecycleHandler, Probe, ProbeResult, ProbeType


class _Value(msgspec.Struct, frozen=True):
    pass


# ---- in


class Tick(_Value, frozen=True):
    """Time has passed; wanted at the time that `PodMachine.due` names."""


class ContainerStarted(_Value, frozen=True):
    """The engine has started that instance of a container."""

    name: str
    instance: int


class StartFailed(_Value, frozen=True):
    """The engine could not start that instance; the reason is a word such as `ErrImageNeverPull`."""

    name: str
    instance: int
    reason: str
    message: str


class ContainerExited(_Value, frozen=True):
    """The process of that instance has ended."""

    name: str
    instance: int
    exit_code: int
    reason: str = ""


class HookFinished(_Value, frozen=True):
    """The preStop hook of that instance is over, however it ended."""

    name: str
    instance: int


class ProbeFinished(_Value, frozen=True):
    """An execution of a probe has come to its result."""

    name: str
    kind: ProbeType
    result: ProbeResult


class DeleteAsked(_Value, frozen=True):
    """The Pod is to be deleted within that many seconds."""

    grace: float


Event = Tick | ContainerStarted | StartFailed | ContainerExited | HookFinished | ProbeFinished | DeleteAsked


# ---- out


class StartContainer(_Value, frozen=True):
    """Make a new container and start it; answer with ContainerStarted or StartFailed."""

    container: Container
    instance: int


class SendSignal(_Value, frozen=True):
    """Send TERM or KILL to the first process of that instance."""

    name: str
    instance: int
    signal: str


class RunHook(_Value, frozen=True):
    """Run a preStop hook for that many seconds at most; answer with HookFinished."""

    name: str
    instance: int
    handler: LifecycleHandler
    limit: float


class RunProbe(_Value, frozen=True):
    """Execute a probe once; answer with ProbeFinished."""

    container: Container
    kind: ProbeType
    probe: Probe
    instance: int


class StatusChanged(_Value, frozen=True):
    """`PodMachine.status` is another than before."""


class PodEnded(_Value, frozen=True):
    """A deleted Pod has no container left."""


Action = StartContainer | SendSignal | RunHook | RunProbe | StatusChanged | PodEnded
