"""Remove what a run has made from the engine, also when the run is killed.

As a program it holds a pipe to its parent and sweeps when that ends: `python reaper.py HOST LABEL` does so for all that
carries the label. It is a program of its own, with the standard library alone, so that it starts in milliseconds,
survives whatever ends the run, and needs no image as Ryuk does.
"""

from __future__ import annotations

import functools
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

TIMEOUT = 60.0  # seconds for one call of the engine
AT_ONCE = 8
IN_ORDER = b"in order\n"
SETTLED_AFTER = 2.0  # seconds without a find; a container may still have been in the making when its run died


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)


def _connection(host: str) -> http.client.HTTPConnection:
    url = urlsplit(host)
    if url.scheme == "unix":
        return _UnixConnection(url.path)
    return http.client.HTTPConnection(url.hostname or "localhost", url.port or 2375, timeout=TIMEOUT)


class Found(NamedTuple):
    """Something on the engine that carries the label."""

    name: str
    path: str
    """Where it is deleted."""
    labels: dict[str, str]


def call(host: str, method: str, path: str) -> Any:
    """Call the engine's API; return what it answered, None where it refused."""
    connection = _connection(host)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read()
        return json.loads(body or b"null") if response.status < http.HTTPStatus.BAD_REQUEST else None
    finally:
        connection.close()


def find(host: str, label: str) -> dict[str, list[Found]]:
    """Return the containers, networks and volumes with a label (`key` or `key=value`)."""
    query = quote(json.dumps({"label": [label]}))
    volumes: dict[str, list[Any]] = call(host, "GET", f"/volumes?filters={query}") or {}
    return {
        "containers": _found(call(host, "GET", f"/containers/json?all=1&filters={query}"), "/containers/{Id}?force=1&v=1"),
        "networks": _found(call(host, "GET", f"/networks?filters={query}"), "/networks/{Id}"),
        "volumes": _found(volumes.get("Volumes"), "/volumes/{Name}?force=1"),
    }


def _found(answer: list[dict[str, Any]] | None, path: str) -> list[Found]:
    """Read one of the engine's lists; it gives null for an empty one."""
    return [
        Found(str(each.get("Names") or each["Name"]), path.format_map(each), each.get("Labels") or {}) for each in answer or ()
    ]


def sweep(host: str, label: str) -> int:
    """Remove all that carries a label; return how much that was."""
    found = find(host, label)
    containers = [each.path for each in found["containers"]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(functools.partial(call, host, "DELETE"), containers))
    others = [each.path for each in (*found["networks"], *found["volumes"])]
    for path in others:
        call(host, "DELETE", path)
    return len(containers) + len(others)


def spawn(host: str, label: str) -> subprocess.Popen[bytes]:
    """Start the reaper; it sweeps when the returned process's standard input ends, by whatever cause."""
    command = [sys.executable, "-I", "-S", str(Path(__file__)), host, label]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own file


def dismiss(reaper: subprocess.Popen[bytes]) -> None:
    """Let the reaper sweep now, knowing that nothing is in the making any more, and wait until it is done."""
    reaper.communicate(IN_ORDER)


def main(host: str, label: str) -> None:
    """Wait for the end of the parent, then sweep; where it was killed, until nothing is found any more."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    settled = 0.0 if sys.stdin.buffer.read() == IN_ORDER else SETTLED_AFTER
    quiet_since = time.monotonic()
    while True:
        try:
            if sweep(host, label):
                quiet_since = time.monotonic()
        except OSError:
            return  # the engine is gone, and all containers with it
        if time.monotonic() - quiet_since >= settled:
            return
        time.sleep(0.5)


if __name__ == "__main__":
    main(*sys.argv[1:])
