"""TCP probes: whether a connection can be opened.

https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-tcp-liveness-probe
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final

import msgspec

from pytest_podconform.model.rules import implements

from . import connection
from .outcome import Outcome, failure, success

LINGER: Final = struct.pack("ii", 1, 1)
"""Wait one second for the close, so that the port is not kept for a minute (kubernetes #89898)."""


class Exchange(msgspec.Struct, frozen=True):
    """Whether the connection was opened; else why not."""

    error: str | None = None


@implements("probe.tcp.open", "probe.tcp.connect-only")
def outcome(exchange: Exchange) -> Outcome:
    """Derive the outcome: an open port is a success, whatever happens afterwards."""
    return success("connected") if exchange.error is None else failure(exchange.error)


@implements("probe.tcp.nothing-sent", "probe.tcp.backlog", "probe.network.new-connection", "probe.field.timeout")
async def connect(host: str, port: int, timeout: float) -> Exchange:  # noqa: ASYNC109 - a probe's own field
    """Run a probe: connect within that many seconds, send nothing, close."""
    try:
        opened = await connection.connect(host, port, asyncio.get_running_loop().time() + timeout)
    except TimeoutError:
        return Exchange(f"no connection within {timeout:g} s")
    except (OSError, ValueError) as error:  # a ValueError: the host is no name at all
        return Exchange(str(error))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    opened.close()
    return Exchange()
