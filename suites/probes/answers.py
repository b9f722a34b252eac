"""What an HTTP server may answer beside one plain response: many statuses, interim ones, none, bodies without an end."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, RESTARTED, Case, case, exactly, hit, never, soon
from pytest_podconform.model.build import Answer, container, http, https, liveness, mismatch, pod, raw, readiness

SUCCESSES = (201, 202, 204, 206, 299, 300, 301, 304, 305, 308, 310, 399)
FAILURES = (400, 401, 404, 418, 429, 499, 500, 503, 599)


def _bare(status: int) -> Answer:
    return Answer(status, body="")  # 204 and 304 have none


@case("probe.http.success-range")
def successes_in_a_row() -> Case:
    """Twelve statuses between 200 and 399 are successes: had one of them failed, it would have killed."""
    answers = http(*map(_bare, SUCCESSES), 500)
    after = len(SUCCESSES) + 1
    probed = pod(container(liveness(answers, initial_delay=2, period=1, failure_threshold=1)))
    return Case.of(probed, exactly(after, hit(instance=0), before=RESTARTED), soon(RESTARTED, after=hit(after)))


@case("probe.http.success-range")
def failures_in_a_row() -> Case:
    """Nine statuses from 400 on are failures: had one of them been a success, the streak that kills would be longer."""
    answers = http(200, *FAILURES, 200)
    after = len(FAILURES) + 1
    probed = pod(container(liveness(answers, initial_delay=2, period=1, failure_threshold=len(FAILURES))))
    return Case.of(probed, exactly(after, hit(instance=0), before=RESTARTED), soon(RESTARTED, after=hit(after)))


EARLY_HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n"


@case("probe.http.interim", marks=["wire"], shares=True)
def early_hints_are_skipped() -> Case:
    """An interim answer is passed over: the final one decides."""
    return Case.of(pod(container(readiness(http(raw(EARLY_HINTS + OK)), period=1))), soon(READY, after=hit(1)))


@case("probe.http.interim", marks=["wire"], shares=True)
def another_protocol_is_a_failure() -> Case:
    """101 is final, and a failure."""
    return Case.of(pod(container(readiness(http(raw(SWITCHING)), period=1))), never(READY, before=hit(4)))


NO_ANSWERS = ("", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 healthy\r\n\r\n", "200 OK\r\n\r\n")


@case("probe.http.malformed", marks=["wire"])
def what_is_no_answer_is_a_failure() -> Case:
    """A connection that is closed, another protocol's greeting, a status that is none: each is a failure."""
    after = len(NO_ANSWERS) + 1
    answers = http(200, *map(raw, NO_ANSWERS), 200)
    probed = pod(container(liveness(answers, initial_delay=2, period=1, failure_threshold=len(NO_ANSWERS))))
    return Case.of(probed, exactly(after, hit(instance=0), before=RESTARTED), soon(RESTARTED, after=hit(after)))


@case("probe.http.malformed", marks=["wire"], shares=True)
def http_1_0_is_an_answer() -> Case:
    """An answer of HTTP/1.0 without any header is an answer."""
    return Case.of(pod(container(readiness(http(raw("HTTP/1.0 200 OK\r\n\r\nok")), period=1))), soon(READY, after=hit(1)))


@case("probe.http.body-limit", marks=["wire"], shares=True)
def endless_body() -> Case:
    """A body that never ends is no failure, once more of it has come than is read."""
    answer = raw("HTTP/1.1 200 OK\r\n\r\n" + "x" * 20_000, holds=True)
    return Case.of(pod(container(readiness(http(answer), period=1))), soon(READY, after=hit(1)))


@case("probe.http.tls-mismatch", marks=["wire"])
def https_to_a_plain_server() -> Case:
    """With scheme HTTPS a server that speaks plain HTTP fails."""
    beside = liveness(http(200), initial_delay=2, period=1)
    probed = pod(container(readiness(mismatch(http(200), https()), period=1), beside))
    return Case.of(probed, never(READY, before=hit(4, "liveness")))


@case("probe.http.tls-mismatch", marks=["wire"])
def http_to_a_tls_server() -> Case:
    """With scheme HTTP a server that speaks TLS alone fails."""
    beside = liveness(http(200), initial_delay=2, period=1)
    probed = pod(container(readiness(mismatch(https(200), http()), period=1), beside))
    return Case.of(probed, never(READY, before=hit(4, "liveness")))
