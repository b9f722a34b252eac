"""Names for what can happen, to be used in expectations."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pytest_podconform.model.pod import ProbeType

from .event import Event, Source, Step


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern that an event fits or not; the first event that fits is *the* moment.

    `owed_by` says who has to bring it about: if it never comes, that one is at fault.
    """

    name: str
    source: Source
    what: str
    instance: int | None = None
    pod: str | None = None
    container: str | None = None
    where: tuple[tuple[str, Any], ...] = ()
    owed_by: Literal["runtime", "target"] = "runtime"

    def matches(self, step: Step) -> bool:
        """Tell whether this is such an event."""
        if not isinstance(step, Event) or step.what != self.what or step.source != self.source:
            return False
        if self.instance is not None and step.instance != self.instance:
            return False
        if self.pod is not None and step.pod != self.pod:
            return False
        if self.container is not None and step.container != self.container:
            return False
        return all(step.data.get(key) == value for key, value in self.where)

    def of(self, pod: str) -> Moment:
        """Return the same moment, of that Pod alone, for cases with several."""
        return msgspec.structs.replace(self, pod=pod)

    def __str__(self) -> str:
        """Return the words that an explanation uses."""
        return self.name


def hit(
    n: int | None = None, probe: ProbeType | None = None, *, instance: int | None = None, container: str | None = None
) -> Moment:
    """Match the n-th execution of a probe within one instance, as the target received it; any where n is not given.

    With one probe in the case its type and container need not be said.
    """
    name = f"{probe} probe" if probe else "probe"
    name += f" #{n}" if n else ""
    name += f" of {container}" if container else ""
    where: list[tuple[str, Any]] = [("n", n)] if n else []
    where += [("probe", probe)] if probe else []
    return Moment(
        name=name + _of_instance(instance),
        source="target",
        what="hit",
        instance=instance,
        container=container,
        where=tuple(where),
    )


def started(instance: int = 0, container: str | None = None) -> Moment:
    """Match the start of an instance, told by its own program."""
    name = "start" if not instance else "restart" if instance == 1 else f"restart #{instance}"
    name += f" of {container}" if container else ""
    return Moment(name=name, source="target", what="start", instance=instance, container=container)


RESTARTED = started(1)


def exited(instance: int | None = None, container: str | None = None) -> Moment:
    """Match the end of an instance, told by its own program: by itself, or because it obeys TERM."""
    name = f"end of {container}" if container else "end"
    return Moment(
        name=name + _of_instance(instance),
        source="target",
        what="exit",
        instance=instance,
        container=container,
        owed_by="target",
    )


CLOSED = Moment(name="the end of a TCP probe", source="target", what="closed")
LAST_SIGN = Moment(name="the last sign of life", source="target", what="last")


def terminated(container: str | None = None) -> Moment:
    """Match a program's being sent TERM."""
    return Moment(name=f"TERM to {container}" if container else "TERM", source="target", what="term", container=container)


READY = Moment(name="Ready", source="status", what="ready")
UNREADY = Moment(name="not Ready", source="status", what="unready")
APPLIED = Moment(name="acceptance", source="harness", what="applied")
DELETING = Moment(name="deletion", source="harness", what="deleting")
DELETED = Moment(name="the end of the Pod", source="harness", what="deleted")
REFUSED = Moment(name="refusal", source="harness", what="refused")


def says_started(*, started: bool) -> Moment:
    """Match the status saying of a container whether it has started: whether its startup probe has succeeded."""
    return Moment(name=f"started: {started}".lower(), source="status", what="started", where=(("started", started),))


def ready(instance: int) -> Moment:
    """Match the Pod becoming Ready while the status shows that many restarts."""
    return Moment(name=f"Ready{_of_instance(instance)}", source="status", what="ready", instance=instance)


def restart_count(count: int) -> Moment:
    """Match the status showing that many restarts."""
    return Moment(name=f"restartCount {count}", source="status", what="restarts", where=(("count", count),))


ANY_PHASE = Moment(name="phase", source="status", what="phase")


def state(word: str, container: str | None = None, *, reason: str | None = None) -> Moment:
    """Match the status showing a container in that state: waiting, running or terminated."""
    name = f"state {word}" + (f" ({reason})" if reason else "") + (f" of {container}" if container else "")
    where = (("state", word), *((("reason", reason),) if reason else ()))
    return Moment(name=name, source="status", what="state", container=container, where=where)


def condition(name: str, status: str = "True") -> Moment:
    """Match a condition of the Pod other than Ready taking that status."""
    where = (("type", name), ("status", status))
    return Moment(name=f"{name} {status}", source="status", what="condition", where=where)


def phase(name: str) -> Moment:
    """Match the Pod entering a phase."""
    return Moment(name=f"phase {name}", source="status", what="phase", where=(("phase", name),))


def file(path: str, container: str | None = None) -> Moment:
    """Match the target telling the text of a file."""
    return Moment(name=path, source="target", what="file", container=container, where=(("path", path),), owed_by="target")


HOSTNAME = Moment(name="own names", source="target", what="hostname", owed_by="target")
QUERY = Moment(name="DNS query", source="target", what="query")


ANY_LOOKUP = Moment(name="lookup", source="target", what="resolved", owed_by="target")


def looked_up(name: str) -> Moment:
    """Match the end of a lookup by the target's libc, whatever came of it."""
    return msgspec.structs.replace(ANY_LOOKUP, name=f"lookup of {name}", where=(("name", name),))


def resolves(name: str) -> Moment:
    """Match a lookup by the target's libc that yields addresses."""
    return Moment(name=f"an address of {name}", source="target", what="resolved", where=(("name", name), ("error", None)))


def unresolvable(name: str) -> Moment:
    """Match a lookup by the target's libc that yields none."""
    where: tuple[tuple[str, Any], ...] = (("name", name), ("addresses", []))
    return Moment(name=f"no address of {name}", source="target", what="resolved", where=where)


def answered(name: str, kind: str = "A") -> Moment:
    """Match the answer of the Pod's DNS server to a question, whatever it says; one that is asked `until` may never come."""
    where = (("name", name), ("type", kind))
    return Moment(name=f"{kind} of {name}", source="target", what="answered", where=where)


def endpoint(service: str, *, ready: bool) -> Moment:
    """Match an address behind a Service becoming ready, or not ready, in its EndpointSlices."""
    name = f"{'a ready' if ready else 'an unready'} endpoint of {service}"
    return Moment(name=name, source="status", what="endpoint", pod=service, where=(("ready", ready),))


POD_ADDRESS = Moment(name="the Pod's address", source="status", what="ip")


def _of_instance(instance: int | None) -> str:
    return f" after restart {instance}" if instance else ""
