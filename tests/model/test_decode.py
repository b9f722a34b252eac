from __future__ import annotations

from typing import Any

import pytest

from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod, Service
from pytest_podconform.model.refusal import Refused


def pod(**container: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod"},
        "spec": {"containers": [{"name": "app", "image": "x", **container}]},
    }


def test_defaults_are_those_of_the_api() -> None:
    made = decode(pod(livenessProbe={"httpGet": {"port": 80}}))

    assert isinstance(made, Pod)
    probe = made.spec.containers[0].liveness_probe
    assert probe is not None
    assert probe.http_get is not None
    assert (probe.initial_delay_seconds, probe.period, probe.timeout, probe.successes, probe.failures) == (0, 10, 1, 1, 3)
    assert (probe.http_get.path, probe.http_get.scheme) == ("/", "HTTP")
    assert (made.spec.restart_policy, made.spec.dns_policy, made.metadata.namespace) == ("Always", "ClusterFirst", "default")


def test_zero_means_the_default() -> None:
    made = decode(pod(readinessProbe={"tcpSocket": {"port": 1}, "periodSeconds": 0, "failureThreshold": 0}))

    assert isinstance(made, Pod)
    probe = made.spec.containers[0].readiness_probe
    assert probe is not None
    assert (probe.period, probe.failures) == (10, 3)


def test_headless_is_the_string_none() -> None:
    made = decode({"kind": "Service", "metadata": {"name": "s"}, "spec": {"clusterIP": "None"}})

    assert isinstance(made, Service)
    assert made.headless


@pytest.mark.parametrize(
    ("manifest", "field", "says"),
    [
        (pod(resources={}), "spec.containers[0]", "unknown field `resources`"),
        (pod(livenessProbe={"httpGet": {"port": []}}), "spec.containers[0].livenessProbe.httpGet.port", "got `array`"),
        ({"kind": "Pod", "metadata": {"name": "x"}}, "", "missing required field `spec`"),
        ({"kind": "Deployment"}, "kind", "knows Pod and Service"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(manifest: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(manifest)

    assert refused.value.field == field
    assert says in refused.value.reason
