"""The parts of the Docker runtime that need no engine."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

import msgspec
import pytest

from pytest_podconform.dns.endpoints import Backend
from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod, Service
from pytest_podconform.model.refusal import Refused
from pytest_podconform.runtimes.docker import owner
from pytest_podconform.runtimes.docker.cluster import Cluster
from pytest_podconform.runtimes.docker.engine import candidates, connect
from pytest_podconform.runtimes.docker.node import Clock, Exits

NOW = 1_800_000_000.0


def test_a_live_run_is_never_taken_for_dead() -> None:
    me = owner.myself(NOW)

    assert not owner.is_dead(me, NOW + 10 * owner.FOREIGN_AGE)


def test_a_process_that_is_gone_or_another_one_by_now_is_dead() -> None:
    me = owner.myself(NOW)

    assert owner.is_dead(msgspec.structs.replace(me, start=me.start + 1), NOW)
    assert owner.is_dead(msgspec.structs.replace(me, pid=2**22 + 1), NOW)


@pytest.mark.parametrize("elsewhere", [{"boot": "another"}, {"namespace": "pid:[1]"}])
def test_of_other_machines_only_what_is_old_is_dead(elsewhere: dict[str, str]) -> None:
    foreign = msgspec.structs.replace(owner.myself(NOW), **elsewhere)

    assert not owner.is_dead(foreign, NOW + owner.FOREIGN_AGE - 1)
    assert owner.is_dead(foreign, NOW + owner.FOREIGN_AGE + 1)


def test_dead_runs_are_found_by_their_labels() -> None:
    me = owner.myself(NOW)
    gone = msgspec.structs.replace(me, pid=2**22 + 1)
    found = [owner.labels("alive", me), owner.labels("dead", gone), {owner.RUN_LABEL: "odd", owner.OWNER_LABEL: "?"}]

    assert owner.dead_runs(found, NOW) == {"dead"}


def found_in(environment: dict[str, str], home: Path) -> list[str]:
    return [candidate.host for candidate in candidates(environment, home)]


def test_who_names_an_engine_means_that_one(tmp_path: Path) -> None:
    assert found_in({"DOCKER_HOST": "tcp://x:1"}, tmp_path) == ["tcp://x:1"]


def test_engines_are_looked_for_where_dockers_own_tools_look(tmp_path: Path) -> None:
    meta = tmp_path / ".docker/contexts/meta/abc"
    meta.mkdir(parents=True)
    (tmp_path / ".docker/config.json").write_text(json.dumps({"currentContext": "mine"}))
    (meta / "meta.json").write_text(json.dumps({"Name": "mine", "Endpoints": {"docker": {"Host": "unix:///mine.sock"}}}))

    assert found_in({"XDG_RUNTIME_DIR": "/run/user/1"}, tmp_path) == [
        "unix:///mine.sock",
        "unix:///var/run/docker.sock",
        "unix:///run/user/1/docker.sock",
        "unix:///run/user/1/podman/podman.sock",
        "unix:///run/podman/podman.sock",
    ]


@pytest.mark.asyncio
async def test_no_engine_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault) as fault:
        await connect({"DOCKER_HOST": f"unix://{tmp_path}/absent.sock"}, tmp_path)

    text = str(fault.value)
    assert text.startswith("error (environment): no container engine answered")
    assert "absent.sock (DOCKER_HOST): No such file or directory" in text
    assert "make engine" in text


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
@pytest.mark.asyncio
async def test_an_engine_without_permission_says_so(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    tmp_path.chmod(0o755)

    if not os.access(tmp_path.parent, os.X_OK):
        pytest.skip("the temporary folder is private")

    server = await asyncio.start_unix_server(lambda _r, _w: None, path)
    path.chmod(0o600)
    os.seteuid(65534)
    try:
        with pytest.raises(EnvironmentFault) as fault:
            await connect({"DOCKER_HOST": f"unix://{path}"}, tmp_path)
    finally:
        os.seteuid(0)
        server.close()

    text = str(fault.value)
    assert "may not be used" in text or "Permission denied" in text


@pytest.mark.asyncio
async def test_an_exit_is_known_whenever_it_is_told() -> None:
    exits = Exits()
    exits.expect("early")
    exits.expect("late")
    exits.tell("early", 3)
    exits.tell("nobody", 1)
    waiting = asyncio.create_task(exits.of("late"))
    await asyncio.sleep(0)
    exits.tell("late", 4)

    assert (await exits.of("early"), await waiting) == (3, 4)


def test_the_clock_counts_from_the_epoch_and_steadily() -> None:
    assert Clock().now() == pytest.approx(time.time(), abs=1)


def service(name: str, **spec: object) -> Service:
    made = decode({"kind": "Service", "metadata": {"name": name, "namespace": "ns"}, "spec": {"selector": {"a": "b"}, **spec}})
    assert isinstance(made, Service)
    return made


def backend(*, ready: bool) -> Backend:
    metadata = {"name": "p", "namespace": "ns", "labels": {"a": "b"}}
    made = decode({"kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "c"}]}})
    assert isinstance(made, Pod)
    return Backend(pod=made, address="10.0.0.1", ready=ready)


def test_only_what_changed_is_told_to_dns() -> None:
    backends = [backend(ready=False)]
    cluster = Cluster("http://unused", lambda: backends)
    cluster.add(service("web"))

    def told() -> list[tuple[str, str]]:
        return [(change.type, change.object["kind"]) for change in cluster.changes()]

    assert told() == [("ADDED", "Service"), ("ADDED", "EndpointSlice")]
    assert told() == []
    backends[:] = [backend(ready=True)]
    assert cluster.endpoints("ns", "web") == {backends[0].address: False}
    assert told() == [("MODIFIED", "EndpointSlice")]
    assert cluster.endpoints("ns", "web") == {backends[0].address: True}, "what has been told, and no more"
    cluster.remove("ns", "web")
    assert told() == [("DELETED", "Service"), ("DELETED", "EndpointSlice")]


def test_services_get_addresses_of_their_own_unless_headless() -> None:
    cluster = Cluster("http://unused", list)
    for name in ("one", "two"):
        cluster.add(service(name))
    cluster.add(service("none", clusterIP="None"))

    specs = {
        change.object["metadata"]["name"]: change.object["spec"]
        for change in cluster.changes()
        if change.object["kind"] == "Service"
    }
    assert specs["one"]["clusterIP"] != specs["two"]["clusterIP"]
    assert specs["none"]["clusterIP"] == "None"


def test_a_service_that_exists_is_refused() -> None:
    cluster = Cluster("http://unused", list)
    cluster.add(service("web"))

    with pytest.raises(Refused, match="already exists"):
        cluster.add(service("web"))
