"""The main job on real containers, and all the ways in which it can be interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_podconform.fixtures.musl import image as musl
from pytest_podconform.report.files import read
from pytest_podconform.report.replay import rejudge
from pytest_podconform.runtimes.docker import owner
from pytest_podconform.runtimes.docker.engine import open_api
from tests.fidelity import differences, normalised

from .conftest import left_behind

ROOT = Path(__file__).parents[2]
HAS_MUSL = bool(musl.tag())

MISTAKES = [
    ("http-400-succeeds", "probes/http or answers", {"probes/http/status-boundaries[400]", "probes/answers/failures-in-a-row"}),
    (
        "search-list-reversed",
        "dns/",
        {
            "dns/resolv-conf/all-containers-see-it",
            "dns/resolv-conf/cluster-first[said]",
            "dns/resolv-conf/cluster-first[default]",
            "dns/resolv-conf/dns-config-is-merged",
            "dns/resolv-conf/host-net-without-host-network",
            "dns/resolv-conf/host-network-with-cluster-dns",
            "dns/expansion/each-search-domain-is-two-queries-more",
            "dns/expansion/fewer-dots-than-ndots",
            "dns/expansion/four-dots-are-searched-for",
            "dns/expansion/searched-after-all",
            "dns/expansion/stops-where-the-name-is[service-and-namespace]",
            "dns/expansion/stops-where-the-name-is[service]",
            "dns/expansion/stops-where-the-name-is[up-to-svc]",
            *(f"dns/generated/walks[{client}-{number}]" for client in ("libc", "dnspython") for number in (1, 2, 3)),
            *(f"dns/generated/walks-of-musl[{number}]" for number in (4, 5, 7) if HAS_MUSL),
            "dns/node-file/cluster-first-has-its-search-list",
            "dns/node-file/no-duplicates-where-lists-are-merged",
            "dns/node-file/thirty-two-search-domains-at-most",
            "dns/node-file/two-thousand-characters-at-most",
        },
    ),
]
FINE = {"pass"} if HAS_MUSL else {"pass", "not-applicable"}
"""Verdicts of the reference: without a compiler for musl a few cases are not applicable."""

QUICK = ("-k", "port-number or none-with-dns-config")


def pytest_in(folder: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--podconform", *args]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=280)


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "podconform-report/report.json").read_bytes())
    return found


@pytest.mark.usefixtures("clean")
def test_the_reference_conforms_in_time(tmp_path: Path) -> None:
    done = pytest_in(tmp_path)

    found = report(tmp_path)
    assert {case["id"]: case["verdict"] for case in found["cases"] if case["verdict"] not in FINE} == {}, done.stdout
    assert (done.returncode, found["gate"]) == (0, "conformant")
    timing = found["timing"]
    assert timing["experiments_s"] <= 1.5 * max(timing["longest_case_s"], timing["engine_work_s"])
    assert timing["peak_rss_bytes"] < 300e6
    whole = read(tmp_path / "podconform-report/report.json")
    from pytest_podconform.experiment.plan import load_cases  # noqa: PLC0415 - after the run, which loads its own
    from pytest_podconform.requirements import load_requirements  # noqa: PLC0415

    cases = load_cases(load_requirements())
    for result in whole.cases:
        assert rejudge(result, cases[result.id]).decisions == result.expectations

    (tmp_path / "simulated").mkdir()
    pytest_in(tmp_path / "simulated", "--podconform-runtime=simulated")
    fake = {result.id: result for result in read(tmp_path / "simulated/podconform-report/report.json").cases}
    for result in whole.cases:
        if "wire" not in cases[result.id].marks:
            assert fake[result.id].verdict is result.verdict, result.id
            assert differences(normalised(result.timeline), normalised(fake[result.id].timeline)) == [], result.id


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("mutant", "selection", "caught_by"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_in_the_reference_turns_exactly_its_cases_red(
    mutant: str, selection: str, caught_by: set[str], tmp_path: Path
) -> None:
    broken = {"PODCONFORM_MUTANT": mutant, "PYTHONPATH": str(ROOT)}

    done = pytest_in(tmp_path, "-p", "tests.mutants.plugin", "-k", selection, **broken)

    assert done.returncode == 1
    assert {case["id"] for case in report(tmp_path)["cases"] if case["verdict"] not in FINE} == caught_by


@pytest.mark.usefixtures("clean")
def test_two_workers_share_one_engine(tmp_path: Path) -> None:
    done = pytest_in(tmp_path, *QUICK, "-n", "2")

    assert done.returncode == 0, done.stdout
    assert len(report(tmp_path)["cases"]) == 2


def start(folder: Path, *args: str) -> subprocess.Popen[str]:
    """Start a run; Ctrl-C reaches it although these tests may run in the background, where a shell has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--podconform", *args]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(reached: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"no {what} within {seconds} s"
        time.sleep(0.1)


def test_control_c_leaves_nothing_and_is_not_green(tmp_path: Path, clean: str) -> None:
    run = start(tmp_path, "-k", "leaves-and-returns or gates")
    wait_for(lambda: any("pod-0-app" in name for name in left_behind(clean)), 60, "container of a case")

    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=60)

    assert run.returncode == 2, output
    assert left_behind(clean) == []
    assert report(tmp_path)["gate"] == "inconclusive"
    assert "not-run" in {case["verdict"] for case in report(tmp_path)["cases"]}


def test_kill_9_leaves_nothing_after_fifteen_seconds(tmp_path: Path, clean: str) -> None:
    run = start(tmp_path, "-k", "leaves-and-returns or gates")
    wait_for(lambda: any("pod-0-app" in name for name in left_behind(clean)), 60, "container of a case")

    run.kill()
    run.communicate()

    wait_for(lambda: not left_behind(clean), 15, "clean engine")


@pytest.mark.asyncio
async def test_a_run_sweeps_what_dead_runs_left_and_spares_the_living(tmp_path: Path, engine: str) -> None:
    me = owner.myself(time.time())
    gone = msgspec.structs.replace(me, pid=2**22 + 1)

    api = open_api(engine)
    for name, whose in (("dead", gone), ("alive", me)):
        await api.networks.create({"Name": f"podconform-test-{name}", "Labels": owner.labels(name, whose)})
    connector = api.session.connector
    await api.close()
    assert connector is not None
    await connector.close()

    try:
        assert pytest_in(tmp_path, *QUICK).returncode == 0
        assert left_behind(engine) == ["podconform-test-alive"]
    finally:
        from pytest_podconform.runtimes.docker import reaper  # noqa: PLC0415 - for the clean-up alone

        reaper.sweep(engine, owner.RUN_LABEL)


def test_no_engine_says_what_to_do(tmp_path: Path) -> None:
    done = pytest_in(tmp_path, DOCKER_HOST="unix:///nowhere/docker.sock")

    assert done.returncode == 7
    assert "error (environment): no container engine answered" in done.stdout
    assert "unix:///nowhere/docker.sock (DOCKER_HOST): No such file or directory" in done.stdout
    assert "make engine" in done.stdout


@pytest.mark.usefixtures("clean")
def test_a_target_that_never_starts_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "mute.py").write_text(
        "from pytest_podconform.runtimes.docker import DockerRuntime\n"
        "class Mute(DockerRuntime):\n"
        "    async def apply(self, manifest):\n"
        "        for container in manifest['spec']['containers']:\n"
        "            container['args'] = ['serve', 'no script']\n"
        "        await super().apply(manifest)\n"
    )

    done = pytest_in(tmp_path, "--podconform-runtime=mute:Mute", *QUICK, PYTHONPATH=str(tmp_path))

    assert done.returncode == 7
    assert "error (adapter): the smoke Pod did not come up" in done.stdout
    assert {case["verdict"] for case in report(tmp_path)["cases"]} == {"not-run"}


@pytest.mark.usefixtures("clean")
def test_coredns_that_cannot_be_had_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "without.py").write_text(
        "from pytest_podconform.fixtures.coredns import image\n"
        "image.PUBLISHED = image.TAG = 'localhost/podconform-absent:0'\n"
        "from pytest_podconform.runtimes.docker import DockerRuntime\n"
    )
    environment = {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": str(tmp_path)}

    done = pytest_in(tmp_path, "--podconform-runtime=without:DockerRuntime", *QUICK, **environment)

    assert done.returncode == 7
    assert "error (environment): no CoreDNS 1.15.0 to be had, and no Go to build it" in done.stdout
    assert "PODCONFORM_COREDNS" in done.stdout
