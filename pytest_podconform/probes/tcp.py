"""TCP probes: whether a connection can be opened.

https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-tcp-liveness-probe
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from .outcome import Outcome, failure, success

LINGER: Final = struct.pack("ii", 1, 1)
"""Wait one second for the close, so that the port is not kept for a minute (kubernetes #89898)."""


Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""What getaddrinfo(3) returns; the last part differs by family."""


class Exchange(msgspec.Struct, frozen=True):
    """Whether the connection was opened; else why not."""

    error: str | None = None


def outcome(exchange: Exchange) -> Outcome:
    """Derive the outcome: an open port is a success, whatever happens afterwards."""
    return success("connected") if exchange.error is None else failure(exchange.error)


async def connect(host: str, port: int, timeout: float) -> Exchange:  # noqa: ASYNC109 - a probe's own field
    """Run a probe: connect within that many seconds, send nothing, close.

    On a bare socket: a stream would take three times the CPU for what is never read or written.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            family, kind, protocol, _, address = (await _addresses(host, port))[0]
            with socket.socket(family, kind, protocol) as connection:
                connection.setblocking(False)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
                try:
                    connection.connect(address)
                except BlockingIOError:  # on one machine it is connected by now, and the loop has nothing to wait for
                    await loop.sock_connect(connection, address)
    except TimeoutError:
        return Exchange(f"no connection within {timeout:g} s")
    except OSError as error:
        return Exchange(str(error))
    return Exchange()


async def _addresses(host: str, port: int) -> Sequence[Address]:
    """Resolve a name; what is an address already costs no thread."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
