"""What a whole run came to, beside its verdicts: what was judged, how long that took, what ended it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from pytest_podconform.errors import PodconformError
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.verdict import GateWord, Verdict

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # the name of a module, or nothing


class ReportPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a report; its fields are public."""


class Subject(ReportPart, frozen=True):
    """What was judged."""

    name: str
    option: str
    capabilities: dict[str, bool | str]


class Timing(ReportPart, frozen=True):
    """How long the run took, in seconds, and what it took."""

    wall_s: float
    set_up_s: float
    """Until the first experiment: engine, images, network, DNS, smoke."""
    experiments_s: float
    longest_case_s: float
    """The nominal length of the longest case, as on the virtual clock: no load stretches it."""
    engine_work_s: float
    """How long containers took to be started, divided by how many are started at once."""
    start_latency_s: float
    """From apply to a program that listens, with nothing else to do (smoke)."""
    status_latency_s: float
    """From then until the status said so (smoke)."""
    peak_rss_bytes: int


class NodeResult(ReportPart, frozen=True):
    """What became of one node of many."""

    name: str
    gate: GateWord
    headline: str
    verdicts: dict[str, Verdict]
    """By case; empty where its harness left no report, and the headline says why."""


class RunSummary(NamedTuple):
    """A run that has ended, with all that its report is made of."""

    results: Mapping[str, CaseResult]
    """By case: one for each that was selected, as far as there are."""
    subject: Subject
    timing: Timing
    configuration: Mapping[str, str]
    """The settings of the run, by option."""
    started_at: str
    nodes: tuple[NodeResult, ...] = ()
    failure: PodconformError | None = None
    """What ended the run before its cases, if something did."""


class Progress(NamedTuple):
    """How far a run is."""

    total: int
    waiting: list[str]
    """The cases without a verdict, the one that ends last by plan first."""


def peak_rss_bytes() -> int:
    """Return the largest resident set of this process so far, 0 on Windows, which has no getrusage(2)."""
    if resource is None:
        return 0
    # It counts KiB, on macOS bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
