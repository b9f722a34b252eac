"""What a monitor is sent: the events of a record in the order of time, and how far it is complete."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from pytest_podconform.evidence.events import Event


class Until(msgspec.Struct, frozen=True):
    """The record is complete up to this time: no event before it is still to come."""

    at: float


Step = Event | Until

END: Final = Until(math.inf)
"""The record is closed: nothing will come any more."""
