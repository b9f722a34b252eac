"""Which names the libc of this machine asks for: run by `test_candidates`, in namespaces of its own, as `python walk.py`.

Reads cases as JSON lines, `{"name": ..., "searches": [...], "ndots": ...}`, and writes for each the names that arrived at
127.0.0.1:53, in order. Every answer is NXDOMAIN, so the walk goes to its end. Imports nothing of ours: it runs apart.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import struct
import sys
from pathlib import Path

SIOCSIFFLAGS = 0x8914
UP = 0x1 | 0x40  # IFF_UP, IFF_RUNNING
NXDOMAIN = struct.pack("!H", 0x8183)


def loopback_up() -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", UP))


def asked(query: bytes) -> str:
    labels: list[str] = []
    at = 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += query[at] + 1
    return ".".join(labels) + "."


def question(query: bytes) -> bytes:
    end = query.index(b"\0", 12) + 5
    return query[12:end]


def walk(server: socket.socket, name: str) -> list[str]:
    child = os.fork()
    if child == 0:
        try:
            socket.getaddrinfo(name, None)
        except OSError:
            pass
        finally:
            os._exit(0)
    seen: list[str] = []
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if not select.select([server], [], [], 0.001)[0]:
            continue
        query, peer = server.recvfrom(512)
        server.sendto(query[:2] + NXDOMAIN + struct.pack("!HHHH", 1, 0, 0, 0) + question(query), peer)
        if asked(query) not in seen[-1:]:  # A and AAAA of one name come together
            seen.append(asked(query))
    return seen


def main() -> None:
    loopback_up()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        for line in sys.stdin:
            case = json.loads(line)
            text = f"nameserver 127.0.0.1\nsearch {' '.join(case['searches'])}\noptions ndots:{case['ndots']}\n"
            Path(sys.argv[1]).write_text(text, encoding="ascii")
            print(json.dumps(walk(server, case["name"])), flush=True)  # noqa: T201 - the way back


if __name__ == "__main__":
    main()
