from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_podconform.commands.manifests import Subject, subjects
from pytest_podconform.errors import UsageFault

SPEC = {
    "containers": [{"name": "c", "image": "x", "unknownField": 1}],
    "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]},
    "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["db"]}],
    "hostNetwork": True,
}


def read(data: Any) -> list[Subject]:
    text = data if isinstance(data, str) else json.dumps(data)
    return list(subjects(text.encode(), "x.yaml", "default"))


def within(*keys: str) -> dict[str, Any]:
    """Return a Pod's spec below these keys."""
    found: dict[str, Any] = SPEC
    for key in reversed(keys):
        found = {key: found}
    return found


TEMPLATE = ("spec", "template", "spec")
KINDS = {
    "v1 Pod": ("spec",),
    "v1 PodTemplate": ("template", "spec"),
    "v1 ReplicationController": TEMPLATE,
    "apps/v1 Deployment": TEMPLATE,
    "apps/v1 StatefulSet": TEMPLATE,
    "apps/v1 DaemonSet": TEMPLATE,
    "apps/v1 ReplicaSet": TEMPLATE,
    "batch/v1 Job": TEMPLATE,
    "batch/v1 CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "serving.knative.dev/v1 Service": TEMPLATE,
    "argoproj.io/v1alpha1 Rollout": TEMPLATE,
}


def workload(name: str) -> dict[str, Any]:
    version, kind = name.split()
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "shop"}, **within(*KINDS[name])}


@pytest.mark.parametrize("name", KINDS)
def test_the_pod_of_each_kind(name: str) -> None:
    (found,) = read(workload(name))

    assert found.title == f"{name.split()[1]} x"
    assert found.pod is not None
    assert found.pod.metadata.namespace == "shop"
    assert found.pod.spec.host_network
    assert found.pod.spec.dns_config.options[0].value == "1"
    assert found.pod.spec.host_aliases[0].hostnames == ("db",)


def test_a_list_and_lists_of_a_kind() -> None:
    listed = {
        "kind": "List",
        "items": [workload("v1 Pod"), {"kind": "DeploymentList", "items": [workload("apps/v1 Deployment")]}],
    }
    pods = {"kind": "PodList", "apiVersion": "v1", "items": [within("spec")]}

    assert [each.title for each in read(listed)] == ["Pod x", "Deployment x"]
    assert [(each.title, each.pod is not None) for each in read(pods)] == [("Pod", True)]


@pytest.mark.parametrize("kind", ["Service", "ConfigMap", "Namespace", "Ingress"])
def test_what_has_no_pod(kind: str) -> None:
    (found,) = read({"kind": kind, "apiVersion": "v1", "metadata": {"name": "x"}, "spec": {}})

    assert (found.pod, found.problem) == (None, "has no resolv.conf: only Pods have one")


REFUSED = {
    "kind: Pod\nspec:\n  dnsPolicy: None": (3, "must provide `dnsConfig` when `dnsPolicy` is None"),
    "kind: Pod\nspec:\n  dnsPolicy: None\n  dnsConfig:\n    searches: [a]": (4, "must provide at least one DNS nameserver"),
    "kind: Pod\nspec:\n  dnsConfig:\n    nameservers:\n    - 1.1.1.1\n    - one": (6, "must be a valid IP address"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_api_server_refuses(text: str) -> None:
    (found,) = read(text)
    _, reason = REFUSED[text]

    assert found.pod is None
    assert found.problem.startswith("is refused by the API server: spec.dnsConfig")
    assert reason in found.problem


def test_the_line_of_what_is_refused() -> None:
    places = [read(text)[0].place for text in REFUSED]

    assert places == [f"x.yaml, document 1, line {line}" for line in (2, 4, 6)]


BROKEN = {
    "[": "document 1, line 1: broken YAML: ",
    "kind: Pod\n---\nkind: [": "document 1, line 1: Pod without spec",
    "kind: ConfigMap\n---\nkind: Pod\nspec: {dnsPolicy: a: b}": "document 2, line 4: broken YAML: ",
    "kind: ConfigMap\n--- # nothing\n---\nkind: Pod\nspec:\n  hostNetwork: perhaps": (
        "document 3, line 6: spec.hostNetwork: Expected `bool`, got `str`"
    ),
    "just text": "document 1, line 1: an object was expected, not a text",
    "- kind: Pod": "document 1, line 1: an object was expected, not a list",
    "metadata: {name: x}": "document 1, line 1: the object has no kind",
    "kind: Pod\nspec: 1": "document 1, line 2: spec: Expected `object`, got `int`",
    "kind: Pod\nspec:\n  dnsPolicy: Sometimes": "document 1, line 3: spec.dnsPolicy: Invalid enum value 'Sometimes'",
    "kind: Deployment\nspec:\n  replicas: 1": "document 1, line 2: Deployment without spec.template",
    "kind: Deployment\nspec: web": "document 1, line 2: spec is no object",
    "kind: Pod\nspec:\n  dnsConfig:\n    options:\n    - name: ndots\n    - name: ndots\n      value: 1": (
        "document 1, line 7: spec.dnsConfig.options[1].value: Expected `str | null`, got `int`"
    ),
    "kind: List\nitems:\n- kind: ConfigMap\n- kind: Pod\n  spec:\n    hostNetwork: 1": (
        "document 1, line 6: spec.hostNetwork: Expected `bool`, got `int`"
    ),
    '{\n\t"kind": "Pod",\n\t"spec": {\n\t\t"hostNetwork": 1\n\t}\n}': (
        "document 1, line 4: spec.hostNetwork: Expected `bool`, got `int`"
    ),
    "kind: Pod\nmetadata:\n  name: 1": "document 1, line 3: metadata.name: Expected `str`, got `int`",
    "kind: Pod\nspec: {a: \x01}": "document 1, line 2: broken YAML: ",
    "kind: &a [*a]": "document 1: an alias contains itself",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_manifest_names_file_document_and_line(text: str) -> None:
    with pytest.raises(UsageFault) as raised:
        read(text)

    assert raised.value.what.startswith(f"x.yaml, {BROKEN[text]}")
    assert "\n" not in raised.value.what


def test_a_file_that_is_no_text_or_holds_nothing() -> None:
    with pytest.raises(UsageFault, match=r"x\.yaml, line 2: not UTF-8"):
        list(subjects(b"kind: Pod\n\xff", "x.yaml", "default"))
    with pytest.raises(UsageFault, match=r"x\.yaml holds no object"):
        read("# nothing\n---\n")


def test_null_means_not_set() -> None:
    (found,) = read("kind: Pod\nspec:\n  dnsConfig:\n  dnsPolicy: null\n  hostAliases: ~")

    assert found.pod is not None
    assert found.pod.spec.dns_policy == "ClusterFirst"
