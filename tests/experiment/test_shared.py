"""Cases that share a Pod see what they would see alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from pytest_podconform.experiment.bench import Bench
from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.experiment.shared import MOST, alone, pod_groups, setup
from pytest_podconform.judge.case import Place
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.model.build import IMAGE
from pytest_podconform.model.pod import PROBE_TYPES
from pytest_podconform.model.status import PodStatus
from pytest_podconform.requirements import load_requirements
from pytest_podconform.runtimes.interface import Manifest, ObjectRef, Refused, Runtime
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from tests.running import CATALOGUE, planned, run

CASES = load_cases(load_requirements())
SHARING = {name: case for name, case in CASES.items() if case.shares}
ON_ALL = [name for name, case in SHARING.items() if "wire" not in case.marks]
STATUSES = [f"probes/http/status-boundaries[{status}]" for status in (199, 200, 399, 400)]


@pytest.fixture
def _sharing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bench, "shares_pods", True)


def outcomes(runtime: type[Runtime], cases: list[str]) -> dict[str, CaseResult]:
    return run(runtime, cases, nominal=CATALOGUE.nominal)[1]


@pytest.mark.parametrize("name", SHARING)
def test_a_case_that_shares_has_one_container_and_asks_nothing_of_its_pod(name: str) -> None:
    case = SHARING[name].build(Place())
    (pod,) = (made for made in case.objects if made["kind"] == "Pod")

    assert pod["metadata"]["labels"] == {}
    assert {key: value for key, value in pod["spec"].items() if key != "containers"} == {"terminationGracePeriodSeconds": 1}
    assert len(pod["spec"]["containers"]) == 1
    assert case.deleted_after is None


MANY_STEPS = {name for name in SHARING if name.startswith("probes/redirects/last-status-decides")}
"""Three executions that would each have to be taken for a success lie between what is wrong and what is right."""


@pytest.mark.parametrize("name", sorted(SHARING.keys() - MANY_STEPS))
def test_a_case_that_tells_the_nth_probe_from_the_one_before_by_ready_does_not_share(name: str) -> None:
    """A neighbour's change may bring a probe at once, before the status has told that the one before made it ready."""
    expected = [expectation.expected for expectation in SHARING[name].build(Place()).expectations]

    before = {words.removeprefix("no Ready before ") for words in expected if words.startswith("no Ready before ")}
    after = {words.removeprefix("Ready soon after ") for words in expected if words.startswith("Ready soon after ")}
    assert not before & after


def test_containers_of_one_pod_share_neither_name_nor_port() -> None:
    probes = [name for name in SHARING if name.startswith("probes/http/")][:MOST]
    shared = setup(planned(*probes), Place(suffix="-7"))

    (pod,) = shared.objects({IMAGE: "image:1"})

    containers = pod["spec"]["containers"]
    assert pod["metadata"]["name"] == "pod-7"
    assert [made["name"] for made in containers] == [each.place.container for each in shared.cases]
    assert {made["image"] for made in containers} == {"image:1"}
    served = [port for made in containers for port in ports_served(made)]
    assert len(set(served)) == len(served) == MOST
    assert [port for made in containers for port in ports_probed(made)] == served


def test_services_stay_each_cases_own() -> None:
    shared = setup(planned("dns/records/of-a-service", "dns/records/by-tcp"), Place(suffix="-7"))

    made = shared.objects({IMAGE: "image:1"})

    assert [(each["kind"], each["metadata"]["name"]) for each in made] == [
        ("Service", "web-7"),
        ("Service", "web-7-1"),
        ("Pod", "client-7"),
    ]
    asked = [
        json.loads(container["args"][1])["attempts"][0]["questions"][0]["name"] for container in made[2]["spec"]["containers"]
    ]
    assert [name.partition(".")[0] for name in asked] == ["web-7", "web-7-1"]


def ports_served(made: Manifest) -> list[int]:
    script = json.loads(made["args"][1])
    return [route["port"] for attempt in script["attempts"] for route in attempt["routes"].values() if route["via"] != "exec"]


def ports_probed(made: Manifest) -> list[int]:
    probes = [made[f"{kind}Probe"] for kind in PROBE_TYPES if f"{kind}Probe" in made]
    return [part["port"] for probe in probes for part in probe.values() if isinstance(part, dict) and "port" in part]


def test_the_helper_of_an_exec_probe_asks_its_own_container() -> None:
    shared = setup(planned(STATUSES[0], "probes/exec/other-exit-codes[2]"), Place())

    (pod,) = shared.objects({IMAGE: "image:1"})

    made = pod["spec"]["containers"][1]
    assert made["readinessProbe"]["exec"]["command"][1:] == ["app-1", "readiness"]
    assert json.loads(made["args"][1])["name"] == "app-1"


def test_cases_fill_one_pod_after_the_other() -> None:
    one, other = [name for name, case in CASES.items() if not case.shares][:2]
    sharing = list(SHARING)[: MOST + 1]

    found = pod_groups(planned(one, *sharing, other))

    assert [[case.id for case in group] for group in found] == [[one], sharing[:MOST], [sharing[MOST]], [other]]


def test_ready_is_what_the_status_says_of_the_one_container() -> None:
    status = PodStatus.decode(
        {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "False"}, {"type": "PodScheduled", "status": "True"}],
            "containerStatuses": [{"name": "app-0", "ready": True}, {"name": "app-1", "ready": False, "restartCount": 2}],
        }
    )

    one, other = alone(status, "app-0"), alone(status, "app-1")

    assert (one.ready, other.ready) == (True, False)
    assert [each.name for each in one.container_statuses] == ["app-0"]
    assert one.condition("PodScheduled") is True
    assert not alone(status, "app-2").ready


@pytest.mark.usefixtures("_sharing")
def test_the_verdicts_are_those_of_cases_that_are_alone() -> None:
    found = outcomes(SimulatedRuntime, ON_ALL)

    assert {outcome.verdict for outcome in found.values()} == {Verdict.PASS}
    assert MOST in {len(outcome.together) for outcome in found.values()} <= {0, *range(2, MOST + 1)}
    for outcome in found.values():
        assert outcome.place is not None
        own = outcome.place.container or "app"
        assert {event.container for event in outcome.timeline} == {"", own}, "it hears of its own container alone"


class Lenient(SimulatedRuntime):
    """It takes 400 for a success."""

    async def apply(self, manifest: Manifest) -> None:
        text = json.dumps(manifest).replace('\\"answers\\":[400]', '\\"answers\\":[200]')
        await super().apply(json.loads(text))


@pytest.mark.usefixtures("_sharing")
def test_one_failure_is_no_others() -> None:
    found = outcomes(Lenient, STATUSES)

    assert [outcome.verdict.value for outcome in found.values()] == ["pass", "pass", "pass", "fail"]
    assert {frozenset(outcome.together) for outcome in found.values()} == {frozenset(STATUSES)}
    assert {outcome.repeats for outcome in found.values()} == {0}


@pytest.mark.usefixtures("_sharing")
def test_a_verdict_that_stands_takes_nothing_more() -> None:
    found = outcomes(SimulatedRuntime, STATUSES)
    quick, slow = found[STATUSES[1]], found[STATUSES[0]]

    assert quick.duration_s < slow.duration_s
    assert max(event.at for event in quick.timeline) <= quick.duration_s


@pytest.mark.usefixtures("_sharing")
def test_what_is_wrong_with_one_log_is_trouble_of_its_case_alone() -> None:
    class Flooding(SimulatedRuntime):
        async def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
            async for piece in super().logs(ref, container):
                yield b"nonsense\n" + piece if container == "app-1" else piece

    found = outcomes(Flooding, STATUSES)

    spoilt = {outcome.together[1] for outcome in found.values()}
    assert {name for name, outcome in found.items() if outcome.verdict is Verdict.SETUP_ERROR} == spoilt
    assert sum(outcome.verdict is Verdict.PASS for outcome in found.values()) == len(STATUSES) - 1


@pytest.mark.usefixtures("_sharing")
def test_what_an_adapter_does_wrong_with_one_is_no_others_loss() -> None:
    class Broken(Lenient):
        async def logs(self, ref: ObjectRef, container: str) -> AsyncIterator[bytes]:
            async for piece in super().logs(ref, container):
                if container == "app-0":
                    raise KeyError(container)
                yield piece

    found = outcomes(Broken, STATUSES)

    assert [outcome.verdict.value for outcome in found.values()] == ["pass", "pass", "pass", "fail"]
    assert {(outcome.repeats, outcome.together) for outcome in found.values()} == {(1, ())}


@pytest.mark.usefixtures("_sharing")
def test_where_a_pod_of_several_is_refused_each_has_one_of_its_own() -> None:
    class Single(SimulatedRuntime):
        async def apply(self, manifest: Manifest) -> None:
            if len(manifest["spec"]["containers"]) > 1:
                raise Refused("one container is all that I can", "spec.containers")
            await super().apply(manifest)

    found = outcomes(Single, STATUSES)

    assert {(outcome.verdict, outcome.repeats, outcome.together) for outcome in found.values()} == {(Verdict.PASS, 1, ())}
