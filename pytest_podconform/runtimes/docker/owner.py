"""Whose an object on the engine is, and whether that run is still alive.

Every container, network and volume of a run carries its run's id and its owner: the process, told apart from any other
process on any machine. So a run can remove what dead runs left, and cannot hit a live one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from pytest_podconform.fixtures.process import PROC, boot_id, stat

RUN_LABEL: Final = "io.podconform.run"
OWNER_LABEL: Final = "io.podconform.owner"
FOREIGN_AGE: Final = 2 * 3600.0
"""Seconds after which a run of another machine or PID namespace is taken for dead; no run lasts that long."""


class Owner(msgspec.Struct, frozen=True):
    """A process: which boot of which kernel, PID namespace, PID, start time in clock ticks; and now in Unix time."""

    boot: str
    namespace: str
    pid: int
    start: int
    since: float


def myself(now: float, proc: Path = PROC) -> Owner:
    """Return this process as an owner."""
    pid = os.getpid()
    told = stat(pid, proc)
    assert told is not None
    return Owner(boot_id(proc), str((proc / "self/ns/pid").readlink()), pid, told.start, now)


def is_dead(owner: Owner, now: float, proc: Path = PROC) -> bool:
    """Tell whether the run of that owner is over for certain."""
    if (owner.boot, owner.namespace) == (boot_id(proc), str((proc / "self/ns/pid").readlink())):
        told = stat(owner.pid, proc)
        return told is None or told.start != owner.start
    return now - owner.since > FOREIGN_AGE


def labels(run_id: str, owner: Owner) -> dict[str, str]:
    """Return the labels of all objects of a run."""
    return {RUN_LABEL: run_id, OWNER_LABEL: msgspec.json.encode(owner).decode()}


def dead_runs(found: list[dict[str, str]], now: float, proc: Path = PROC) -> set[str]:
    """Return the ids of dead runs among the labels of objects that were found."""
    dead: set[str] = set()
    for each in found:
        try:
            owner = msgspec.json.decode(each.get(OWNER_LABEL, ""), type=Owner)
        except msgspec.MsgspecError:
            continue  # not written by a release that we know; its own release will sweep it
        if is_dead(owner, now, proc):
            dead.add(each[RUN_LABEL])
    return dead
