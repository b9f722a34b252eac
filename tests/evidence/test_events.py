"""The JSON of events: what was recorded is read, and written as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from pytest_podconform.evidence import harness, status, target
from pytest_podconform.evidence.base import BaseEvent, details_of, name_of, source_of
from pytest_podconform.evidence.events import Event, OfHarness, OfStatus, OfTarget
from pytest_podconform.evidence.target_log import KINDS
from pytest_podconform.report import files

ROOT = Path(__file__).parents[2]
RECORDED = sorted([*(ROOT / "docs/reports").glob("**/report.json.gz"), *(ROOT / "tests/golden").glob("*.json.gz")])
FAMILIES: dict[str, tuple[type[BaseEvent], ...]] = {
    "target": get_args(OfTarget),
    "status": get_args(OfStatus),
    "harness": get_args(OfHarness),
}


def timelines(path: Path) -> list[list[dict[str, Any]]]:
    return [case["timeline"] for case in json.loads(files.read_json(path))["cases"]]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_recorded_event_is_read_and_written_as_it_was(path: Path) -> None:
    for recorded in timelines(path):
        read = msgspec.json.decode(msgspec.json.encode(recorded), type=list[Event])

        assert json.loads(msgspec.json.encode(read)) == recorded


def test_most_kinds_of_events_have_been_recorded() -> None:
    seen = {event["what"] for path in RECORDED for recorded in timelines(path) for event in recorded}

    assert {name_of(kind) for kinds in FAMILIES.values() for kind in kinds} - seen == {"error"}, "which makes no report"


def test_a_kind_of_events_has_one_source() -> None:
    assert {kind: source_of(kind) for kinds in FAMILIES.values() for kind in kinds} == {
        kind: source for source, kinds in FAMILIES.items() for kind in kinds
    }


def test_the_union_has_all_kinds_there_are() -> None:
    declared = {
        kind
        for module in (target, status, harness)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, BaseEvent) and kind.__module__ == module.__name__
    }

    assert declared == {*get_args(Event), target.Heartbeat}
    assert len({name_of(kind) for kind in declared}) == len(declared)


def test_a_line_has_the_details_of_its_event() -> None:
    for details, kind in KINDS.items():
        assert details_of(kind) in {details, None}, kind
    assert set(KINDS.values()) == {*get_args(OfTarget), target.Heartbeat} - {target.LastSign}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"what": "hit", "at": 1, "data": {}}', r"missing required field `probe` - at `\$.data`"),
        ('{"what": "exit", "at": 1, "data": {"code": 0, "more": 1}}', "unknown field `more`"),
        ('{"what": "exit", "at": 1, "source": "status", "data": {"code": 0}}', "Invalid enum value 'status'"),
        ('{"what": "no-such-event", "at": 1}', "Invalid value 'no-such-event'"),
        ('{"what": "ready", "at": "1"}', "Expected `float`"),
    ],
)
def test_what_is_no_event_is_not_read(text: str, says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.json.decode(text, type=Event)
