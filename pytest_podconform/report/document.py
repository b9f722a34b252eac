"""The report as data. Its fields are public; a change to them is a new `schema_version`."""

from __future__ import annotations

import inspect
from typing import Any, Final, Literal, cast

import msgspec

from pytest_podconform.experiment.summary import NodeResult, ReportPart, Subject, Timing
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.verdict import GateWord, Level, Verdict
from pytest_podconform.requirements import Basis

SCHEMA_VERSION: Final = 1

State = Literal["judged", "not-selected", "uncovered", "excluded"]


class RequirementResult(ReportPart, frozen=True):
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


class Report(ReportPart, frozen=True):
    """One run."""

    schema_version: int
    podconform: str
    requirement_set: str
    plan_digest: str
    started_at: str
    gate: GateWord
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
