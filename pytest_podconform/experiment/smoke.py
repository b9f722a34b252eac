"""The smoke stage: does the adapter work at all? Otherwise one error says so, and not every case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.errors import AdapterFault
from pytest_podconform.evidence.harness import ObjectRefused
from pytest_podconform.evidence.target import ProgramListening
from pytest_podconform.judge.case import Case, CaseInfo
from pytest_podconform.judge.moment import Moment, phase
from pytest_podconform.judge.monitors import Eventually
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.model.build import container, pod

from .plan import PlannedCase

if TYPE_CHECKING:
    from pytest_podconform.judge.result import CaseResult

LISTENING = Moment(name="the target to listen", event=ProgramListening, owed_by="target")


class Latencies(msgspec.Struct, frozen=True):
    """How quick a runtime is when it has nothing else to do, in seconds."""

    start: float
    """From apply to a program that listens."""
    status: float
    """From then until the status says that the Pod runs."""


def case() -> Case:
    """Build the smoke case: a Pod without probes starts, its log is read, its status shows it running."""
    return Case.of(pod(container(), name="smoke"), Eventually(LISTENING), Eventually(phase("Running")))


SMOKE: Final = PlannedCase(
    info=CaseInfo(id="smoke", requirements=(), title="", marks=(), function=case, arguments=()),
    level="MUST",
    needs=(),
    nominal_s=20.0,  # which gives it a minute
    runtime="",
)


def latencies(result: CaseResult) -> Latencies:
    """Read the latencies from the smoke's result.

    Raises:
        AdapterFault: the smoke did not pass; says what was missing.

    """
    if result.verdict is not Verdict.PASS:
        refusals = [f"refused: {event.data.reason}" for event in result.timeline if isinstance(event, ObjectRefused)]
        explained = [f"expected {result.expected}; {result.seen}"] if result.expected else []
        seen = ([result.reason] if result.reason else []) or refusals or explained
        do = ["look at the log of the runtime: no case was run"]
        raise AdapterFault("the smoke Pod did not come up", tried=seen, do=do)
    listening = next(event.at for event in result.timeline if LISTENING.matches(event))
    running = next(event.at for event in result.timeline if phase("Running").matches(event))
    return Latencies(start=round(listening, 3), status=round(max(running - listening, 0.0), 3))
