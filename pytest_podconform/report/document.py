"""The report as data. Its fields are public; a change to them is a new `schema_version`."""

from __future__ import annotations

import inspect
from typing import Any, Final, Literal, cast

import msgspec

from pytest_podconform.evidence.base import Source
from pytest_podconform.evidence.events import Event
from pytest_podconform.judge.case import Place
from pytest_podconform.judge.tolerance import Allowance
from pytest_podconform.judge.verdict import Decision, Verdict
from pytest_podconform.requirements import Basis, Level

from .gate import Word

SCHEMA_VERSION: Final = 1

State = Literal["judged", "not-selected", "uncovered", "excluded"]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Timing(_Part, frozen=True):
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


class RequirementResult(_Part, frozen=True):
    """One requirement of the profile."""

    id: str
    suite: str
    level: Level
    title: str
    source: str
    state: State
    verdict: Verdict | None
    """The most severe verdict of its cases, not-applicable ones aside where there are others; null unless judged."""
    cases: tuple[str, ...]
    note: str
    takes: str = ""
    """Where documentation and kubelet contradict each other: whose side the runtime took; else empty."""
    basis: Basis = msgspec.field(default="documented", name="class")
    """Who says so: `documented` decides conformance, `kubelet` is told and never red."""
    clauses: tuple[str, ...] = ()
    """The clauses of docs/clauses.md that it stands for."""


class CaseResult(_Part, frozen=True):
    """One case that was selected; times in seconds since its objects were applied."""

    id: str
    title: str
    verdict: Verdict
    level: Level
    requirements: tuple[str, ...]
    expected: str
    """What decided: the expectation that was broken, or all of them."""
    seen: str
    expectations: tuple[Decision, ...]
    reason: str
    doubts: tuple[str, ...]
    repeats: int
    duration_s: float
    nominal_s: float
    place: Place | None
    """Where it ran: what its names were, and what the runtime said of its node; null if it did not run."""
    allowance: Allowance
    complete: dict[Source, float]
    """How far the record of each source is complete."""
    timeline: tuple[Event, ...]
    reproduce: str
    doubtful_since_s: float = 0.0
    """Since when the first of the doubts holds; what had been decided by then is certain."""
    together: tuple[str, ...] = ()
    """The cases that stood in one Pod with a container each, itself among them; empty where it had its Pod to itself."""
    smaller: str = ""
    """Of a failed case that was thrown by a die: what the smallest that fails as well expected and saw, or that none does."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What it has seen that a user wants to know, whatever the verdict."""
        return tuple(decision.seen for decision in self.expectations if decision.noted)


class Subject(_Part, frozen=True):
    """What was judged."""

    name: str
    option: str
    capabilities: dict[str, bool | str]


class NodeResult(_Part, frozen=True):
    """What became of one node of many."""

    name: str
    gate: Word
    headline: str
    verdicts: dict[str, Verdict]
    """By case; empty where its harness left no report, and the headline says why."""


class Report(_Part, frozen=True):
    """One run."""

    schema_version: int
    podconform: str
    requirement_set: str
    plan_digest: str
    started_at: str
    gate: Word
    headline: str
    exit_status: int
    profile: str
    runtime: Subject
    configuration: dict[str, str]
    timing: Timing
    requirements: tuple[RequirementResult, ...]
    not_selected: tuple[str, ...]
    cases: tuple[CaseResult, ...]
    left_out: tuple[str, ...] = ()
    """Cases that take minutes, where nobody has asked for them; they are no part of the plan."""
    nodes: tuple[NodeResult, ...] = ()
    """Where many nodes were judged (`--podconform-nodes`): each of them. The cases above are the worst of all."""


def schema() -> bytes:
    """Return the JSON Schema of a report, as it is shipped beside this module."""
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Report)}
    return msgspec.json.format(msgspec.json.encode(_clean(described), order="sorted"), indent=1) + b"\n"


def _clean(described: Any) -> Any:
    """Indent descriptions alike on all Pythons: from 3.13 on, docstrings come without their indentation."""
    if isinstance(described, dict):
        items = cast("dict[str, Any]", described).items()
        return {key: inspect.cleandoc(value) if key == "description" else _clean(value) for key, value in items}
    if isinstance(described, list):
        return [_clean(item) for item in cast("list[object]", described)]
    return described
