"""Which names a resolver asks for: `python walk.py RESOLV_CONF CLIENT`, run by `test_candidates` in namespaces of its own.

CLIENT is `libc` (this machine's), `dnspython`, or a program that resolves its argument. Reads cases as JSON lines, `{"name":
..., "searches": [...], "ndots": ..., "answers": {name: outcome}}`, and writes for each the names that arrived at
127.0.0.1:53, in order. What is not among the answers is NXDOMAIN. Imports nothing of ours: it runs apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import socket
import struct
import sys
from pathlib import Path

import dns.exception
import dns.name
import dns.resolver

SIOCSIFFLAGS = 0x8914
UP = 0x1 | 0x40  # IFF_UP, IFF_RUNNING
RCODES = {"SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
ADDRESS = b"\xc0\x0c" + struct.pack("!HHIH4s", 1, 1, 30, 4, bytes([192, 0, 2, 1]))


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


def answer(query: bytes, outcome: str) -> bytes:
    """Build the answer; who is found has an IPv4 address and no other."""
    asks_for_a = question(query)[-4:-2] == b"\0\1"
    records = ADDRESS if outcome == "found" and asks_for_a else b""
    counts = struct.pack("!HHHHH", 0x8180 | RCODES.get(outcome, 0), 1, bool(records), 0, 0)
    return query[:2] + counts + question(query) + records


def search(name: str) -> None:
    resolver = dns.resolver.Resolver()
    resolver.domain = dns.name.root  # it would take the machine's own for one more search domain
    resolver.timeout = resolver.lifetime = 1.0
    with contextlib.suppress(dns.exception.DNSException):
        resolver.resolve(name, "A", search=True)


def resolve(client: str, name: str) -> None:
    if client == "libc":
        socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    elif client == "dnspython":
        search(name)
    else:
        os.execv(client, [client, name])


def walk(server: socket.socket, client: str, name: str, answers: dict[str, str]) -> list[str]:
    child = os.fork()
    if child == 0:
        try:
            resolve(client, name)
        except OSError:
            pass
        finally:
            os._exit(0)
    seen: list[str] = []
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if not select.select([server], [], [], 0.001)[0]:
            continue
        query, peer = server.recvfrom(512)
        outcome = answers.get(asked(query), "NXDOMAIN")
        if outcome != "timeout":
            server.sendto(answer(query, outcome), peer)
        if asked(query) not in seen[-1:]:  # A and AAAA of one name come together
            seen.append(asked(query))
    return seen


def main(file: str, client: str) -> None:
    loopback_up()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        for line in sys.stdin:
            case = json.loads(line)
            options = f"ndots:{case['ndots']} timeout:1 attempts:1"
            text = f"nameserver 127.0.0.1\nsearch {' '.join(case['searches'])}\noptions {options}\n"
            Path(file).write_text(text, encoding="ascii")
            print(json.dumps(walk(server, client, case["name"], case["answers"])), flush=True)  # noqa: T201 - the way back


if __name__ == "__main__":
    main(*sys.argv[1:])
