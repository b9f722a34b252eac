"""What tells a process, and a boot of the machine, from all others: a number alone is given again."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

PROC: Final = Path("/proc")


class ProcessStat(NamedTuple):
    """What proc_pid_stat(5) tells of a process: its state (`Z`: it has ended), and its start in clock ticks since boot."""

    state: str
    start: int


def stat(pid: int, proc: Path = PROC) -> ProcessStat | None:
    """Return what there is to be told of a process; None where there is none."""
    try:
        text = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return ProcessStat(fields[0], int(fields[19]))


def boot_id(proc: Path = PROC) -> str:
    """Return what tells this boot of this kernel from all others."""
    return (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
