"""What a judge is given: events in the order of time, and how far the record is complete."""

from __future__ import annotations

import math
from typing import Any, Final, Literal

import msgspec

Source = Literal["target", "status", "harness"]
"""Who saw it: the program in the container, the runtime's own status, or this harness."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened; times in seconds since the case's objects were applied, on the harness's clock.

    `instance` is the restart number of the container, `seq` the number of the event within its source and instance.
    """

    at: float
    source: Source
    what: str
    pod: str = ""
    container: str = ""
    instance: int = 0
    seq: int = 0
    data: dict[str, Any] = {}


class Until(msgspec.Struct, frozen=True):
    """The record is complete up to this time: no event before it is still to come."""

    at: float


Step = Event | Until

END: Final = Until(math.inf)
"""The record is closed: nothing will come any more."""
