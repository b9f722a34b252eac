"""What an exchange comes to: pure, for every mechanism."""

from __future__ import annotations

import pytest

from pytest_podconform.model.pod import HTTPGetAction, ProbeResult
from pytest_podconform.probes import exec as exec_probe
from pytest_podconform.probes import grpc as grpc_probe
from pytest_podconform.probes import http as http_probe
from pytest_podconform.probes import tcp as tcp_probe

SUCCESS, FAILURE, UNKNOWN = ProbeResult.SUCCESS, ProbeResult.FAILURE, ProbeResult.UNKNOWN


@pytest.mark.parametrize(
    ("status", "result"),
    [(199, FAILURE), (200, SUCCESS), (204, SUCCESS), (304, SUCCESS), (399, SUCCESS), (400, FAILURE), (503, FAILURE)],
)
def test_http_status(status: int, result: ProbeResult) -> None:
    assert http_probe.outcome(http_probe.Exchange(status=status)).result is result


@pytest.mark.parametrize(
    ("exchange", "result", "warning"),
    [
        (http_probe.Exchange(error="refused"), FAILURE, False),
        (http_probe.Exchange(status=302, refused_redirect="http://elsewhere/"), SUCCESS, True),
        (http_probe.Exchange(status=302), SUCCESS, True),
        (http_probe.Exchange(status=200, body_error="cut off"), UNKNOWN, False),
        (http_probe.Exchange(status=500, body_error="cut off"), UNKNOWN, False),
    ],
)
def test_http_otherwise(exchange: http_probe.Exchange, result: ProbeResult, warning: bool) -> None:  # noqa: FBT001
    outcome = http_probe.outcome(exchange)

    assert (outcome.result, outcome.warning) == (result, warning)


def test_tcp() -> None:
    assert tcp_probe.outcome(tcp_probe.Exchange()).result is SUCCESS
    assert tcp_probe.outcome(tcp_probe.Exchange("refused")).result is FAILURE


@pytest.mark.parametrize(
    ("exchange", "result"),
    [
        (exec_probe.Exchange(exit_code=0), SUCCESS),
        (exec_probe.Exchange(exit_code=1), FAILURE),
        (exec_probe.Exchange(exit_code=137), FAILURE),
        (exec_probe.Exchange(timed_out="timed out"), FAILURE),
        (exec_probe.Exchange(not_started="no such file"), UNKNOWN),
    ],
)
def test_exec(exchange: exec_probe.Exchange, result: ProbeResult) -> None:
    assert exec_probe.outcome(exchange).result is result


@pytest.mark.parametrize(
    ("exchange", "result"),
    [
        (grpc_probe.Exchange("SERVING"), SUCCESS),
        (grpc_probe.Exchange("NOT_SERVING"), FAILURE),
        (grpc_probe.Exchange("UNKNOWN"), FAILURE),
        (grpc_probe.Exchange("SERVICE_UNKNOWN"), FAILURE),
        (grpc_probe.Exchange(error="UNIMPLEMENTED"), FAILURE),
    ],
)
def test_grpc(exchange: grpc_probe.Exchange, result: ProbeResult) -> None:
    assert grpc_probe.outcome(exchange).result is result


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/healthz?full=1", "/healthz?full=1"),
        ("healthz", "/healthz"),
        ("", "/"),
        ("/a?b#c", "/a?b"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a b", "/a%20b"),
        ("/ä", "/%C3%A4"),
        ("/%zz?x", "/%25zz%3Fx"),
        ("http://other.example/x?y", "/x?y"),
    ],
)
def test_what_is_asked_for(path: str, asked: str) -> None:
    assert http_probe.request_target(path) == asked


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    assert str(http_probe.probe_url(HTTPGetAction(port=80), "2001:db8::1", 8080)) == "http://[2001:db8::1]:8080/"
