from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_podconform.commands.explain_dns import explain
from pytest_podconform.model.pod import DNSOption, DNSPolicy, ObjectMeta, Pod, PodDNSConfig, PodSpec

from .running import podconform, process


def pod(policy: DNSPolicy = "ClusterFirst", *, host_network: bool = False, **config: tuple[str, ...]) -> Pod:
    dns_config = PodDNSConfig(nameservers=config.get("nameservers", ()), searches=config.get("searches", ()))
    spec = PodSpec(containers=(), dns_policy=policy, dns_config=dns_config, host_network=host_network)
    return Pod(metadata=ObjectMeta(name="pod"), spec=spec)


def test_resolvers_that_ask_in_another_way_are_named() -> None:
    config = PodDNSConfig(options=(DNSOption(name="ndots", value="2"),))

    lines = list(
        explain("api.example.com", Pod(metadata=ObjectMeta(name="pod"), spec=PodSpec(containers=(), dns_config=config)))
    )

    assert "musl asks for api.example.com., and for nothing else" in lines
    assert not [line for line in lines if line.startswith(("glibc", "Go", "dnspython"))]


def test_on_the_command_line() -> None:
    done = process("explain-dns", "web.prod")

    assert done.returncode == 0
    wanted = [
        "    search default.svc.cluster.local svc.cluster.local cluster.local",
        "web.prod has 1 dots, ndots is 5: the resolver asks in this order, for A and AAAA of each",
        "    2. web.prod.svc.cluster.local.",
        "if it is the Service web of the namespace prod (web.prod.svc.cluster.local.):",
        "    4 queries, 2 of them for nothing",
        "if it is a host outside the cluster (web.prod.):",
        "    8 queries, 6 of them for nothing",
    ]
    assert [line for line in done.stdout.splitlines() if line in wanted] == wanted


def test_the_namespace_may_be_named() -> None:
    lines = podconform("explain-dns", "web", "-n", "shop").stdout.splitlines()

    assert "if it is the Service web of the namespace shop (web.shop.svc.cluster.local.):" in lines


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "https://192.0.2.1:8443/v1",
            ["https://192.0.2.1:8443/v1: the host is 192.0.2.1", "192.0.2.1: 0 queries: it is an IP address"],
        ),
        ("localhost:80", ["localhost:80: the host is localhost", "localhost: 0 queries: /etc/hosts has it: loopback"]),
        ("https://api.example.com/", ["https://api.example.com/: the host is api.example.com", "    4. api.example.com."]),
    ],
)
def test_a_url_is_taken_apart(name: str, lines: list[str]) -> None:
    shown = podconform("explain-dns", name).stdout.splitlines()

    assert all(any(line.startswith(wanted) for line in shown) for wanted in lines)


def adds(name: str, of: Pod) -> list[str]:
    return [line.removeprefix("each search domain that the node has ") for line in explain(name, of) if "search domain" in line]


def test_what_search_domains_of_the_node_would_add_is_said() -> None:
    assert adds("api.example.com", pod())[1:] == ["adds 2 queries if it is a host outside the cluster"]
    assert adds("web", pod())[1:] == [
        "adds nothing if it is the Service web of the namespace default",
        "adds 2 queries if it is a host outside the cluster",
    ]
    assert adds("api.example.com", pod("Default"))[1:] == ["adds nothing if it is a host outside the cluster"]
    assert adds("web", pod("None", nameservers=("192.0.2.9",)))[1:] == [
        "search domains of the node add nothing: the policy None leaves them out"
    ]


def test_with_the_nodes_nameservers_no_service_is_found() -> None:
    lines = list(explain("web", pod(host_network=True)))

    assert lines[0].startswith("resolv.conf of a Pod with dnsPolicy ClusterFirst (with hostNetwork it counts as Default)")
    assert "    it is not found: the node's nameservers do not serve the cluster domain" in lines


def test_with_nameservers_of_its_own_a_service_may_be_found() -> None:
    lines = list(explain("web", pod("None", nameservers=("192.0.2.9",), searches=("default.svc.cluster.local",))))

    assert "    it is found only if 192.0.2.9 serves the cluster domain" in lines


SHOP = """\
kind: Service
apiVersion: v1
metadata: {name: web}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers: []
      dnsConfig: {options: [{name: ndots, value: '1'}]}
---
kind: Pod
metadata: {name: lonely}
spec:
  dnsPolicy: None
"""


def test_each_object_of_a_manifest_is_explained_or_named(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)

    done = process("explain-dns", "api.example.com", "-f", "shop.yaml", folder=tmp_path)

    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[:4] == [
        "shop.yaml, document 1, line 1: Service web has no resolv.conf: only Pods have one",
        (
            "shop.yaml, document 3, line 16: Pod lonely is refused by the API server: spec.dnsConfig: Required value: "
            "must provide `dnsConfig` when `dnsPolicy` is None"
        ),
        "",
        "Deployment web (shop.yaml, document 2, line 5):",
    ]
    assert lines[4].endswith("in the namespace shop:")
    assert {"    options ndots:1", "    2 queries, 0 of them for nothing"} <= set(lines)


def test_standard_input() -> None:
    result = podconform("explain-dns", "web", "-f", "-", text=SHOP)

    assert "Deployment web (standard input, document 2, line 5):" in result.stdout.splitlines()


def test_a_service_alone_is_a_usage_error() -> None:
    result = podconform("explain-dns", "web", "-f", "-", text="kind: Service\nmetadata: {name: web}")

    assert result.exit_code == 2
    assert result.stderr == (
        "error (usage): no Pod to explain: standard input, document 1, line 1: "
        "Service web has no resolv.conf: only Pods have one\n"
    )


def test_a_file_that_is_not_there_is_a_usage_error() -> None:
    result = podconform("explain-dns", "web", "-f", "nowhere.yaml")

    assert result.exit_code == 2
    assert result.stderr == "error (usage): nowhere.yaml: No such file or directory\n"


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["a" * 60] * 5), "a b", "a:1,b:2", "a,b"])
def test_what_is_no_name_is_a_usage_error(name: str) -> None:
    result = podconform("explain-dns", "--", name)

    assert result.exit_code == 2
    assert "is no name" in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_a_file_no_yaml_parser_is_imported() -> None:
    code = "import sys, pytest_podconform.commands.explain_dns; print('yaml' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
