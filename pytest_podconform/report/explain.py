"""A failure, told so that nothing has to be opened: what was required, expected and seen, the timeline, how to repeat it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.evidence.base import given
from pytest_podconform.evidence.harness import ObjectApplied, ObjectDeleted
from pytest_podconform.evidence.status import (
    ConditionChanged,
    ContainerReadyChanged,
    ContainerStartedChanged,
    PodIPAssigned,
    PodReady,
    PodUnready,
)
from pytest_podconform.evidence.target import (
    DNSAnswer,
    DNSQuery,
    NameResolved,
    ProbeHit,
    ProgramListening,
    ProgramStarted,
    TermReceived,
)
from pytest_podconform.judge.verdict import RED, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_podconform.evidence.base import Details
    from pytest_podconform.evidence.events import Event
    from pytest_podconform.judge.result import CaseResult
    from pytest_podconform.requirements import Requirement

    from .document import RequirementResult

MOST_ROWS: Final = 40
"""Rows of a timeline that a terminal shows; the report has all of them."""

FAULT: Final = {
    Verdict.FAIL: "runtime",
    Verdict.UNTESTABLE: "runtime",
    Verdict.INCONCLUSIVE: "nobody: the machine was too busy",
    Verdict.SETUP_ERROR: "the set-up: the target did not do its part, or lines of its log were lost (the adapter's logs())",
    Verdict.HARNESS_ERROR: "the adapter or the harness",
    Verdict.NOT_RUN: "nobody: the run ended before",
}

DULL: Final = (ConditionChanged, ContainerStartedChanged, ContainerReadyChanged, PodIPAssigned, ProgramListening)
"""Events that explain little; they stand in the report."""


def explain(result: CaseResult, requirements: Mapping[str, Requirement] | Mapping[str, RequirementResult]) -> str:
    """Explain a case that did not pass."""
    return "\n".join(_lines(result, requirements))


def _lines(result: CaseResult, requirements: Mapping[str, Requirement] | Mapping[str, RequirementResult]) -> Iterator[str]:
    verdict = "" if result.verdict is Verdict.FAIL else f"  ({result.verdict.value})"
    yield f"{result.level:<8} {', '.join(result.requirements)}{verdict}       fault: {FAULT.get(result.verdict, 'runtime')}"
    for name in result.requirements:
        if name in requirements:  # a report has those of its profile only
            yield f"says     {requirements[name].title}"
            yield f"         {requirements[name].source}"
    yield f"case     {result.title.partition(chr(10))[0]}"
    if result.expected:
        yield f"expected {result.expected}"
        yield f"seen     {result.seen}"
    if result.smaller:
        yield f"smaller  {result.smaller}"
    if result.reason:
        yield f"reason   {result.reason}"
    for doubt in result.doubts:
        yield f"doubt    {doubt}"
    if result.together and result.place is not None:
        yield f"beside   {len(result.together) - 1} other cases in one Pod; its own container is {result.place.container}"
    if result.timeline:
        yield ""
        yield from timeline(result)
    yield ""
    yield f"again    {result.reproduce}"


def timeline(result: CaseResult) -> Iterator[str]:
    """Render what happened, a row each: time, container, what came, what the status said."""
    shown = [event for event in result.timeline if not isinstance(event, DULL)]
    red = next((each for each in result.expectations if each.verdict in RED), None)
    pods = len({event.pod for event in shown}) > 1
    yield f"{'t/s':>9}  {'container':<14} {'what':<34} status"
    for event in shown[-MOST_ROWS:]:
        where = f"{event.pod}/{event.container}" if pods else event.container
        where += f"#{event.instance}" if event.instance and event.source == "target" else ""
        said = _words(event)
        target, status = (said, "") if event.source != "status" else ("", said)
        mark = "   <-" if red is not None and red.at and abs(event.at - red.at) < 1e-6 else ""  # noqa: PLR2004 - the same microsecond
        yield f"{event.at:9.2f}  {where:<14} {target:<34} {status}{mark}".rstrip()
    if len(shown) > MOST_ROWS:
        yield f"           ({len(shown) - MOST_ROWS} earlier rows are in report.json)"


def _words(event: Event) -> str:
    match event:
        case ProbeHit(data=hit):
            return f"{hit.probe} #{hit.n} -> {hit.answer}"
        case DNSQuery(data=query):
            return f"{event.what} {query.name} {query.type}"
        case NameResolved(data=found):
            return f"{given(found.name, None)} = {', '.join(given(found.addresses, [])) or found.error}"
        case DNSAnswer(data=answer) if error := given(answer.error, None):
            nothing = [answer.rcode, *(given(each, []) for each in (answer.records, answer.addresses))]
            return f"{event.what} {_short([given(answer.name, ''), answer.type, answer.tcp, error, *nothing])}"
        case ObjectApplied() | ObjectDeleted() | ProgramStarted() | TermReceived() | PodReady() | PodUnready():
            return event.what
        case _:
            return f"{event.what} {_short(_values(event.details))}"


def _values(details: Details | None) -> list[object]:
    """Return all that there is in details, the sizes of what had to be left out of a line at the end."""
    words: dict[str, object] = {} if details is None else msgspec.to_builtins(details)
    left_out = [words.pop("left_out")] if "left_out" in words else []
    return [*words.values(), *left_out]


def _short(values: Iterable[object]) -> str:
    return " ".join(map(str, values)).replace("\n", "; ")[:60]
