"""Executions at equal distances, and the one among them that came late.

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
    """Return by how many seconds one may have come late: beyond half a period it could as well be early for the next."""
    return min(LATE_MAX, period / 2)


def fits(times: Sequence[float], period: float, slack: float) -> bool:
    """Tell whether each gap is a period long, give or take the slack; all in seconds."""
    return all(abs(b - a - period) <= slack for a, b in itertools.pairwise(times))


def late_one(times: Sequence[float], period: float, slack: float) -> int | None:
    """Return the only one of several that came late, by its index; None where the others do not fit around when it was due."""
    for index, at in enumerate(times):
        due = times[index - 1] + period if index else times[1] - period
        if slack < at - due <= slack + late_at_most(period) and fits([*times[:index], due, *times[index + 1 :]], period, slack):
            return index
    return None
