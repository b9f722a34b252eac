"""The smoke stage: does the adapter work at all? Otherwise one error says so, and not every case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.errors import AdapterFault
from pytest_podconform.evidence.harness import ObjectRefused
from pytest_podconform.evidence.target import ProgramListening
from pytest_podconform.judge.case import Case, Place
from pytest_podconform.judge.moment import Moment, phase
from pytest_podconform.judge.monitors import Eventually
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.model.build import container, pod

if TYPE_CHECKING:
    from .hearing import Record

LISTENING = Moment(name="the target to listen", event=ProgramListening, owed_by="target")
LIMIT = 60.0  # seconds


class Latencies(msgspec.Struct, frozen=True):
    """How quick a runtime is when it has nothing else to do, in seconds."""

    start: float
    """From apply to a program that listens."""
    status: float
    """From then until the status says that the Pod runs."""


def case(_place: Place) -> Case:
    """Build the smoke case: a Pod without probes starts, its log is read, its status shows it running."""
    return Case.of(pod(container(), name="smoke"), Eventually(LISTENING), Eventually(phase("Running")))


def latencies(record: Record) -> Latencies:
    """Read the latencies from the smoke's record.

    Raises:
        AdapterFault: the smoke did not pass; says what was missing.

    """
    if record.judgement.verdict is not Verdict.PASS:
        red = record.judgement.first_red
        refusals = [f"refused: {event.data.reason}" for event in record.events if isinstance(event, ObjectRefused)]
        seen = record.trouble or refusals or ((f"expected {red.expected}; {red.seen}",) if red else ())
        do = ["look at the log of the runtime: no case was run"]
        raise AdapterFault("the smoke Pod did not come up", tried=seen, do=do)
    listening = next(event.at for event in record.events if LISTENING.matches(event))
    running = next(event.at for event in record.events if phase("Running").matches(event))
    return Latencies(start=round(listening, 3), status=round(max(running - listening, 0.0), 3))
