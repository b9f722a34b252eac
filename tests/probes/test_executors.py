"""The executors against the target's own servers, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from pytest_podconform.evidence.target_log import Line
from pytest_podconform.fixtures.target.program import grpc_server, http_server, socket_servers
from pytest_podconform.fixtures.target.program.hits import Hits
from pytest_podconform.fixtures.target.program.journal import Journal
from pytest_podconform.fixtures.target.program.script import Answer, Route
from pytest_podconform.model.pod import (
    Container,
    ContainerPort,
    EnvVar,
    ExecAction,
    GRPCAction,
    HTTPGetAction,
    HTTPHeader,
    Probe,
    ProbeResult,
    TCPSocketAction,
)
from pytest_podconform.probes import http_wire
from pytest_podconform.probes.exec import CannotStart
from pytest_podconform.probes.outcome import USER_AGENT, Outcome
from pytest_podconform.probes.prober import probe as run_probe
from pytest_podconform.probes.prober import resolve_port

HOST = "127.0.0.1"
CONTAINER = Container(name="app", ports=(ContainerPort(name="web", container_port=80),))


@pytest.fixture
def port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


class Heard:
    """What a target has written down."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the test
        self.hits = Hits(Journal(self.file.fileno()))

    def lines(self) -> list[dict[str, Any]]:
        self.file.seek(0)
        text = self.file.read()
        return [{"event": line["event"], **line["data"]} for line in map(json.loads, text.splitlines())]

    async def all_closed(self) -> None:
        async with asyncio.timeout(5):
            while True:
                told = [line["event"] for line in self.lines()]
                if told.count("closed") == told.count("hit"):
                    return
                await asyncio.sleep(0.01)

    async def next(self, event: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while True:
                for line in self.lines():
                    if line["event"] == event:
                        return line
                await asyncio.sleep(0.01)


@pytest.fixture
def heard() -> Iterator[Heard]:
    made = Heard()
    yield made
    made.file.seek(0)
    for line in made.file:
        assert msgspec.json.decode(line, type=Line).details, "what is written is what the harness reads"
    made.file.close()


async def no_command(_command: tuple[str, ...]) -> int:
    raise AssertionError


@asynccontextmanager
async def served(heard: Heard, via: str, port: int, *answers: Answer) -> AsyncGenerator[None]:
    """Serve a route of a target."""
    route = Route("p", via, answers, port)
    if via == "grpc":
        grpc = await grpc_server.serve(route, heard.hits)
        yield
        await grpc.stop(None)
        return
    if via == "tcp":
        tcp = socket_servers.TCPServer(route, heard.hits)
        await tcp.open()
        yield
        await asyncio.sleep(0.05)  # a probe is over when the kernel has let it in, which the target may not know yet
        await heard.all_closed()
        tcp.close()
        return
    server = await http_server.serve(route, heard.hits)
    yield
    server.close()
    await server.wait_closed()


async def probe(action: Probe) -> Outcome:
    return await run_probe(action, CONTAINER, HOST, no_command)


def http(port: int, **more: Any) -> Probe:
    timeout = more.pop("timeout", 1)
    return Probe(http_get=HTTPGetAction(port=port, **more), timeout_seconds=timeout)


@pytest.mark.asyncio
async def test_an_http_probe_sends_what_the_documentation_says(port: int, heard: Heard) -> None:
    async with served(heard, "http", port, Answer(200)):
        assert (await probe(http(port, path="/healthz?full=1"))).result is ProbeResult.SUCCESS
    (hit,) = heard.lines()
    assert hit["line"] == "GET /healthz?full=1 HTTP/1.1"
    assert dict(hit["headers"]) == {
        "Host": f"{HOST}:{port}",
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Connection": "close",
    }


@pytest.mark.asyncio
async def test_headers_are_merged_repeated_and_removed(port: int, heard: Heard) -> None:
    given = (
        HTTPHeader(name="X-A", value="1"),
        HTTPHeader(name="X-A", value="2"),
        HTTPHeader(name="Host", value="app.example"),
        HTTPHeader(name="User-Agent", value="mine"),
        HTTPHeader(name="Accept", value=""),
    )

    async with served(heard, "http", port, Answer(200)):
        await probe(http(port, http_headers=given))
    headers = heard.lines()[0]["headers"]
    assert [value for name, value in headers if name == "X-A"] == ["1", "2"]
    assert ["Host", "app.example"] in headers
    assert ["User-Agent", "mine"] in headers
    assert not [name for name, _ in headers if name == "Accept"]


@pytest.mark.asyncio
async def test_each_http_probe_has_a_connection_of_its_own(port: int, heard: Heard) -> None:
    async with served(heard, "http", port, Answer(200)):
        for _ in range(3):
            await probe(http(port))
    assert len({hit["peer"] for hit in heard.lines()}) == 3


@pytest.mark.asyncio
async def test_an_empty_host_header_is_none(port: int, heard: Heard) -> None:
    async with served(heard, "http", port, Answer(200)):
        await probe(http(port, http_headers=(HTTPHeader(name="Host", value=""),)))
    (line,) = [line for line in heard.lines() if line["event"] == "hit"]
    assert ["Host", f"{HOST}:{port}"] in line["headers"]


@pytest.mark.asyncio
async def test_no_proxy_is_used(port: int, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://{HOST}:9")

    async with served(heard, "http", port, Answer(200)):
        assert (await probe(http(port))).result is ProbeResult.SUCCESS
    assert len(heard.lines()) == 1


@pytest.mark.asyncio
async def test_https_trusts_any_certificate(port: int, heard: Heard) -> None:
    async with served(heard, "https", port, Answer(200)):
        assert (await probe(http(port, scheme="HTTPS"))).result is ProbeResult.SUCCESS
        assert (await probe(http(port))).result is ProbeResult.FAILURE
    assert [line["tls"] for line in heard.lines() if line["event"] == "hit"] == ["TLSv1.3"]


@pytest.mark.parametrize(
    ("answers", "result", "hits"),
    [
        ((Answer(302, headers=(("Location", "/next"),)), Answer(200)), ProbeResult.SUCCESS, 2),
        ((Answer(302, headers=(("Location", "/next"),)), Answer(500)), ProbeResult.FAILURE, 2),
        ((Answer(302, headers=(("Location", "http://localhost:9/"),)),), ProbeResult.SUCCESS, 1),
        ((Answer(302),), ProbeResult.SUCCESS, 1),
        ((*[Answer(302, headers=(("Location", "/next"),))] * 9, Answer(200)), ProbeResult.SUCCESS, 10),
        ((Answer(302, headers=(("Location", "/next"),)),), ProbeResult.FAILURE, 10),
    ],
    ids=["local", "local-to-500", "non-local", "nowhere", "nine", "ten"],
)
@pytest.mark.asyncio
async def test_redirects(port: int, heard: Heard, answers: tuple[Answer, ...], result: ProbeResult, hits: int) -> None:
    async with served(heard, "http", port, *answers):
        assert (await probe(http(port))).result is result
    assert len(heard.lines()) == hits


@pytest.mark.asyncio
async def test_the_timeout_is_for_the_whole_exchange(port: int, heard: Heard) -> None:
    slow_hop = Answer(302, delay=0.7, headers=(("Location", "/next"),))

    async with served(heard, "http", port, slow_hop):
        began = time.monotonic()
        assert (await probe(http(port))).result is ProbeResult.FAILURE
        assert 0.9 < time.monotonic() - began < 1.3


@pytest.mark.asyncio
async def test_a_body_that_is_cut_off_is_no_execution_and_is_tried_three_times(port: int) -> None:
    requests = 0

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        requests += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        writer.close()

    async with await asyncio.start_server(on_connection, HOST, port):
        assert (await probe(http(port))).result is ProbeResult.UNKNOWN
    assert requests == 3


@asynccontextmanager
async def saying(port: int, answer: bytes) -> AsyncGenerator[None]:
    """Serve one answer and leave the connection open; wait at the end until the client has closed it."""
    closed = asyncio.Event()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        closed.set()

    async with await asyncio.start_server(on_connection, HOST, port):
        yield
        await closed.wait()


@pytest.mark.asyncio
async def test_an_endless_body_is_not_read_to_its_end(port: int) -> None:
    async with saying(port, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000):
        assert (await probe(http(port))).result is ProbeResult.SUCCESS


@pytest.mark.asyncio
async def test_a_refused_connection_is_a_failure_for_every_mechanism(port: int) -> None:
    for action in (
        Probe(http_get=HTTPGetAction(port=port)),
        Probe(tcp_socket=TCPSocketAction(port=port)),
        Probe(grpc=GRPCAction(port=port)),
    ):
        assert (await probe(action)).result is ProbeResult.FAILURE


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 300], ids=["unknown", "empty-label", "long"])
@pytest.mark.asyncio
async def test_a_host_that_has_no_address_is_a_failure(host: str) -> None:
    for action in (
        Probe(http_get=HTTPGetAction(port=80, host=host), timeout_seconds=5),
        Probe(tcp_socket=TCPSocketAction(port=80, host=host), timeout_seconds=5),
    ):
        assert (await probe(action)).result is ProbeResult.FAILURE


@pytest.mark.parametrize(
    ("kind", "address"),
    [(socket.AF_INET, "127.0.0.2"), (socket.AF_INET, "255.255.255.255"), (99, "127.0.0.2")],
    ids=["refused", "no-way", "no-such-family"],
)
@pytest.mark.asyncio
async def test_of_a_names_addresses_the_first_that_answers_is_taken(
    port: int, heard: Heard, monkeypatch: pytest.MonkeyPatch, kind: int, address: str
) -> None:
    async def found(*_: Any, **__: Any) -> list[Any]:
        stream = (socket.SOCK_STREAM, 0, "")
        return [(kind, *stream, (address, port)), (socket.AF_INET, *stream, (HOST, port))]

    async with served(heard, "http", port, Answer(200)):
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        assert (await probe(http(port, host="two-addresses"))).result is ProbeResult.SUCCESS


@pytest.mark.asyncio
async def test_a_tcp_probe_sends_nothing(port: int, heard: Heard) -> None:
    async with served(heard, "tcp", port, Answer("accept")):
        assert (await probe(Probe(tcp_socket=TCPSocketAction(port=port)))).result is ProbeResult.SUCCESS
        assert (await heard.next("closed"))["received"] == 0


@pytest.mark.parametrize(("status", "result"), [("SERVING", ProbeResult.SUCCESS), ("NOT_SERVING", ProbeResult.FAILURE)])
@pytest.mark.asyncio
async def test_a_grpc_probe_asks_for_its_service(port: int, heard: Heard, status: str, result: ProbeResult) -> None:
    async with served(heard, "grpc", port, Answer(status)):
        assert (await probe(Probe(grpc=GRPCAction(port=port, service="my.Service")))).result is result
        assert (await probe(Probe(grpc=GRPCAction(port=port)))).result is result
    one, other = heard.lines()
    assert (one["service"], other["service"]) == ("my.Service", "")
    assert one["peer"] != other["peer"]
    assert next(value for key, value in one["metadata"] if key == "user-agent").startswith(f"{USER_AGENT} grpc-")


@pytest.mark.asyncio
async def test_a_slow_grpc_server_is_a_failure_in_time(port: int, heard: Heard) -> None:
    async with served(heard, "grpc", port, Answer("SERVING", delay=5)):
        began = time.monotonic()
        assert (await probe(Probe(grpc=GRPCAction(port=port)))).result is ProbeResult.FAILURE
        assert time.monotonic() - began < 2


async def exec_with(answer: Callable[[], Awaitable[int]]) -> tuple[Outcome, int]:
    calls = 0

    async def execute(_command: tuple[str, ...]) -> int:
        nonlocal calls
        calls += 1
        return await answer()

    outcome = await run_probe(Probe(exec=ExecAction(command=("x",))), CONTAINER, HOST, execute)
    return outcome, calls


@pytest.mark.asyncio
async def test_an_exec_probe_has_a_deadline() -> None:
    async def never() -> int:
        await asyncio.sleep(60)
        return 0

    outcome, calls = await exec_with(never)

    assert (outcome.result, calls) == (ProbeResult.FAILURE, 1)
    assert "timed out after 1s" in outcome.reason


@pytest.mark.asyncio
async def test_a_command_that_cannot_be_started_is_tried_three_times() -> None:
    async def missing() -> int:
        raise CannotStart("no such file")

    outcome, calls = await exec_with(missing)

    assert (outcome.result, calls) == (ProbeResult.UNKNOWN, 3)


def test_a_port_name_is_looked_up_in_the_container() -> None:
    assert resolve_port("web", CONTAINER) == 80
    assert resolve_port(8080, CONTAINER) == 8080
    assert resolve_port("absent", CONTAINER) is None


@pytest.mark.asyncio
async def test_an_unknown_port_name_is_no_execution() -> None:
    assert (await probe(Probe(http_get=HTTPGetAction(port="absent")))).result is ProbeResult.UNKNOWN


@pytest.mark.asyncio
async def test_arguments_of_a_command_are_expanded() -> None:
    ran: list[tuple[str, ...]] = []

    async def execute(command: tuple[str, ...]) -> int:
        ran.append(command)
        return 0

    container = Container(name="app", env=(EnvVar(name="A", value="one two"),))
    await run_probe(Probe(exec=ExecAction(command=("x", "$(A)", "$(B)"))), container, HOST, execute)
    assert ran == [("x", "one two", "$(B)")]


@pytest.mark.parametrize("raw", ["", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 healthy\r\n\r\n"])
@pytest.mark.asyncio
async def test_what_is_no_answer_is_asked_for_once(port: int, heard: Heard, raw: str) -> None:
    async with served(heard, "http", port, Answer("raw", raw=raw)):
        assert (await probe(http(port))).result is ProbeResult.FAILURE
    assert [line["event"] for line in heard.lines()] == ["hit"]


@pytest.mark.parametrize(
    ("raw", "result"),
    [
        ("HTTP/1.0 200 OK\r\n\r\n", ProbeResult.SUCCESS),
        ("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ProbeResult.SUCCESS),
        ("HTTP/1.1 200 OK\nContent-Length: 0\n\n", ProbeResult.SUCCESS),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", ProbeResult.SUCCESS),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", ProbeResult.UNKNOWN),
        ("HTTP/1.1 100 Continue\r\nLocation: /x\r\n\r\nHTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", ProbeResult.SUCCESS),
        ("HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n", ProbeResult.FAILURE),
        ("HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", ProbeResult.FAILURE),
        ("HTTP/1.1 302 Found\r\nLocation: http://other.example/\r\nContent-Length: 9\r\n\r\ncut", ProbeResult.UNKNOWN),
        ("HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n", ProbeResult.SUCCESS),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n0\r\n\r\n", ProbeResult.SUCCESS),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", ProbeResult.FAILURE),
    ],
    ids=[
        "1.0",
        "interim",
        "bare-lf",
        "chunked",
        "chunks-cut",
        "interim-leads-nowhere",
        "no-url",
        "ftp",
        "cut-elsewhere",
        "folded",
        "spaces",
        "switching",
    ],
)
@pytest.mark.asyncio
async def test_odd_answers(port: int, heard: Heard, raw: str, result: ProbeResult) -> None:
    async with served(heard, "http", port, Answer("raw", raw=raw)):
        assert (await probe(http(port))).result is result


@pytest.mark.long
@pytest.mark.asyncio
async def test_a_target_holds_a_connection_and_names_its_address(port: int, heard: Heard) -> None:
    answers = (Answer(302, headers=(("Location", f"http://{{address}}:{port}/next"),)), Answer("raw", raw=CUT, holds=True))

    async with served(heard, "http", port, *answers):
        assert (await probe(http(port))).result is ProbeResult.UNKNOWN
    assert [line["line"] for line in heard.lines()][:2] == ["GET / HTTP/1.1", "GET /next HTTP/1.1"]


CUT = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"


@pytest.mark.asyncio
async def test_headers_are_written_as_net_http_writes_them(port: int, heard: Heard) -> None:
    given = [("x-lower", "1"), ("user-agent", "one"), ("User-Agent", "two"), ("content-length", "5"), ("X-Empty", "")]
    headers = tuple(HTTPHeader(name=name, value=value) for name, value in given)

    async with served(heard, "http", port, Answer(200)):
        await probe(http(port, http_headers=headers))
    sent = [tuple(header) for header in heard.lines()[0]["headers"]]
    assert {("X-Lower", "1"), ("User-Agent", "one"), ("Connection", "close")} <= set(sent)
    assert not {"Content-Length", "Accept-Encoding", "content-length"} & {name for name, *_ in sent}
    assert ("User-Agent", "two") not in sent
    assert "X-Empty" in {name.rstrip(":") for name, *_ in sent}


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\0b"])
@pytest.mark.asyncio
async def test_a_header_cannot_end_its_line(port: int, heard: Heard, value: str) -> None:
    async with served(heard, "http", port, Answer(200)):
        outcome = await probe(http(port, http_headers=(HTTPHeader(name="X-A", value=value),)))
        assert outcome.result is ProbeResult.FAILURE
        assert "end of a line" in outcome.reason
    assert heard.lines() == []


@pytest.mark.parametrize("location", ["/a b", "/a%20b"])
@pytest.mark.asyncio
async def test_a_location_is_written_as_net_http_writes_it(port: int, heard: Heard, location: str) -> None:
    moved = Answer(302, headers=(("Location", location),))

    async with served(heard, "http", port, moved, Answer(200)):
        assert (await probe(http(port))).result is ProbeResult.SUCCESS
    assert [line["line"] for line in heard.lines()] == ["GET / HTTP/1.1", "GET /a%20b HTTP/1.1"]


@pytest.mark.parametrize(("location", "goes_along"), [("/next", True), ("http://{address}:{port}/next", False)])
@pytest.mark.asyncio
async def test_a_host_of_ones_own_holds_for_relative_redirects(
    port: int,
    heard: Heard,
    location: str,
    goes_along: bool,  # noqa: FBT001
) -> None:
    moved = Answer(302, headers=(("Location", location.replace("{port}", str(port))),))
    own = HTTPHeader(name="Host", value="app.example")

    async with served(heard, "http", port, moved, Answer(200)):
        assert (await probe(http(port, http_headers=(own,)))).result is ProbeResult.SUCCESS
    assert [dict(line["headers"])["Host"] for line in heard.lines()] == [
        "app.example",
        "app.example" if goes_along else f"{HOST}:{port}",
    ]


@pytest.mark.parametrize(("given", "referers"), [((), ["/", "/one"]), (("Referer", "mine"), ["mine", "mine", "mine"])])
@pytest.mark.asyncio
async def test_a_redirect_says_where_it_came_from(port: int, heard: Heard, given: tuple[str, ...], referers: list[str]) -> None:
    headers = (HTTPHeader(name=given[0], value=given[1]),) if given else ()
    answers = (Answer(302, headers=(("Location", "/one"),)), Answer(302, headers=(("Location", "/two"),)), Answer(200))

    async with served(heard, "http", port, *answers):
        assert (await probe(http(port, http_headers=headers))).result is ProbeResult.SUCCESS
    hits = [dict(line["headers"]) for line in heard.lines() if line["event"] == "hit"]
    assert [hit["Referer"].removeprefix(f"http://{HOST}:{port}") for hit in hits if "Referer" in hit] == referers


@pytest.mark.asyncio
async def test_headers_without_end_are_a_failure(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_wire, "MOST_HEAD", 10_000)

    async with saying(port, b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 2000):
        assert "more than 10000 bytes" in (await probe(http(port, timeout=30))).reason


@pytest.mark.asyncio
async def test_no_server_is_named_to_an_address(port: int, heard: Heard) -> None:
    async with served(heard, "https", port, Answer(200)):
        await probe(http(port, scheme="HTTPS", http_headers=(HTTPHeader(name="Host", value="app.example"),)))
    assert heard.lines()[0]["sni"] is None


def tcp(port: int) -> Probe:
    return Probe(tcp_socket=TCPSocketAction(port=port))


@pytest.mark.asyncio
async def test_a_tcp_target_shuts_its_port_for_a_while(port: int, heard: Heard) -> None:
    async with served(heard, "tcp", port, Answer("accept", shut=0.3), Answer("accept")):
        assert (await probe(tcp(port))).result is ProbeResult.SUCCESS
        await heard.next("hit")
        assert (await probe(tcp(port))).result is ProbeResult.FAILURE
        await asyncio.sleep(0.5)
        assert (await probe(tcp(port))).result is ProbeResult.SUCCESS


@pytest.mark.asyncio
async def test_a_tcp_target_hangs_up(port: int, heard: Heard) -> None:
    async with served(heard, "tcp", port, Answer(socket_servers.HANG_UP)):
        reader, writer = await asyncio.open_connection(HOST, port)
        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(("answer", "result"), [("accept", ProbeResult.SUCCESS), ("full", ProbeResult.FAILURE)])
@pytest.mark.asyncio
async def test_a_deaf_target_lets_the_kernel_answer(port: int, answer: str, result: ProbeResult) -> None:
    sockets = socket_servers.listen_deaf(Route("p", "deaf", (Answer(answer),), port))

    assert (await probe(tcp(port))).result is result
    for each in sockets:
        each.close()


@pytest.mark.asyncio
async def test_a_health_check_can_fail_as_a_call(port: int, heard: Heard) -> None:
    async with served(heard, "grpc", port, Answer("NOT_FOUND")):
        outcome = await probe(Probe(grpc=GRPCAction(port=port)))
        assert (outcome.result, outcome.reason) == (ProbeResult.FAILURE, "NOT_FOUND: as the script says")
