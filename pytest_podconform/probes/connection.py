"""A TCP connection of a probe's own.

Where hundreds of probes are due at the same moment, each one's start waits for what the others do before theirs. So a
connection is on its way after two system calls, and whatever else there is to do comes after all of them have begun.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from typing import Any, Final

ON_ITS_WAY: Final = frozenset({0, errno.EINPROGRESS})


async def connect(host: str, port: int, deadline: float) -> socket.socket:
    """Open a connection, up to `deadline` on the loop's clock; of a name's addresses the first that can be reached.

    Raises:
        TimeoutError: there is none by then.
        OSError: nobody listens, or there is no such name.

    """
    numeric = _numeric(host, port)
    if numeric is not None:
        return await _open(*numeric, deadline)
    async with asyncio.timeout_at(deadline):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, _, _, _, address in found[:-1]:
        try:
            return await _open(family, address, deadline)
        except TimeoutError:
            raise
        except OSError:  # whatever is wrong with that one: no route, no such family, nobody there
            continue
    family, _, _, _, address = found[-1]
    return await _open(family, address, deadline)


def _numeric(host: str, port: int) -> tuple[socket.AddressFamily, Any] | None:
    """Return family and address where the host is an address already, and needs no thread to be looked up."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return family, (host, port)
    return None


async def _open(family: int, address: Any, deadline: float) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        error = opened.connect_ex(address)
        if error not in ON_ITS_WAY:
            raise OSError(error, os.strerror(error))  # noqa: TRY301 - the subclass that errno stands for
        await asyncio.sleep(0)  # first let all others that are due begin
        async with asyncio.timeout_at(deadline):
            await asyncio.get_running_loop().sock_connect(opened, address)  # on one machine it is connected by now
    except BaseException:
        opened.close()
        raise
    return opened
