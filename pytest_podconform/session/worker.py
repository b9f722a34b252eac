"""Under xdist: the controller runs the experiments once, and its workers read the results from a folder."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.experiment.summary import Progress
from pytest_podconform.judge.result import CaseResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pytest_podconform.errors import PodconformError
    from pytest_podconform.experiment.summary import RunSummary

POLL: Final = 0.05  # seconds between two looks for a result


def _path(folder: Path, case: str) -> Path:
    return folder / f"{hashlib.sha256(case.encode()).hexdigest()[:24]}.json"


def publish(folder: Path, result: CaseResult) -> None:
    """Publish a result, whole or not at all; with its evidence, for a worker explains what failed."""
    scratch = _path(folder, result.id).with_suffix(".part")
    scratch.write_bytes(msgspec.json.encode(result))
    scratch.replace(_path(folder, result.id))


class WorkerSource:
    """The results that the controller publishes; it sees to it that there is one for each case, and reports them."""

    failure: PodconformError | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, selected: Sequence[str], decided: Callable[[CaseResult], None] | None = None) -> None:
        """Do nothing: the controller starts the run."""

    def wait_until_ready(self, timeout: float) -> bool:  # noqa: ARG002 - nothing is waited for
        """Tell that results can be waited for."""
        return True

    def result(self, case: str, timeout: float) -> CaseResult:
        """Return the result of a case; raises TimeoutError if it is not there in time, in seconds."""
        path, until = _path(self._folder, case), time.monotonic() + timeout
        while not path.exists():
            if time.monotonic() > until:
                raise TimeoutError
            time.sleep(POLL)
        return msgspec.json.decode(path.read_bytes(), type=CaseResult)

    def progress(self) -> Progress:
        """Return nothing: the controller shows how far the run is."""
        return Progress(0, [])

    def stop(self) -> RunSummary | None:
        """Return nothing: the controller reports."""
        return None
