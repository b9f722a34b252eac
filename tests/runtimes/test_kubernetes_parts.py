"""The adapter of a cluster, against an API server that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_podconform.errors import EnvironmentFault, UsageFault
from pytest_podconform.fixtures.kubernetes import pki
from pytest_podconform.runtimes.interface import Interrupted, ObjectRef, Refused, Run
from pytest_podconform.runtimes.kubernetes import client, logs, node, scout, watch
from pytest_podconform.runtimes.kubernetes.logs import Log
from pytest_podconform.runtimes.kubernetes.options import KubernetesOptions
from pytest_podconform.runtimes.kubernetes.runtime import KubernetesRuntime
from pytest_podconform.runtimes.kubernetes.watch import Pods

from . import fake_api, kubeconfig
from .fake_api import FakeAPI, running

pytestmark = pytest.mark.timeout(30)  # a watch that hears nothing would wait for ever

FILE = f"nameserver 192.0.2.53\nsearch a.example\nsearch b.example. . c.example\noptions timeout:1 edns0\n{scout.END}\n"


@pytest.fixture
def api() -> FakeAPI:
    return FakeAPI()


@asynccontextmanager
async def connected(api: FakeAPI, folder: Path) -> AsyncGenerator[client.Client]:
    async with api.running() as url:
        with pytest.MonkeyPatch.context() as patch:
            kubeconfig.use(url, folder, patch)
            opened = await client.connect()
            try:
                yield opened
            finally:
                await opened.close()


@asynccontextmanager
async def watching(api: FakeAPI, folder: Path) -> AsyncGenerator[tuple[client.Client, Pods]]:
    async with connected(api, folder) as opened:
        pods = Pods(opened, "ns")
        task = asyncio.create_task(pods.run())
        try:
            yield opened, pods
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


# ---- errors: whose fault, and what to do


@pytest.mark.parametrize(
    ("code", "message", "what", "do"),
    [
        (401, "Unauthorized", "does not accept these credentials", "log in to the cluster anew"),
        (
            403,
            'nodes is forbidden: User "u" cannot list resource "nodes"',
            'cannot list resource "nodes"',
            "docs/kubernetes.md",
        ),
        (403, "pods is forbidden: exceeded quota: q", "exceeded quota", "resourcequota"),
        (403, 'violates PodSecurity "restricted:latest"', "violates PodSecurity", "privileged"),
        (403, 'admission webhook "kyverno" denied the request', "kyverno", "let that policy spare"),
    ],
)
@pytest.mark.asyncio
async def test_what_the_cluster_forbids_is_no_fault_of_the_runtime(
    api: FakeAPI, tmp_path: Path, code: int, message: str, what: str, do: str
) -> None:
    api.errors["GET", "/nodes"] = (code, {"message": message})

    async with connected(api, tmp_path) as opened:
        with pytest.raises(EnvironmentFault) as raised:
            await opened.get("/api/v1/nodes")

    assert what in raised.value.what
    assert do in raised.value.do[0]


@pytest.mark.asyncio
async def test_an_object_that_breaks_a_rule_is_refused_with_its_field(api: FakeAPI, tmp_path: Path) -> None:
    causes = {"causes": [{"field": "spec.containers[0].image"}]}
    api.errors["POST", "/pods"] = (422, {"message": "Pod is invalid", "details": causes})
    async with connected(api, tmp_path) as opened:
        with pytest.raises(client.APIError) as raised:
            await opened.post("/api/v1/namespaces/ns/pods", {"metadata": {"name": "p"}})

    refused = raised.value.refusal()
    assert (refused.reason, refused.field) == ("Pod is invalid", "spec.containers[0].image")


@pytest.mark.asyncio
async def test_a_server_that_is_busy_is_asked_again(api: FakeAPI, tmp_path: Path) -> None:
    api.errors["GET", "/nodes"] = (429, {"message": "too many requests"})
    async with connected(api, tmp_path) as opened:
        asyncio.get_running_loop().call_later(0.1, api.errors.clear)

        assert await opened.get("/api/v1/nodes") == {"items": api.nodes}


@pytest.mark.asyncio
async def test_a_server_that_is_not_there_is_named(api: FakeAPI, tmp_path: Path) -> None:
    async with connected(api, tmp_path) as opened:
        await api.stop()
        with pytest.raises(EnvironmentFault, match=r"http://127.0.0.1:\d+ does not answer"):
            await opened.get("/api/v1/nodes")


@pytest.mark.asyncio
async def test_without_a_kubeconfig_it_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    with pytest.raises(EnvironmentFault, match="no cluster") as raised:
        await client.connect()

    assert "podconform cluster up" in raised.value.do[0]


# ---- the watch


@pytest.mark.asyncio
async def test_each_version_of_a_pod_is_told_until_it_is_deleted(api: FakeAPI, tmp_path: Path) -> None:
    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        api.put("p", {"phase": "Pending"})
        api.put("other", {"phase": "Pending"})
        api.put("p", {"phase": "Running"})
        api.remove("p")

        assert [pod["status"]["phase"] async for pod in pods.follow("p")] == ["Pending", "Running"]


@pytest.mark.asyncio
async def test_a_version_that_is_too_old_leads_to_a_new_list(api: FakeAPI, tmp_path: Path) -> None:
    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        api.put("p", {"phase": "Pending"})
        followed = pods.follow("p")
        assert (await anext(followed))["status"]["phase"] == "Pending"
        api.too_old()
        api.forget("p")

        assert [pod async for pod in followed] == []
        assert api.lists == 2


@pytest.mark.asyncio
async def test_a_watch_that_was_closed_goes_on(api: FakeAPI, tmp_path: Path) -> None:
    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        followed = pods.follow("p")
        api.put("p", {"phase": "Pending"})
        assert await anext(followed)
        api.end_watches()
        api.remove("p")

        assert [pod async for pod in followed] == []
        assert api.lists == 1


@pytest.mark.asyncio
async def test_what_was_not_seen_is_not_judged(api: FakeAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "BLIND_LIMIT", 0.0)

    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        api.put("p", {"phase": "Pending"})
        followed = pods.follow("p")
        await anext(followed)
        api.end_watches()
        with pytest.raises(Interrupted, match="cannot be dated"):
            await anext(followed)


@pytest.mark.asyncio
async def test_a_server_that_stays_away_ends_all_that_waits(
    api: FakeAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "GIVE_UP", 0.0)

    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        followed = pods.follow("p")
        waiting = asyncio.ensure_future(anext(followed))
        await asyncio.sleep(0)
        await api.stop()
        with pytest.raises(EnvironmentFault, match="does not answer"):
            await waiting
        with pytest.raises(EnvironmentFault, match="does not answer"):
            await anext(pods.follow("another"))


# ---- logs


def line(second: int, text: str) -> bytes:
    return b"2026-01-01T00:00:%02d.000000000Z %s\n" % (second, text.encode())


@pytest.mark.asyncio
async def test_logs_go_on_over_instances_and_nothing_is_read_twice(api: FakeAPI, tmp_path: Path) -> None:
    api.logs = {"current": [[line(1, "a"), line(2, "b")], [line(5, "d")]], "previous": [[line(2, "b"), line(3, "c")]]}
    async with watching(api, tmp_path) as (opened, pods):
        await pods.in_sight()
        api.put("p", running("one"))
        api.put("p", running("one", ready=True))
        api.put("p", running("three", restarts=2))
        api.remove("p")
        log = Log(opened, "/api/v1/namespaces/ns/pods/p", "app")

        assert [text async for text in log.follow(pods, "p")] == [b"a\n", b"b\n", b"c\n", b"d\n"]


@pytest.mark.asyncio
async def test_an_answer_that_ends_before_its_container_does_is_no_end(api: FakeAPI, tmp_path: Path) -> None:
    api.logs = {"current": [[line(1, "a")], [line(1, "a"), line(2, "b")]]}
    async with watching(api, tmp_path) as (opened, pods):
        await pods.in_sight()
        api.put("p", running("one"))
        followed = aiter(Log(opened, "/api/v1/namespaces/ns/pods/p", "app").follow(pods, "p"))

        assert [await anext(followed), await anext(followed)] == [b"a\n", b"b\n"]
        api.remove("p")
        assert [text async for text in followed] == []


@pytest.mark.asyncio
async def test_an_instance_that_was_over_before_anybody_saw_it_is_read(api: FakeAPI, tmp_path: Path) -> None:
    api.logs = {"current": [[line(5, "second")]], "previous": [[line(1, "first")]]}
    async with watching(api, tmp_path) as (opened, pods):
        await pods.in_sight()
        api.put("p", running("two", restarts=1))
        api.remove("p")

        found = [text async for text in Log(opened, "/api/v1/namespaces/ns/pods/p", "app").follow(pods, "p")]
        assert found == [b"first\n", b"second\n"]


@pytest.mark.asyncio
async def test_a_log_that_cannot_be_had_is_no_silence(api: FakeAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_TRIES", 2)
    api.errors["GET", "/log"] = (502, {"message": "no route to the node"})

    async with watching(api, tmp_path) as (opened, pods):
        await pods.in_sight()
        api.put("p", running("one"))
        with pytest.raises(Interrupted, match="did not give the log of container app"):
            await anext(aiter(Log(opened, "/api/v1/namespaces/ns/pods/p", "app").follow(pods, "p")))


@pytest.mark.asyncio
async def test_a_server_that_says_nothing_any_more_is_out_of_sight(
    api: FakeAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {"PULSE": 0.01, "PULSE_LIMIT": 0.05, "BLIND_LIMIT": 0.05}.items():
        monkeypatch.setattr(watch, name, seconds)

    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        api.put("p", {"phase": "Pending"})
        followed = pods.follow("p", beat=0.02)
        await anext(followed)
        api.silent = True
        with pytest.raises(Interrupted, match="cannot be dated"):
            async for _version in followed:
                pass


@pytest.mark.asyncio
async def test_a_watch_that_tells_less_than_the_server_knows_is_out_of_sight(
    api: FakeAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {"PULSE": 0.05, "BLIND_LIMIT": 0.05}.items():
        monkeypatch.setattr(watch, name, seconds)

    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        api.put("p", {"phase": "Pending"})
        followed = pods.follow("p", beat=0.02)
        await anext(followed)
        api.stalled = True
        api.put("p", {"phase": "Running"})
        with pytest.raises(Interrupted, match="cannot be dated"):
            [version async for version in followed]


@pytest.mark.asyncio
async def test_a_namespace_without_a_pod_is_in_sight(api: FakeAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PULSE", 0.01)

    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        while api.lists < 4:  # noqa: ASYNC110 - the first one, and three looks
            await asyncio.sleep(0.01)
        await pods.in_sight()
        assert pods.sees


@pytest.mark.asyncio
async def test_what_a_list_tells_after_an_outage_is_not_dated(
    api: FakeAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "BLIND_LIMIT", 0.0)

    async with watching(api, tmp_path) as (_, pods):
        await pods.in_sight()
        api.put("p", {"phase": "Pending"})
        followed = pods.follow("p")
        await anext(followed)
        api.too_old()
        api.pods["p"]["status"] = {"phase": "Running"}
        with pytest.raises(Interrupted):
            await anext(followed)


@pytest.mark.asyncio
async def test_a_line_that_a_lost_connection_has_cut_is_read_again(api: FakeAPI, tmp_path: Path) -> None:
    cut = line(2, "whole")[:-3]
    api.logs = {"current": [[line(1, "a"), cut], [line(1, "a"), line(2, "whole")]]}
    async with watching(api, tmp_path) as (opened, pods):
        await pods.in_sight()
        api.put("p", running("one"))
        api.put("p", running("two", restarts=1))
        api.remove("p")
        log = Log(opened, "/api/v1/namespaces/ns/pods/p", "app")

        assert [text async for text in log.follow(pods, "p")] == [b"a\n", b"whole\n"]


# ---- the node


@pytest.mark.parametrize(
    ("status", "spec", "reason"),
    [
        ({"conditions": [{"type": "Ready", "status": "False", "message": "no network"}]}, {}, "not ready: no network"),
        ({"conditions": []}, {}, "not ready"),
        (
            {"conditions": [{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"}]},
            {},
            "under pressure: DiskPressure",
        ),
        ({"nodeInfo": {"architecture": "s390x"}}, {}, "architecture s390x"),
        ({}, {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}, "tainted: gpu"),
        ({}, {"taints": [{"key": "soft", "effect": "PreferNoSchedule"}]}, ""),
    ],
)
def test_a_node_that_cannot_be_judged_says_why(status: Any, spec: Any, reason: str) -> None:
    told = fake_api.node(**status)
    told["spec"] = spec

    assert node.unfitness(told).startswith(reason)
    assert bool(node.unfitness(told)) is bool(reason)


@pytest.mark.asyncio
async def test_a_kubelet_without_a_cluster_domain_is_named(api: FakeAPI, tmp_path: Path) -> None:
    del api.kubelet["clusterDomain"]
    async with connected(api, tmp_path) as opened:
        with pytest.raises(EnvironmentFault, match=r"the kubelet of node .* has no cluster domain"):
            await node.choose(opened, "")


@pytest.mark.asyncio
async def test_the_node_on_this_very_machine_is_preferred(api: FakeAPI, tmp_path: Path) -> None:
    far = fake_api.node("a")
    far["status"]["nodeInfo"]["bootID"] = "another"
    api.nodes = [far, fake_api.node("b")]
    async with connected(api, tmp_path) as opened:
        chosen, named = await node.choose(opened, ""), await node.choose(opened, "a")
        with pytest.raises(UsageFault, match="no node 'c'"):
            await node.choose(opened, "c")

    assert (chosen.name, chosen.shares_kernel) == ("b", True)
    assert (named.name, named.shares_kernel) == ("a", False)


# ---- the whole adapter


def run_of() -> Run:
    return Run(
        id="r1",
        image="target:1",
        write_image=lambda _: None,
        say=lambda _: None,
        options=KubernetesOptions(),
    )


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "podconform-r1"}, "spec": {}}


@asynccontextmanager
async def opened(api: FakeAPI, folder: Path) -> AsyncGenerator[KubernetesRuntime]:
    """Open the adapter of a cluster where all Pods end well."""
    api.logs = {"current": [[FILE.encode()]]}
    api.start_pods_with({"phase": "Succeeded"})
    async with connected(api, folder):
        runtime = KubernetesRuntime()
        await runtime.open(run_of())
        yield runtime
        await runtime.close()


@pytest.mark.asyncio
async def test_a_run_has_two_namespaces_of_its_own_and_removes_them(api: FakeAPI, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as runtime:
        facts = await runtime.facts()
        await runtime.apply(POD)
        await runtime.delete(ObjectRef(facts.namespaces[0], "p"), 0)

    namespaces = [made["metadata"]["name"] for made in api.created if made["kind"] == "Namespace"]
    assert namespaces == ["podconform-r1", "podconform-r1-other"] == list(facts.namespaces)
    assert api.deleted[-2:] == [f"/api/v1/namespaces/{name}" for name in namespaces]
    assert api.created[-1]["spec"]["nodeSelector"] == {"kubernetes.io/hostname": "n1"}
    assert api.created[-1]["metadata"]["labels"] == {"podconform/run": "r1"}
    assert (facts.node_nameservers, facts.node_searches) == (("192.0.2.53",), ("b.example", "c.example"))
    assert (facts.node_options, facts.cluster_dns, facts.shares_clock) == (("timeout:1", "edns0"), ("10.96.0.10",), True)


@pytest.mark.asyncio
async def test_an_image_that_cannot_be_pulled_ends_the_run_with_what_to_do(api: FakeAPI, tmp_path: Path) -> None:
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "no such host"}}
    api.start_pods_with(running("", state=waiting))
    async with connected(api, tmp_path):
        runtime = KubernetesRuntime()
        with pytest.raises(EnvironmentFault, match="ErrImagePull: no such host") as raised:
            await runtime.open(run_of())
        await runtime.close()

    assert "podconform images save target" in raised.value.do[0]
    assert len(api.deleted) == 2


@pytest.mark.asyncio
async def test_nodes_that_cannot_pull_the_published_image_may_have_been_given_another(api: FakeAPI, tmp_path: Path) -> None:
    api.logs = {"current": [[FILE.encode()]]}
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "no such host"}}

    def start(made: dict[str, Any]) -> None:
        if made["kind"] == "Pod":
            is_there = made["spec"]["containers"][0]["image"] == "target:1"
            api.put(made["metadata"]["name"], {"phase": "Succeeded"} if is_there else running("", state=waiting))

    api.on_create = start
    async with connected(api, tmp_path):
        runtime = KubernetesRuntime()
        await runtime.open(msgspec.structs.replace(run_of(), published="registry.example/target@sha256:0"))
        facts = await runtime.facts()
        await runtime.close()

    assert facts.target_image == "target:1"


@pytest.mark.asyncio
async def test_who_stands_behind_a_service_is_asked_of_its_slices(api: FakeAPI, tmp_path: Path) -> None:
    slices = "/apis/discovery.k8s.io/v1/namespaces/podconform-r1/endpointslices"
    api.objects[slices] = {"items": [{"endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": False}}]}]}
    async with opened(api, tmp_path) as runtime:
        facts = await runtime.facts()
        found = await runtime.endpoints(ObjectRef("podconform-r1", "web", "Service"))
        api.errors["GET", "/endpointslices"] = (403, {"message": "endpointslices is forbidden"})
        without = await runtime.facts()

    assert facts.tells_endpoints
    assert found == {"10.0.0.1": False}
    assert not without.tells_endpoints, "who may not see them loses a note"


@pytest.mark.long
@pytest.mark.asyncio
async def test_slices_that_cannot_be_read_for_once_are_nobodys_fault(api: FakeAPI, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as runtime:
        api.errors["GET", "/endpointslices"] = (500, {"message": "etcdserver: request timed out"})
        with pytest.raises(Interrupted, match="EndpointSlices of Service web could not be read"):
            await runtime.endpoints(ObjectRef("podconform-r1", "web", "Service"))


@pytest.mark.asyncio
async def test_an_evicted_pod_is_not_judged(api: FakeAPI, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as runtime:
        api.put("p", {"phase": "Failed", "reason": "Evicted", "message": "low on memory"})
        with pytest.raises(Interrupted, match="Evicted: low on memory"):
            await anext(aiter(runtime.watch(ObjectRef("podconform-r1", "p"))))


@pytest.mark.asyncio
async def test_a_pod_that_somebody_else_deletes_is_not_judged(api: FakeAPI, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as runtime:
        api.put("p", {"phase": "Running"}, deletionTimestamp="2026-01-01T00:00:00Z")
        with pytest.raises(Interrupted, match="somebody else has deleted Pod p"):
            await anext(aiter(runtime.watch(ObjectRef("podconform-r1", "p"))))


@pytest.mark.asyncio
async def test_a_policy_that_somebody_has_added_refuses_nothing(api: FakeAPI, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as runtime:
        api.errors["POST", "/pods"] = (400, {"message": 'admission webhook "kyverno" denied the request: dnsPolicy'})
        with pytest.raises(EnvironmentFault, match="kyverno"):
            await runtime.apply(POD)


@pytest.mark.asyncio
async def test_a_file_of_the_users_is_not_taken_for_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pki.write(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "admin.kubeconfig"))

    await (await client.connect()).close()

    assert (tmp_path / "admin.pem").exists()
    assert (tmp_path / "ca.crt").exists()


@pytest.mark.asyncio
async def test_a_refusal_is_an_outcome(api: FakeAPI, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as runtime:
        api.errors["POST", "/pods"] = (422, {"message": "Pod is invalid"})
        with pytest.raises(Refused, match="Pod is invalid"):
            await runtime.apply(POD)
