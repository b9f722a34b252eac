from __future__ import annotations

from typing import Any

import pytest

from pytest_podconform.model.decode import decode
from pytest_podconform.model.refusal import Refused

HTTP = {"httpGet": {"port": 80}}


def pod(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    containers = [{"name": "app", "image": "x", **(container or {})}]
    return {"kind": "Pod", "metadata": {"name": "pod"}, "spec": {"containers": containers, **spec}}


def init(**fields: Any) -> dict[str, Any]:
    return pod(initContainers=[{"name": "init", "image": "x", **fields}])


NAMES = [f"d{number}.example" for number in range(40)]
PROBE = "spec.containers[0].livenessProbe"

# What each rule of `pkg/apis/core/validation` refuses, with its text (research: probes 1.16, dns 1.3).
REFUSED: list[tuple[dict[str, Any], str]] = [
    (pod({"livenessProbe": {**HTTP, "periodSeconds": -1}}), f"{PROBE}.periodSeconds: Invalid value: -1: must be greater"),
    (pod({"livenessProbe": {**HTTP, "successThreshold": 2}}), f"{PROBE}.successThreshold: Invalid value: 2: must be 1"),
    (
        pod({"startupProbe": {**HTTP, "successThreshold": 3}}),
        "spec.containers[0].startupProbe.successThreshold: Invalid value: 3: must be 1",
    ),
    (pod({"livenessProbe": {**HTTP, "terminationGracePeriodSeconds": 0}}), "must be greater than 0"),
    (pod({"readinessProbe": {**HTTP, "terminationGracePeriodSeconds": 5}}), "must not be set for readinessProbes"),
    (pod({"livenessProbe": {}}), f"{PROBE}: Required value: must specify a handler type"),
    (
        pod({"livenessProbe": {**HTTP, "exec": {"command": ["x"]}}}),
        f"{PROBE}.httpGet: Forbidden: may not specify more than 1 handler type",
    ),
    (pod({"livenessProbe": {"exec": {}}}), f"{PROBE}.exec.command: Required value"),
    (pod({"livenessProbe": {"httpGet": {"port": 0}}}), "must be between 1 and 65535, inclusive"),
    (pod({"livenessProbe": {"tcpSocket": {"port": 65536}}}), "must be between 1 and 65535, inclusive"),
    (pod({"livenessProbe": {"grpc": {"port": 70000}}}), "must be between 1 and 65535, inclusive"),
    (pod({"livenessProbe": {"httpGet": {"port": "8080"}}}), "must contain at least one letter (a-z)"),
    (pod({"livenessProbe": {"httpGet": {"port": "a-name-of-17-char"}}}), "must be no more than 15 characters"),
    (pod({"livenessProbe": {"httpGet": {"port": "a--b"}}}), "must not contain consecutive hyphens"),
    (pod({"livenessProbe": {"httpGet": {"port": "a-"}}}), "must not begin or end with a hyphen"),
    (pod({"livenessProbe": {"httpGet": {"port": "A"}}}), "must contain only alpha-numeric characters"),
    (
        pod({"livenessProbe": {"httpGet": {"port": 80, "scheme": "https"}}}),
        'Unsupported value: "https": supported values: "HTTP"',
    ),
    (
        pod({"livenessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "X_Y", "value": ""}]}}}),
        "a valid HTTP header must consist of alphanumeric characters or '-'",
    ),
    (init(livenessProbe=HTTP), "Forbidden: may not be set for init containers without restartPolicy=Always"),
    (init(restartPolicy="Never"), 'Unsupported value: "Never": supported values: "Always"'),
    (pod({"restartPolicy": "Always"}), "Forbidden: only for init containers"),
    (pod({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}), "no volume of that name"),
    (pod({"name": "App"}), "spec.containers[0].name: Invalid value"),
    ({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": []}}, "must have at least one container"),
    ({**pod(), "metadata": {"name": "not_a_name"}}, "must be a lowercase RFC 1123 subdomain"),
    (pod(hostname="a.b"), "spec.hostname: Invalid value"),
    (pod(terminationGracePeriodSeconds=-1), "spec.terminationGracePeriodSeconds: Invalid value: -1"),
    (init(name="app"), "Duplicate value"),
    (pod(dnsPolicy="None"), "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"),
    (
        pod(dnsPolicy="None", dnsConfig={"searches": ["a.example"]}),
        "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
    ),
    (pod(dnsConfig={"nameservers": ["192.0.2.1"] * 4}), "must not have more than 3 nameservers"),
    (pod(dnsConfig={"nameservers": ["dns.example"]}), "must be a valid IP address"),
    (pod(dnsConfig={"searches": NAMES[:33]}), "must not have more than 32 search paths"),
    (pod(dnsConfig={"searches": [f"{'x' * 60}.{'y' * 60}.{n}.example" for n in NAMES[:16]]}), "2048 characters"),
    (pod(dnsConfig={"searches": ["-a.example"]}), "spec.dnsConfig.searches[0]: Invalid value"),
    (pod(dnsConfig={"options": [{"name": ""}]}), "spec.dnsConfig.options[0]: Required value"),
]


@pytest.mark.parametrize(("manifest", "says"), REFUSED, ids=range(len(REFUSED)))
def test_each_rule_refuses(manifest: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(manifest)

    assert says in refused.value.reason


@pytest.mark.parametrize(
    "manifest",
    [
        pod({"readinessProbe": {**HTTP, "successThreshold": 3}}),
        pod({"livenessProbe": {**HTTP, "timeoutSeconds": 30, "periodSeconds": 1}}),
        pod({"livenessProbe": {"httpGet": {"port": "no-such-port"}}}),
        init(restartPolicy="Always", startupProbe=HTTP),
        pod(dnsConfig={"searches": [".", "_sip._tcp.abc_d.example.com", "a.example."]}),
        pod(dnsConfig={"searches": NAMES[:32], "nameservers": ["fd00::53"]}),
        pod(dnsPolicy="None", dnsConfig={"nameservers": ["192.0.2.1"]}),
    ],
    ids=["readiness-threshold", "timeout-over-period", "unknown-port-name", "sidecar-probe", "searches", "limits", "none"],
)
def test_what_is_allowed_is_not_refused(manifest: dict[str, Any]) -> None:
    assert decode(manifest).metadata.name == "pod"
