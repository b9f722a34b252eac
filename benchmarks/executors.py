"""How much an execution costs, and how late it comes, beside a Go client with the kubelet's settings.

`python -m benchmarks.executors [SECONDS]` needs Go. It builds the peer (`benchmarks/peer`), starts its server on
loopback, and has both clients probe it 600 times a second, by HTTP and by TCP, all in one moment (`phase`) or evenly
over the second (`spread`). It prints a table and ends with 1 where a bound is broken: a probe that failed, starts that
come late, or more than twice the CPU time of the peer per probe.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from pytest_podconform.model.pod import Container, HTTPGetAction, Probe, ProbeResult, TCPSocketAction
from pytest_podconform.probes.prober import probe

HERE: Final = Path(__file__).parent
WORKERS: Final = 600  # 100 Pods x 2 containers x 3 probes, each second: the worst case of KEP-3066
SECONDS: Final = 12
LATEST: Final = 0.05
"""Seconds that 99 of 100 starts may be late at most."""
MOST_CPU: Final = 2.0
"""Times the CPU of the peer that an execution may take."""
HOST: Final = "127.0.0.1"


class Measured(NamedTuple):
    """What one run came to: seconds, but for the counts."""

    probes: int
    failed: int
    cpu: float
    """Per probe."""
    late: float
    """99th percentile."""
    took: float
    """99th percentile."""


def measure(command: list[str], seconds: int, when: str) -> Measured:
    """Run a client and read what it prints; what its process takes to start is not the probes'."""
    idle, _ = _run([*command, "0", when])
    cpu, lines = _run([*command, str(seconds), when])
    good = [tuple(int(part) / 1e6 for part in line.split()) for line in lines if line != "failed"]
    late, took = (statistics.quantiles(column, n=100)[98] for column in zip(*good, strict=True))
    return Measured(len(lines), len(lines) - len(good), (cpu - idle) / len(lines), late, took)


def _run(command: list[str]) -> tuple[float, list[str]]:
    before = os.times()
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()  # noqa: S603 - ours
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, lines


async def client(port: int, via: str, seconds: int, *, spread: bool) -> None:
    """Probe as a worker of the reference does, and print as the peer does."""
    action = {"http": Probe(http_get=HTTPGetAction(port=port)), "tcp": Probe(tcp_socket=TCPSocketAction(port=port))}[via]
    container = Container(name="app")
    loop = asyncio.get_running_loop()
    lines: list[str] = []

    async def no_command(_command: tuple[str, ...]) -> int:
        raise AssertionError

    async def worker(first: float) -> None:
        for second in range(seconds):
            due = first + second
            await asyncio.sleep(due - loop.time())
            started = loop.time()
            outcome = await probe(action, container, HOST, no_command)
            good = outcome.result is ProbeResult.SUCCESS
            lines.append(f"{(started - due) * 1e6:.0f} {(loop.time() - started) * 1e6:.0f}" if good else "failed")

    async with asyncio.TaskGroup() as group:
        begin = loop.time() + 0.2
        for number in range(WORKERS):
            group.create_task(worker(begin + (number / WORKERS if spread else 0)))
    sys.stdout.write("\n".join(lines))


def main(seconds: int) -> int:
    """Measure all, print the table, return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        peer = f"{folder}/peer"
        subprocess.run(["go", "build", "-o", peer, "."], cwd=HERE / "peer", check=True)  # noqa: S603, S607 - the user's own Go
        with subprocess.Popen([peer, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            status = _table(peer, port, seconds)
            server.communicate()
    return status


def _table(peer: str, port: str, seconds: int) -> int:
    broken: list[str] = []
    print(f"{WORKERS} probes a second for {seconds} s; 99th percentiles, of the Go peer / of the harness")  # noqa: T201 - what this program is for
    print(f"{'':<14}{'CPU/probe':>22}{'ratio':>8}{'start late':>22}{'took':>22}{'failed':>12}")  # noqa: T201
    for via in ("http", "tcp"):
        for when in ("phase", "spread"):
            theirs = measure([peer, "probe", port, via, str(WORKERS)], seconds, when)
            ours = measure([sys.executable, "-m", "benchmarks.executors", "client", port, via], seconds, when)
            ratio = ours.cpu / theirs.cpu
            columns = [
                f"{theirs.cpu * 1e6:.0f} / {ours.cpu * 1e6:.0f} us",
                f"{theirs.late * 1e3:.1f} / {ours.late * 1e3:.1f} ms",
                f"{theirs.took * 1e3:.1f} / {ours.took * 1e3:.1f} ms",
            ]
            name = f"{via} {when}"
            print(f"{name:<14}{columns[0]:>22}{ratio:>8.1f}{columns[1]:>22}{columns[2]:>22}{ours.failed:>12}")  # noqa: T201
            if ours.failed:
                broken.append(f"{name}: {ours.failed} of {ours.probes} probes failed")
            if ours.late > LATEST:
                broken.append(f"{name}: one start in a hundred was more than {ours.late * 1e3:.0f} ms late")
            if ratio > MOST_CPU:
                broken.append(f"{name}: {ratio:.1f} times the peer's CPU per probe")
    for line in broken:
        print(f"bound broken: {line}")  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        _, _, port, via, seconds, when = sys.argv
        asyncio.run(client(int(port), via, int(seconds), spread=when == "spread"))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
