"""The rows of a timeline."""

from __future__ import annotations

# pyright: reportPrivateUsage=false
import pytest

from pytest_podconform.evidence.events import Event
from pytest_podconform.evidence.harness import DeletionStarted, ObjectApplied, ObjectDetails
from pytest_podconform.evidence.status import (
    ContainerStateChanged,
    EndDetails,
    EndpointChanged,
    EndpointDetails,
    PodReady,
    RestartCountChanged,
    RestartDetails,
    StateDetails,
)
from pytest_podconform.evidence.target import (
    AnswerDetails,
    DNSAnswer,
    FileDetails,
    FileShown,
    HitDetails,
    LastSign,
    NameResolved,
    ProbeHit,
    ResolvedDetails,
    TermReceived,
)
from pytest_podconform.report.explain import _words

FOUND = ResolvedDetails(name="a", addresses=["10.0.0.1", "10.0.0.2"], error=None)
RESTARTED = RestartDetails(1, EndDetails(exit_code=1, reason="Error"))
ANSWER = AnswerDetails(
    name="web.", type="A", tcp=False, rcode="NOERROR", records=["A 10.0.0.1"], addresses=["10.0.0.1"], error=None
)
NO_ANSWER = AnswerDetails(name="web.", type="A", tcp=False, rcode="", records=[], addresses=[], error="Timeout: 2 s")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ProbeHit(at=1, data=HitDetails("liveness", 2, "http", 503)), "liveness #2 -> 503"),
        (TermReceived(at=1), "term"),
        (LastSign(at=1), "last "),
        (PodReady(at=1), "ready"),
        (ObjectApplied(at=1, data=ObjectDetails("Pod")), "applied"),
        (DeletionStarted(at=1, data=ObjectDetails("Pod")), "deleting Pod"),
        (NameResolved(at=1, data=FOUND), "a = 10.0.0.1, 10.0.0.2"),
        (NameResolved(at=1, data=ResolvedDetails(name="a", addresses=[], error="EAI_NONAME")), "a = EAI_NONAME"),
        (DNSAnswer(at=1, data=ANSWER), "answered web. A False NOERROR ['A 10.0.0.1'] ['10.0.0.1'] None"),
        (DNSAnswer(at=1, data=NO_ANSWER), "answered web. A False Timeout: 2 s  [] []"),
        (FileShown(at=1, data=FileDetails("/etc/hosts", "a\nb\n")), "file /etc/hosts a; b; "),
        (FileShown(at=1, data=FileDetails("/etc/hosts", left_out={"text": 5000})), "file /etc/hosts {'text': 5000}"),
        (ContainerStateChanged(at=1, data=StateDetails("waiting", reason="Backs")), "state waiting Backs"),
        (RestartCountChanged(at=1, data=RESTARTED), "restarts 1 {'exit_code': 1, 'reason': 'Error'}"),
        (EndpointChanged(at=1, data=EndpointDetails("10.0.0.1", ready=True)), "endpoint 10.0.0.1 True"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_event_in_words(event: Event, words: str) -> None:
    assert _words(event) == words
