from __future__ import annotations

import json
from typing import Any

from pytest_podconform.fixtures.target.program.script import parse
from pytest_podconform.model.build import (
    closed_tcp,
    container,
    execute,
    grpc,
    http,
    liveness,
    pod,
    readiness,
    recorded,
    service,
    slow,
    startup,
    tcp,
)
from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import Pod, Service


def script_of(manifest: dict[str, Any]) -> str:
    return str(manifest["args"][1])


def test_a_probe_and_its_answers_meet_at_one_port() -> None:
    made = container(readiness(http(200, 503), period=1))

    port = made["readinessProbe"]["httpGet"]["port"]
    (route,) = parse(script_of(made)).attempts[0].routes

    assert (route.name, route.port) == ("readiness", port)
    assert [answer.value for answer in route.answers] == [200, 503]


def test_fields_have_the_names_of_the_api() -> None:
    probe = container(liveness(tcp(), initial_delay=2, period=1, timeout=3, success_threshold=1, failure_threshold=4))[
        "livenessProbe"
    ]

    assert {key: value for key, value in probe.items() if key != "tcpSocket"} == {
        "initialDelaySeconds": 2,
        "periodSeconds": 1,
        "timeoutSeconds": 3,
        "successThreshold": 1,
        "failureThreshold": 4,
    }


def test_an_exec_probe_calls_the_main_process_of_its_container() -> None:
    made = container(startup(execute(0)), name="web")

    assert made["startupProbe"]["exec"]["command"] == ["/podconform/call", "web", "startup"]


def test_several_routes_are_played_one_instance_after_the_other() -> None:
    made = pod(container(liveness(http(503), http(200)), readiness(http(204))))

    script = parse(script_of(made["spec"]["containers"][0]))
    assert [[answer.value for answer in route.answers] for route in script.attempt(0).routes] == [[503], [204]]
    assert [[answer.value for answer in route.answers] for route in script.attempt(5).routes] == [[200], [204]]
    assert made["spec"]["volumes"] == [{"name": "attempts", "emptyDir": {}}]


def test_nothing_in_a_script_can_be_expanded_by_kubernetes() -> None:
    made = container(lookups=["$(HOME)"])

    assert "$" not in script_of(made)
    assert parse(script_of(made)).attempts[0].lookups[0].name == "$(HOME)"


def test_every_mechanism_decodes_as_a_manifest() -> None:
    for route in (http(200), tcp(), closed_tcp(), grpc("SERVING", service="x"), execute(slow(0, 2))):
        assert isinstance(decode(pod(container(readiness(route, period=1)))), Pod)
    assert isinstance(decode(recorded(container(records={"a.example.": ["192.0.2.1"]}, lookups=["a.example"]))), Pod)
    assert isinstance(decode(service("web", headless=True, app="web")), Service)


def test_a_script_is_json_without_blanks() -> None:
    text = script_of(container(hostname=True))

    assert " " not in text
    assert json.loads(text)["attempts"][0]["hostname"] is True
