"""Expectations over a timeline: each one passes, fails, or is not decided yet.

A monitor watches as a generator that is sent one step after the other, in the order of time, and returns its decision at the
first step that leaves no doubt. So a decision never changes, depends on nothing that comes later, and comes as early as
it can. `END` closes the record: whoever owed what is still missing then is at fault.

The docstring of each one says when it passes, when it fails, and when that is decided.
"""

from .base import Monitor, Watch, begun, sent
from .combined import Either, Noted
from .details import Agree, Collected, Every, every, first
from .order import AtLeast, AtMost, Chain, Eventually, Exactly, Never, chain
from .time import Longer, NotSooner, Soon, Spaced

__all__ = [
    "Agree",
    "AtLeast",
    "AtMost",
    "Chain",
    "Collected",
    "Either",
    "Eventually",
    "Every",
    "Exactly",
    "Longer",
    "Monitor",
    "Never",
    "NotSooner",
    "Noted",
    "Soon",
    "Spaced",
    "Watch",
    "begun",
    "chain",
    "every",
    "first",
    "sent",
]
