from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_podconform.commands.explain_dns import explain
from pytest_podconform.dns import cost
from pytest_podconform.dns.policy import ResolvConf
from pytest_podconform.model.pod import DNSOption, ObjectMeta, Pod, PodDNSConfig, PodSpec

CLUSTER = ResolvConf(searches=("default.svc.cluster.local", "svc.cluster.local", "cluster.local"), options=("ndots:5",))


def costs(name: str, file: ResolvConf = CLUSTER) -> dict[str, tuple[int, int] | None]:
    found: dict[str, tuple[int, int] | None] = {}
    for reading in cost.readings(name, "default", "cluster.local"):
        one = cost.cost(name, file, reading)
        found[reading.answer] = None if one is None else (one.queries, one.wasted)
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("api.example.com", {"api.example.com.": (8, 6)}),
        ("api.example.com.", {"api.example.com.": (2, 0)}),
        ("web", {"web.default.svc.cluster.local.": (2, 0), "web.": (8, 6)}),
        ("web.prod", {"web.prod.svc.cluster.local.": (4, 2), "web.prod.": (8, 6)}),
        ("web.prod.svc", {"web.prod.svc.cluster.local.": (6, 4), "web.prod.svc.": (8, 6)}),
        ("web.prod.svc.cluster.local", {"web.prod.svc.cluster.local.": (8, 6)}),
        ("a.web.prod.svc.cluster.local", {"a.web.prod.svc.cluster.local.": (2, 0)}),
    ],
)
def test_queries_until_the_answer(name: str, expected: dict[str, tuple[int, int]]) -> None:
    assert costs(name) == expected


def test_without_a_search_list_a_service_is_not_found_by_its_short_name() -> None:
    assert costs("web", ResolvConf()) == {"web.default.svc.cluster.local.": None, "web.": (2, 0)}


def does(name: str, file: ResolvConf = CLUSTER) -> list[tuple[str, int]]:
    *_, host = cost.readings(name, "default", "cluster.local")
    return [(fix.does.partition(";")[0], fix.queries) for fix in cost.fixes(name, file, host)]


def test_fixes() -> None:
    assert does("api.example.com") == [
        ("write api.example.com. (with its dot)", 2),
        ("dnsConfig with the option ndots:2", 2),
    ]
    assert does("api.example.com.") == []
    assert does("web") == [("write web. (with its dot)", 2)]


def run(pytester: pytest.Pytester, *args: str) -> Any:
    return pytester.runpytest_subprocess("-p", "no:asyncio", "-p", "no:cacheprovider", *args)  # as a user has it


def test_who_walks_another_way_is_told() -> None:
    config = PodDNSConfig(options=(DNSOption(name="ndots", value="2"),))
    pod = Pod(metadata=ObjectMeta(name="pod"), spec=PodSpec(containers=(), dns_config=config))

    lines = list(explain("api.example.com", pod))

    assert "musl asks for api.example.com., and for nothing else" in lines
    assert not [line for line in lines if line.startswith(("glibc", "Go", "dnspython"))]


def test_on_the_command_line(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--podconform-explain-dns", "web.prod")

    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "    search default.svc.cluster.local svc.cluster.local cluster.local",
            "web.prod has 1 dots, ndots is 5: *",
            "    2. web.prod.svc.cluster.local.",
            "if it is the Service web of the namespace prod (web.prod.svc.cluster.local.):",
            "    4 queries, 2 of them for nothing",
            "if it is a host outside the cluster (web.prod.):",
            "    8 queries, 6 of them for nothing",
        ]
    )


MANIFESTS = {
    "pod.yaml": "{metadata: {namespace: shop}, spec: {dnsConfig: {options: [{name: ndots, value: '1'}]}, containers: []}}",
    "deployment.json": json.dumps(
        {
            "metadata": {"namespace": "shop"},
            "spec": {"template": {"spec": {"dnsConfig": {"options": [{"name": "ndots", "value": "1"}]}, "containers": []}}},
        }
    ),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_of_a_manifest(pytester: pytest.Pytester, name: str) -> None:
    (pytester.path / name).write_text(MANIFESTS[name])

    result = run(pytester, "--podconform-explain-dns=api.example.com", f"--podconform-manifest={name}")

    result.stdout.fnmatch_lines(["*in the namespace shop:", "    options ndots:1", "    2 queries, 0 of them for nothing"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file or directory"),
        ("[", "*"),
        ("just text", "*Expected `object`*"),
        ("spec: 1", "*neither a Pod nor a workload*"),
        ("spec: {dnsPolicy: Sometimes}", "*Sometimes*"),
    ],
)
def test_what_is_no_pod_is_a_usage_error(pytester: pytest.Pytester, text: str | None, message: str) -> None:
    if text is not None:
        (pytester.path / "nowhere.yaml").write_text(text)

    result = run(pytester, "--podconform-explain-dns=web", "--podconform-manifest=nowhere.yaml")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --podconform-manifest: nowhere.yaml: {message}"])


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["a" * 60] * 5)])
def test_what_is_no_name_is_a_usage_error(pytester: pytest.Pytester, name: str) -> None:
    result = run(pytester, f"--podconform-explain-dns={name}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*is no name*"])


def test_a_manifest_alone_is_a_usage_error(pytester: pytest.Pytester) -> None:
    assert run(pytester, "--podconform-manifest=x.yaml").ret == pytest.ExitCode.USAGE_ERROR
