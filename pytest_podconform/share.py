"""Under xdist: the controller runs the experiments once, and its workers read the verdicts from a folder."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import msgspec

from .experiment.engine import Outcome

if TYPE_CHECKING:
    from pathlib import Path

POLL = 0.05  # seconds between two looks for a verdict


def _path(folder: Path, case: str) -> Path:
    return folder / f"{hashlib.sha256(case.encode()).hexdigest()[:24]}.json"


def write(folder: Path, outcome: Outcome) -> None:
    """Publish an outcome, whole or not at all; with its record, for a worker explains what failed."""
    scratch = _path(folder, outcome.case).with_suffix(".part")
    scratch.write_bytes(msgspec.json.encode(outcome))
    scratch.replace(_path(folder, outcome.case))


def wait(folder: Path, case: str) -> Outcome:
    """Wait for an outcome; the controller sees to it that there is one for each case."""
    path = _path(folder, case)
    while not path.exists():
        time.sleep(POLL)
    return msgspec.json.decode(path.read_bytes(), type=Outcome)
