"""What all events have in common; the classes for the kinds of events stand in `target`, `status` and `harness`."""

from __future__ import annotations

import functools
from typing import Any, Final, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

T = TypeVar("T")

Source = Literal["target", "status", "harness"]
"""Who saw an event: the program in the container, the runtime's own status, or this harness."""


Value = str | int | bool | list[str] | dict[str, str] | None
"""What a detail may be compared with."""


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The details of an event, in its `data`. A field that a record need not have is `UNSET` where it is missing."""


class BaseEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="what"):
    """Something that happened; times in seconds since the case's objects were applied, on the harness's clock.

    `instance` is the restart number of the container, `seq` the number of the event within its source and instance. A kind
    of event that has details holds them in a field `data`.
    """

    at: float
    pod: str = ""
    container: str = ""
    instance: int = 0
    seq: int = 0

    @property
    def what(self) -> str:
        """The name of its kind, as reports and logs have it."""
        return name_of(type(self))

    @property
    def details(self) -> Details | None:
        """Its `data`, whatever kind it is of; None where that kind has no details."""
        data: Details | None = getattr(self, "data", None)
        return data


# `omit_defaults` leaves out a field that has its default, but writes one that a factory has made.


class TargetEvent(BaseEvent, frozen=True, kw_only=True):
    """An event that the program in a container has written."""

    source: Literal["target"] = msgspec.field(default_factory=lambda: "target")


class StatusEvent(BaseEvent, frozen=True, kw_only=True):
    """A change of what the runtime reports; `instance` is the largest restart count of the Pod."""

    source: Literal["status"] = msgspec.field(default_factory=lambda: "status")


class HarnessEvent(BaseEvent, frozen=True, kw_only=True):
    """Something that this harness did, or learned while doing it."""

    source: Literal["harness"] = msgspec.field(default_factory=lambda: "harness")


_SOURCES: Final[dict[type[BaseEvent], Source]] = {TargetEvent: "target", StatusEvent: "status", HarnessEvent: "harness"}


@functools.cache
def source_of(kind: type[BaseEvent]) -> Source:
    """Return the source of all events of a kind."""
    return next(source for family, source in _SOURCES.items() if issubclass(kind, family))


def name_of(kind: type[BaseEvent]) -> str:
    """Return the name of a kind of events, as reports and logs have it."""
    return str(kind.__struct_config__.tag)


@functools.cache
def details_of(kind: type[BaseEvent]) -> type[Details] | None:
    """Return the type of the details of a kind of events; None where it has none."""
    found = [field.type for field in msgspec.structs.fields(kind) if field.name == "data"]
    return found[0] if found else None


def see_that_it_has(kind: type[BaseEvent], *names: str) -> None:
    """See that events of a kind have details of these names.

    Raises:
        TypeError: they have not; says which names there are.

    """
    details = details_of(kind)
    fields = () if details is None else details.__struct_fields__
    for name in names:
        if name not in fields:
            msg = f"{kind.__name__} has no detail {name!r}, only {', '.join(fields) or 'none at all'}"
            raise TypeError(msg)


def detail(event: BaseEvent, name: str) -> Any:
    """Return a detail of an event by its name; None where the record lacks it."""
    value = getattr(event.details, name)
    return given(value, None)


def given(value: T | UnsetType, otherwise: T) -> T:
    """Return a detail, or something else where the record lacks it."""
    return otherwise if value is UNSET else value
