"""Names for what can happen, to be used in expectations."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_podconform.evidence.base import Source, Value, detail, see_that_it_has, source_of
from pytest_podconform.evidence.events import Event
from pytest_podconform.evidence.harness import DeletionStarted, ObjectDeleted, ObjectRefused
from pytest_podconform.evidence.status import (
    ConditionChanged,
    ContainerStartedChanged,
    ContainerStateChanged,
    EndpointChanged,
    PhaseChanged,
    PodIPAssigned,
    PodReady,
    PodUnready,
    RestartCountChanged,
)
from pytest_podconform.evidence.target import (
    ConnectionClosed,
    DNSAnswer,
    DNSQuery,
    FileShown,
    HostnameShown,
    LastSign,
    NameResolved,
    ProbeHit,
    ProgramExited,
    ProgramStarted,
    TermReceived,
)
from pytest_podconform.model.pod import ProbeType

from .step import Step, Until


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern that an event fits or not; the first event that fits is *the* moment.

    `where` names details and their values. `owed_by` says who has to bring it about: if it never comes, that one is at fault.

    Raises:
        TypeError: such events have no detail of a name in `where`.

    """

    name: str
    event: type[Event]
    instance: int | None = None
    pod: str | None = None
    container: str | None = None
    where: tuple[tuple[str, Value], ...] = ()
    owed_by: Literal["runtime", "target"] = "runtime"

    def __post_init__(self) -> None:
        """See that such events have the details that are asked for."""
        see_that_it_has(self.event, *(key for key, _ in self.where))

    @property
    def source(self) -> Source:
        """Who sees such events."""
        return source_of(self.event)

    def matches(self, step: Step) -> bool:
        """Tell whether this is such an event."""
        if isinstance(step, Until) or type(step) is not self.event:
            return False
        if self.instance is not None and step.instance != self.instance:
            return False
        if self.pod is not None and step.pod != self.pod:
            return False
        if self.container is not None and step.container != self.container:
            return False
        return all(detail(step, key) == value for key, value in self.where)

    def of(self, pod: str) -> Moment:
        """Return the same moment, of that Pod alone, for cases with several."""
        return msgspec.structs.replace(self, pod=pod)

    def __str__(self) -> str:
        """Return the words that an explanation uses."""
        return self.name

    def __repr__(self) -> str:
        """Return its name and what kind of event it is, for a debugger."""
        return f"<{self.name}: {self.event.__name__}{f' of {self.pod}' if self.pod else ''}>"


def hit(
    n: int | None = None, probe: ProbeType | None = None, *, instance: int | None = None, container: str | None = None
) -> Moment:
    """Match the n-th execution of a probe within one instance, as the target received it; any where n is not given.

    With one probe in the case its type and container need not be said.
    """
    name = f"{probe} probe" if probe else "probe"
    name += f" #{n}" if n else ""
    name += f" of {container}" if container else ""
    where: list[tuple[str, Value]] = [("n", n)] if n else []
    where += [("probe", probe)] if probe else []
    return Moment(
        name=name + _of_instance(instance),
        event=ProbeHit,
        instance=instance,
        container=container,
        where=tuple(where),
    )


def started(instance: int = 0, container: str | None = None) -> Moment:
    """Match the start of an instance, told by its own program."""
    name = "start" if not instance else "restart" if instance == 1 else f"restart #{instance}"
    name += f" of {container}" if container else ""
    return Moment(name=name, event=ProgramStarted, instance=instance, container=container)


RESTARTED = started(1)


def exited(instance: int | None = None, container: str | None = None) -> Moment:
    """Match the end of an instance, told by its own program: by itself, or because it obeys TERM."""
    name = f"end of {container}" if container else "end"
    return Moment(
        name=name + _of_instance(instance),
        event=ProgramExited,
        instance=instance,
        container=container,
        owed_by="target",
    )


CLOSED = Moment(name="the end of a TCP probe", event=ConnectionClosed)
LAST_SIGN = Moment(name="the last sign of life", event=LastSign)


def terminated(container: str | None = None) -> Moment:
    """Match a program's being sent TERM."""
    return Moment(name=f"TERM to {container}" if container else "TERM", event=TermReceived, container=container)


READY = Moment(name="Ready", event=PodReady)
UNREADY = Moment(name="not Ready", event=PodUnready)
DELETING = Moment(name="deletion", event=DeletionStarted)
DELETED = Moment(name="the end of the Pod", event=ObjectDeleted)
REFUSED = Moment(name="refusal", event=ObjectRefused)


def says_started(*, started: bool) -> Moment:
    """Match the status saying of a container whether it has started: whether its startup probe has succeeded."""
    return Moment(name=f"started: {started}".lower(), event=ContainerStartedChanged, where=(("started", started),))


def ready(instance: int) -> Moment:
    """Match the Pod becoming Ready while the status shows that many restarts."""
    return Moment(name=f"Ready{_of_instance(instance)}", event=PodReady, instance=instance)


def restart_count(count: int) -> Moment:
    """Match the status showing that many restarts."""
    return Moment(name=f"restartCount {count}", event=RestartCountChanged, where=(("count", count),))


ANY_PHASE = Moment(name="phase", event=PhaseChanged)


def state(word: str, container: str | None = None, *, reason: str | None = None) -> Moment:
    """Match the status showing a container in that state: waiting, running or terminated."""
    name = f"state {word}" + (f" ({reason})" if reason else "") + (f" of {container}" if container else "")
    where = (("state", word), *((("reason", reason),) if reason else ()))
    return Moment(name=name, event=ContainerStateChanged, container=container, where=where)


def condition(name: str, status: str = "True") -> Moment:
    """Match a condition of the Pod other than Ready taking that status."""
    where = (("type", name), ("status", status))
    return Moment(name=f"{name} {status}", event=ConditionChanged, where=where)


def phase(name: str) -> Moment:
    """Match the Pod entering a phase."""
    return Moment(name=f"phase {name}", event=PhaseChanged, where=(("phase", name),))


def file(path: str, container: str | None = None) -> Moment:
    """Match the target telling the text of a file."""
    return Moment(name=path, event=FileShown, container=container, where=(("path", path),), owed_by="target")


HOSTNAME = Moment(name="own names", event=HostnameShown, owed_by="target")
QUERY = Moment(name="DNS query", event=DNSQuery)


ANY_LOOKUP = Moment(name="lookup", event=NameResolved, owed_by="target")


def looked_up(name: str) -> Moment:
    """Match the end of a lookup by the target's libc, whatever came of it."""
    return msgspec.structs.replace(ANY_LOOKUP, name=f"lookup of {name}", where=(("name", name),))


def resolves(name: str) -> Moment:
    """Match a lookup by the target's libc that yields addresses."""
    return Moment(name=f"an address of {name}", event=NameResolved, where=(("name", name), ("error", None)))


def unresolvable(name: str) -> Moment:
    """Match a lookup by the target's libc that yields none."""
    where: tuple[tuple[str, Value], ...] = (("name", name), ("addresses", []))
    return Moment(name=f"no address of {name}", event=NameResolved, where=where)


def answered(name: str, kind: str = "A") -> Moment:
    """Match the answer of the Pod's DNS server to a question, whatever it says; one that is asked `until` may never come."""
    where = (("name", name), ("type", kind))
    return Moment(name=f"{kind} of {name}", event=DNSAnswer, where=where)


def endpoint(service: str, *, ready: bool) -> Moment:
    """Match an address behind a Service becoming ready, or not ready, in its EndpointSlices."""
    name = f"{'a ready' if ready else 'an unready'} endpoint of {service}"
    return Moment(name=name, event=EndpointChanged, pod=service, where=(("ready", ready),))


POD_ADDRESS = Moment(name="the Pod's address", event=PodIPAssigned)


def _of_instance(instance: int | None) -> str:
    return f" after restart {instance}" if instance else ""
