"""One HTTP request on one connection of its own, and what a probe reads of the answer.

A general client takes more than twice the CPU for it, which counts where 600 probes are due in the same second
(`benchmarks/executors.py`), and asks once more where a server hangs up. What is an answer, httptools says.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from typing import TYPE_CHECKING, Any, Final, cast

import httptools
import msgspec

from pytest_podconform.model.rules import implements

from .connection import connect
from .outcome import MOST_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_HEAD: Final = 10 << 20
"""Bytes that may come before the end of the headers (net/http, `Transport.MaxResponseHeaderBytes`)."""

FIRST_FINAL: Final = 200
SWITCHING: Final = 101
"""The one answer below 200 that no other follows."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A final status; where it leads to, or why its body could not be read."""

    status: int
    leads_to: str | None = None
    """The Location of a redirect, as sent."""
    body_error: str | None = None


@implements("probe.http.exact-headers")
def request(target: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """Write a GET request.

    Raises:
        ValueError: a header holds the end of a line.

    """
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "Connection: close"]
    if any(set(line) & {"\r", "\n", "\0"} for line in lines):
        msg = "a header value holds the end of a line"
        raise ValueError(msg)
    return "\r\n".join([*lines, "", ""]).encode(errors="surrogateescape")


@implements("probe.network.new-connection", "probe.http.no-server-name", "probe.http.tls-mismatch")
async def ask(host: str, port: int, sent: bytes, deadline: float, *, tls: bool) -> Answer:
    """Send a request and read the answer, up to `deadline` on the loop's clock.

    Raises:
        TimeoutError: no status has come by then.
        OSError: there is no connection, no TLS, or no answer that is HTTP.

    """
    opened = await connect(host, port, deadline)
    secure: dict[str, Any] = {"ssl": any_certificate(), "server_hostname": host} if tls else {}
    loop = asyncio.get_running_loop()
    async with asyncio.timeout_at(deadline):
        transport, connection = await loop.create_connection(lambda: _Connection(sent), sock=opened, **secure)
    try:
        async with asyncio.timeout_at(deadline):
            error = await connection.head
        if error is not None:
            raise ConnectionError(error)
        leads_to = connection.location if connection.status in REDIRECTS else ""
        return Answer(status=connection.status, leads_to=leads_to or None, body_error=await _body(connection, deadline))
    finally:
        transport.abort()


async def _body(connection: _Connection, deadline: float) -> str | None:
    try:
        async with asyncio.timeout_at(deadline):
            return await connection.body
    except TimeoutError:
        return "its body did not come in time"


@functools.cache
@implements("probe.http.scheme-https")
def any_certificate() -> ssl.SSLContext:
    """Return what trusts any server: "the kubelet skips the certificate verification"."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Connection(asyncio.Protocol):
    """The client's end. `head` and `body` are done when each has come, with None, or with why it never will."""

    def __init__(self, sent: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.head: asyncio.Future[str | None] = loop.create_future()
        self.body: asyncio.Future[str | None] = loop.create_future()
        self.status = 0
        self.location = ""
        self._sent = sent
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(  # as net/http is
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._has_length = False
        self._received = 0
        self._read = 0

    # ---- what the transport says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        cast("asyncio.WriteTransport", transport).write(self._sent)

    @implements("probe.http.malformed")
    def data_received(self, data: bytes) -> None:
        """Parse what has come."""
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end(None)
        except httptools.HttpParserError as error:
            self._end(f"no HTTP: {error}")
        if not self.head.done() and self._received > MOST_HEAD:
            self._end(f"the headers take more than {MOST_HEAD} bytes")

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection for that of a body that has no other end."""
        is_end = exc is None and self.head.done() and not self._has_length
        self._end(None if is_end else str(exc or "the connection was closed before the end of the answer"))

    def _end(self, error: str | None) -> None:
        for part in (self.head, self.body):
            if not part.done():
                part.set_result(error)

    # ---- what the parser says

    def on_message_begin(self) -> None:
        """Forget what an interim answer has said."""
        self.location, self._has_length = "", False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the first Location, and know whether the body's length is told."""
        lowered = name.lower()
        if lowered == b"location":
            self.location = self.location or value.decode(errors="surrogateescape")
        self._has_length = self._has_length or lowered in {b"content-length", b"transfer-encoding"}

    @implements("probe.http.interim")
    def on_headers_complete(self) -> None:
        """Take the status, if it is a final one."""
        status = self._parser.get_status_code()
        if status >= FIRST_FINAL or status == SWITCHING:
            self.status = status
            self._done(self.head)

    @implements("probe.http.body-limit")
    def on_body(self, part: bytes) -> None:
        """Count, up to as much as is read."""
        self._read += len(part)
        if self._read >= MOST_OUTPUT:
            self._done(self.body)

    def on_message_complete(self) -> None:
        """Take the end of a final answer."""
        if self.head.done():
            self._done(self.body)

    @staticmethod
    def _done(part: asyncio.Future[str | None]) -> None:
        if not part.done():
            part.set_result(None)
