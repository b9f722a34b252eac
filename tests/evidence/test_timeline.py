from __future__ import annotations

import json
import math
from typing import Any

import pytest

from pytest_podconform.evidence.status_log import StatusLog
from pytest_podconform.evidence.target import ProbeHit
from pytest_podconform.evidence.target_log import TargetLog
from pytest_podconform.evidence.timeline import Timeline
from pytest_podconform.model.status import PodStatus

WHOLE: dict[str, dict[str, Any]] = {
    "start": {"container": "app", "attempt": 0},
    "hit": {"probe": "liveness", "n": 1, "via": "http", "answer": 200},
}
"""What each line of these kinds has, unless told otherwise."""


def line(seq: int, event: str, mono: float = 0.0, run: str = "a", **details: Any) -> bytes:
    data = {**WHOLE.get(event, {}), **details}
    return json.dumps({"run": run, "seq": seq, "mono": mono, "wall": 0.0, "event": event, "data": data}).encode() + b"\n"


def target(earliest_tick: float = math.inf) -> TargetLog:
    return TargetLog("pod", "app", origin=100.0, earliest_tick=earliest_tick)


def test_lines_become_events_on_the_clock_of_the_case() -> None:
    log = target()

    (start,) = log.take(line(1, "start", 101.5, age=0.5))
    (hit,) = log.take(line(2, "hit", 103.0, n=1, probe="liveness"))

    assert (start.at, start.what, start.instance) == (1.0, "start", 0)
    assert isinstance(hit, ProbeHit)
    assert (hit.at, hit.data.n) == (3.0, 1)
    assert log.complete == 3.0


def test_a_line_may_come_in_pieces() -> None:
    log = target()
    text = line(1, "hit", 101.0, n=1)

    assert log.take(text[:10]) == []
    assert [event.what for event in log.take(text[10:])] == ["hit"]


def test_a_heartbeat_moves_the_watermark_and_tells_of_jitter() -> None:
    log = target()

    assert log.take(line(1, "beat", 104.0, late=0.3)) == []
    assert (log.complete, log.late) == (4.0, 0.3)


def test_instances_are_told_apart_even_when_their_lines_mix() -> None:
    log = target()
    text = (
        line(1, "start", 101, age=0)
        + line(1, "start", 105, run="b", age=0)
        + line(2, "term", 102)
        + line(2, "hit", 106, run="b")
    )

    assert [(event.what, event.instance) for event in log.take(text)] == [("start", 0), ("start", 1), ("term", 0), ("hit", 1)]
    assert log.trouble == []


def test_a_missing_line_stops_the_watermark_and_is_told() -> None:
    log = target()
    log.take(line(1, "start", 101, age=0))
    log.take(line(3, "hit", 103))

    log.take(line(4, "beat", 110, late=0))
    log.silent_until(120)

    assert log.complete == 1.0
    assert log.trouble == ["container app: lines 2 to 2 are missing"]


def test_a_line_that_was_cut_does_not_spoil_the_next_one() -> None:
    log = target()
    cut = line(1, "start", 101, age=0)[:30]

    events = log.take(cut + line(1, "start", 105, run="b", age=0))

    assert [event.what for event in events] == ["start"]


@pytest.mark.parametrize(
    "text",
    [
        b"hello\n",
        b'{"run": 1}\n',
        line(1, "no-such-event"),
        line(1, "last"),
        line(1, "exit"),
        line(1, "exit", code="0"),
        line(1, "term", code=0),
    ],
)
def test_what_is_no_line_is_trouble(text: bytes) -> None:
    log = target()

    assert log.take(text) == []
    assert len(log.trouble) == 1


def test_an_error_of_the_target_is_trouble() -> None:
    log = target()
    log.take(line(1, "error", 101, message="m", exception="e"))

    assert "the program in container app met an error" in log.trouble[0]


@pytest.mark.parametrize(
    ("after", "what", "doubts"),
    [
        (0.9, "listening", []),
        (1.1, "listening", ["instance 0 of app listened 1.1 s after its start"]),
        (0.9, "term", []),
        (1.1, "term", ["instance 0 of app was told to end before it listened"]),
        (1.1, "start", ["instance 0 of app ended before it listened"]),
    ],
)
def test_a_target_that_does_not_listen_at_its_first_probe_is_a_doubt(after: float, what: str, doubts: list[str]) -> None:
    log = target(earliest_tick=2)
    log.take(line(1, "start", 104, age=0.25))

    seq, run = (1, "b") if what == "start" else (2, "a")
    details: dict[str, dict[str, float]] = {"start": {"age": 0}, "listening": {"after": after}, "term": {}}
    log.take(line(seq, what, 103.75 + after, run, **details[what]))

    assert [doubt.reason.partition(":")[0] for doubt in log.doubts] == doubts
    assert {doubt.since for doubt in log.doubts} <= {3.75}, "it begins with the start of that instance"


def test_who_listens_is_not_deaf_when_it_ends() -> None:
    log = target(earliest_tick=2)

    log.take(line(1, "start", 104, age=0) + line(2, "listening", 104.5, after=0.5) + line(3, "term", 109))
    log.take(line(1, "start", 110, run="b", age=0))

    assert log.doubts == []


def status(**fields: Any) -> PodStatus:
    return PodStatus.decode(fields)


READY = [{"type": "Ready", "status": "True"}]
UNREADY = [{"type": "Ready", "status": "False"}]


def container(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "app", "state": {"running": {}}, "started": True, "ready": True, **fields}]


def test_a_status_is_told_by_its_changes() -> None:
    log = StatusLog("pod")

    first = log.take(status(phase="Pending", conditions=UNREADY), 1)
    second = log.take(status(phase="Running", podIP="10.0.0.1", conditions=READY, containerStatuses=container()), 2)
    third = log.take(status(phase="Running", podIP="10.0.0.1", conditions=READY, containerStatuses=container()), 3)
    fourth = log.take(
        status(phase="Running", podIP="10.0.0.1", conditions=UNREADY, containerStatuses=container(restartCount=1, ready=False)),
        4,
    )

    assert [event.what for event in first] == ["phase"]
    assert [event.what for event in second] == ["phase", "ip", "ready", "state", "started", "container-ready"]
    assert third == []
    assert [(event.what, event.instance) for event in fourth] == [("unready", 1), ("restarts", 1), ("container-ready", 1)]
    assert log.complete == 4


def test_a_real_status_has_more_fields_than_we_look_at() -> None:
    assert status(phase="Running", qosClass="BestEffort", hostIP="x", startTime=None).phase == "Running"


def test_the_status_tells_when_a_container_is_silent_for_good_reason() -> None:
    timeline = Timeline(status_latency=1.0)
    log = timeline.targets["pod", "app"] = target()
    statuses = timeline.statuses["pod"] = StatusLog("pod")

    timeline.status(statuses, status(containerStatuses=container()), 5)
    assert timeline.complete(6)["target"] == 0
    timeline.status(statuses, status(containerStatuses=container(state={"terminated": {"exitCode": 0}})), 6)
    assert log.complete == 0, "it has run, and nothing has been heard of that"

    timeline.log(log, line(1, "start", 101, age=0))
    timeline.status(statuses, status(containerStatuses=container(state={"terminated": {"exitCode": 0}})), 7)
    assert log.complete == 6
    assert timeline.complete(8) == {"target": 6, "status": 7, "harness": 8}


def ended(restarts: int, second: int, code: int = 0, *, waits: bool = False) -> PodStatus:
    """Return a status in which the last instance has ended at that second, or the next one waits already."""
    end = {"terminated": {"exitCode": code, "reason": "x", "finishedAt": f"2026-11-22T20:00:{second:02}Z"}}
    states: dict[str, Any] = {"state": {"waiting": {}}, "lastState": end} if waits else {"state": end}
    return PodStatus.decode({"containerStatuses": [{"name": "app", "restartCount": restarts, **states}]})


def followed(*lines: bytes) -> tuple[Timeline, StatusLog]:
    timeline = Timeline(0.0)
    timeline.targets["pod", "app"] = log = target()
    timeline.statuses["pod"] = StatusLog("pod")
    timeline.log(log, b"".join(lines))
    return timeline, timeline.statuses["pod"]


@pytest.mark.parametrize(("code", "lost"), [(0, True), (3, True), (137, False)])
def test_an_end_that_only_the_status_tells_of_is_a_lost_line(code: int, lost: bool) -> None:  # noqa: FBT001
    timeline, log = followed(line(1, "start", 101, age=0))

    timeline.status(log, ended(0, 1, code), 5.0)

    assert bool(timeline.lost_ends) is lost


def test_an_end_that_both_tell_of_is_not_lost() -> None:
    timeline, log = followed(line(1, "start", 101, age=0), line(2, "exit", 102, code=0))

    timeline.status(log, ended(0, 1), 5.0)
    timeline.status(log, ended(1, 1, waits=True), 6.0)

    assert timeline.lost_ends == []


def test_an_end_that_is_past_in_the_status_counts() -> None:
    timeline, log = followed(line(1, "start", 101, age=0), line(1, "start", 104, run="b", age=0))

    timeline.status(log, ended(1, 1, waits=True), 5.0)

    assert timeline.lost_ends == ["container app ended by itself 1 times, and told of 0: its log has lost lines"]


def test_nothing_is_to_come_of_a_pod_that_is_gone() -> None:
    timeline, _ = followed(line(1, "start", 101, age=0))
    assert timeline.complete(9.0)["target"] == 1.0

    timeline.end("pod")

    assert timeline.complete(9.0) == {"target": 9.0, "status": 9.0, "harness": 9.0}


def test_a_clock_that_goes_back_is_trouble_and_the_record_ends_there() -> None:
    log = target()

    log.take(
        line(1, "start", 105, age=0) + line(2, "beat", 106, late=0) + line(3, "beat", 6, late=0) + line(4, "beat", 7, late=0)
    )

    assert log.trouble == ["container app: its clock went back by 100.0 s at line 3"]
    assert log.complete == 6


def test_a_flood_of_nonsense_does_not_fill_the_report() -> None:
    log = target()

    assert log.take(b"nonsense\n" * 10_000 + line(1, "hit", 101, n=1)) != []
    assert len(log.trouble) == 5


def test_who_stands_behind_a_service_is_told_as_it_changes() -> None:
    timeline = Timeline(status_latency=1.0)

    told = [
        [(event.data.address, event.data.ready) for event in timeline.endpoints("web", found, at)]
        for at, found in enumerate([{}, {"a": False}, {"a": True, "b": True}, {"a": True, "b": True}, {"a": False}, {}])
    ]

    assert told == [[], [("a", False)], [("a", True), ("b", True)], [], [("a", False), ("b", False)], []]
    assert {(event.source, event.what, event.pod) for event in timeline.events} == {("status", "endpoint", "web")}
