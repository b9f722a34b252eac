"""Events that this harness itself has brought about."""

from __future__ import annotations

from .base import Details, HarnessEvent


class ObjectDetails(Details, frozen=True):
    """The kind of the object; `pod` of the event is its name, whatever its kind."""

    kind: str


class ObjectApplied(HarnessEvent, frozen=True, kw_only=True, tag="applied"):
    """The runtime has accepted an object."""

    data: ObjectDetails


class RefusalDetails(Details, frozen=True):
    """The kind of the object, why it was refused, and the field that is wrong, where the runtime named one."""

    kind: str
    reason: str
    field: str


class ObjectRefused(HarnessEvent, frozen=True, kw_only=True, tag="refused"):
    """The runtime has refused an object."""

    data: RefusalDetails


class DeletionStarted(HarnessEvent, frozen=True, kw_only=True, tag="deleting"):
    """The harness has asked the runtime to delete an object."""

    data: ObjectDetails


class ObjectDeleted(HarnessEvent, frozen=True, kw_only=True, tag="deleted"):
    """The runtime says that an object is gone."""

    data: ObjectDetails
