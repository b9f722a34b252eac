"""What runs in a Pod, by its cgroups: a kubelet lets a static Pod go while its containers still end, and tells nobody."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLACES: Final = tuple(
    f"/sys/fs/cgroup/{top}kubepods{quality}" for top in ("pids/", "") for quality in ("/besteffort", "/burstable", "")
)
"""Where a Pod's processes are listed, by its quality of service; with cgroup v1 below one of the controllers."""


def processes(uid: str) -> list[int]:
    """Return the processes of a Pod; 0 stands for some of a cgroup that is being removed just now."""
    return [process for place in PLACES for process in _of(Path(place, f"pod{uid}"))]


def _of(cgroup: Path) -> Iterator[int]:
    """Yield those of a cgroup and of its containers' (many times a second, and `rglob` takes ten times as long)."""
    if not cgroup.is_dir():
        return
    try:
        with os.scandir(cgroup) as entries:
            folders = [str(cgroup), *(entry.path for entry in entries if entry.is_dir())]
        for folder in folders:
            yield from map(int, Path(folder, "cgroup.procs").read_text(encoding="ascii").split())
    except OSError:
        yield 0


def kill(found: Iterable[int]) -> None:
    """Kill processes; one that has ended meanwhile is no error."""
    for process in found:
        if process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
