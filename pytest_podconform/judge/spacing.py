"""Executions at equal distances, seen some time after they were started.

A runtime that starts an execution in time may show it late: a program has to be started in the container first, and on a
machine under load that took 0.4 s longer than for its fellows (measured, `docker exec`). The gap before is too long then,
or cannot be seen, and the gap behind it is too short by as much, though nothing was started too early.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from .tolerance import LATE_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence


def late_at_most(period: float) -> float:
    """Return by how many seconds one may come late: beyond half a period it could as well be early for the next."""
    return min(LATE_MAX, period / 2)


def fits(times: Sequence[float], period: float, slack: float) -> bool:
    """Tell whether each gap is a period long, give or take the slack; all in seconds."""
    return all(abs(b - a - period) <= slack for a, b in itertools.pairwise(times))


def may_be_late(times: Sequence[float], period: float, drift: float) -> bool:
    """Tell whether they fit starts that lie a period apart, give or take the drift, from each of which one has come late.

    `first` and `last` bound when the start before may have been; each execution narrows that down for the next one.
    """
    late = late_at_most(period)
    first, last = times[0] - late, times[0]
    for at in times[1:]:
        first, last = max(first + period - drift, at - late), min(last + period + drift, at)
        if first > last:
            return False
    return True
