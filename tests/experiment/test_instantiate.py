from __future__ import annotations

from pytest_podconform.experiment.instantiate import earliest_tick, instantiate
from pytest_podconform.judge.case import Place
from pytest_podconform.model.build import IMAGE, container, http, liveness, pod, readiness, service, startup

PLACE = Place(namespace="ns", other_namespace="other", suffix="-7")


def test_a_pod_gets_its_place() -> None:
    template = pod(container(), name="web", labels={"app": "web"})

    made = instantiate(template, PLACE, {IMAGE: "registry/target:1"})

    assert made["metadata"] == {"name": "web-7", "namespace": "ns", "labels": {"app": "web-7"}}
    assert made["spec"]["containers"][0]["image"] == "registry/target:1"
    assert template["metadata"]["name"] == "web"


def test_a_service_selects_the_pods_of_its_case() -> None:
    made = instantiate(service("web", namespace="other", app="web"), PLACE, {})

    assert made["metadata"] == {"name": "web-7", "namespace": "other"}
    assert made["spec"]["selector"] == {"app": "web-7"}


def test_the_first_tick_that_could_count_towards_a_kill() -> None:
    assert earliest_tick(container(liveness(http(200), initial_delay=3))) == 3
    assert earliest_tick(container(startup(http(200)), liveness(http(200), initial_delay=3))) == 0
    assert earliest_tick(container(readiness(http(200)))) == float("inf")
