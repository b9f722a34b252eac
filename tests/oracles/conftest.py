"""A real CoreDNS on loopback, fed by the API stub: what the DNS core is compared with."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from pytest_podconform.dns.records import Answer
from pytest_podconform.fixtures.coredns import api_stub, corefile, image

ZONE = "cluster.local"
HOST = "127.0.0.1"
START_LIMIT = 30.0  # seconds


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


class CoreDNS:
    """The server, and the stub that it watches."""

    def __init__(self, port: int, store: api_stub.Store) -> None:
        self.port = port
        self.store = store

    def ask(self, name: str, kind: str) -> Answer:
        """Ask for an absolute name."""
        reply, _ = dns.query.udp_with_fallback(dns.message.make_query(name, kind), HOST, port=self.port, timeout=5)
        return Answer(dns.rcode.to_text(reply.rcode()), tuple(sorted(_records(reply))))

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait until it has seen what it was told."""
        deadline = time.monotonic() + START_LIMIT
        while True:
            with contextlib.suppress(dns.exception.DNSException, OSError):
                if reached():
                    return
            assert time.monotonic() < deadline, "CoreDNS does not answer"
            time.sleep(0.01)


def _records(reply: dns.message.Message) -> Iterator[str]:
    for rrset in reply.answer:
        records: list[Any] = list(rrset)
        for record in records:
            if rrset.rdtype == dns.rdatatype.SRV:
                yield f"SRV {record.port} {record.target}"
            else:
                yield f"{dns.rdatatype.to_text(rrset.rdtype)} {record.to_text().strip(chr(34))}"


@pytest.fixture(scope="session")
def program() -> Path:
    """The binary; a build takes minutes, which count for no test."""
    return image.binary(print)


@pytest.fixture(scope="session")
def coredns(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreDNS]:
    folder = tmp_path_factory.mktemp("coredns")
    api_stub.STORE = store = api_stub.Store()
    stub = ThreadingHTTPServer((HOST, 0), api_stub.Handler)
    stub.daemon_threads = True
    thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    outside, port = free_port(), free_port()
    files = {
        "outside": corefile.upstream(HOST).replace(".:53 ", f".:{outside} "),
        "cluster": _on_loopback(corefile.cluster(ZONE, api_port=stub.server_port, upstream=f"{HOST}:{outside}"), port),
    }
    with contextlib.ExitStack() as running:
        for name, text in files.items():
            (folder / name).write_text(text)
            log = running.enter_context((folder / f"{name}.log").open("wb"))
            process = running.enter_context(subprocess.Popen([program, "-conf", folder / name], stdout=log, stderr=log))
            running.callback(process.terminate)
        server = CoreDNS(port, store)
        server.until(lambda: server.ask(f"{ZONE}.", "A").rcode == "NOERROR")
        yield server
    stub.shutdown()
    thread.join()
    stub.server_close()


def _on_loopback(config: str, port: int) -> str:
    """Move what would take port 53 and fixed ports of its own."""
    lines = config.replace(".:53 {", f".:{port} {{\n    bind {HOST}").splitlines()
    inner = False
    kept: list[str] = []
    for line in lines:
        if line.strip() in {"health {", "ready"}:
            inner = line.strip().endswith("{")
            continue
        if inner:
            inner = line.strip() != "}"
            continue
        kept.append(line)
    return "\n".join(kept) + "\n"
