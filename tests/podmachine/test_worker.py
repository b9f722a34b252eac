"""Scheduling, thresholds and gating of probes, with both policies."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pytest_podconform.podmachine import DOCUMENTED, KUBELET, Policy

from .clockwork import Clockwork, pod, probe

BOTH = pytest.mark.parametrize("policy", [DOCUMENTED, KUBELET], ids=["documented", "kubelet"])


@BOTH
def test_one_probe_each_period(policy: Policy) -> None:
    times = Clockwork(pod({"livenessProbe": probe(periodSeconds=2)}), policy).run(20).times("liveness app#0")

    assert [b - a for a, b in pairwise(times)] == [pytest.approx(2)] * (len(times) - 1)
    assert len(times) in {9, 10}


@BOTH
def test_a_slow_probe_does_not_stretch_the_period(policy: Policy) -> None:
    clockwork = Clockwork(pod({"livenessProbe": probe(periodSeconds=2)}), policy, probe_takes=0.5).run(20)

    assert {round(b - a, 3) for a, b in pairwise(clockwork.times("liveness app#0"))} == {2}


@BOTH
def test_of_the_ticks_during_an_execution_one_is_kept(policy: Policy) -> None:
    clockwork = Clockwork(pod({"livenessProbe": probe(timeoutSeconds=5)}), policy, probe_takes=2.5).run(20)

    gaps = {round(b - a, 3) for a, b in pairwise(clockwork.times("liveness app#0"))}
    assert gaps == {2.5}


@BOTH
def test_the_initial_delay_counts_from_the_start_of_the_container(policy: Policy) -> None:
    made = pod({"livenessProbe": probe(initialDelaySeconds=4)}, init=[{"name": "init"}])

    first = Clockwork(made, policy, exits={"init": [(3, 0)]}, start_takes=0.4).run(30).times("liveness app#0")[0]

    started = 3.8 if policy is DOCUMENTED else 4.4  # after the init container, and for the kubelet after a relist
    assert started + 4 - 1 <= first <= started + 4 + 1


def test_the_kubelet_truncates_the_start_to_a_whole_second() -> None:
    made = pod({"livenessProbe": probe(initialDelaySeconds=2)})

    assert Clockwork(made, KUBELET, start_takes=0.9).run(5).times("liveness app#0")[0] == 2
    assert Clockwork(made, DOCUMENTED, start_takes=0.9).run(5).times("liveness app#0")[0] == 2.9


@BOTH
@pytest.mark.parametrize(
    ("results", "kills_after"),
    [("F", 3), ("SFFF", 4), ("FFSFFF", 6), ("FSFSFSFFF", 9), ("FUFUF", 5), ("FFUF", 4)],
)
def test_failures_count_in_a_row_and_unknown_counts_for_nothing(policy: Policy, results: str, kills_after: int) -> None:
    made = pod({"livenessProbe": probe(failureThreshold=3)})

    clockwork = Clockwork(made, policy, results={"liveness": results}).run(kills_after + 3)

    assert clockwork.order("liveness", "TERM")[: kills_after + 1] == ["liveness app#0"] * kills_after + ["TERM app#0"]


@BOTH
def test_always_unknown_never_kills(policy: Policy) -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1), "readinessProbe": probe()})

    clockwork = Clockwork(made, policy, results={"liveness": "U", "readiness": "U"}).run(20)

    assert clockwork.count("TERM app#0") == 0
    assert not clockwork.machine.status.ready


@BOTH
@pytest.mark.parametrize(("results", "ready_after"), [("SSS", 3), ("SSFSSS", 6), ("FSFSSS", 6)])
def test_successes_count_in_a_row_from_the_first_on(policy: Policy, results: str, ready_after: int) -> None:
    made = pod({"readinessProbe": probe(successThreshold=3)})

    clockwork = Clockwork(made, policy, results={"readiness": results}).run(20)

    happened = [what for what in clockwork.order("readiness", "status") if "Pending" not in what]
    assert happened[: happened.index("status Running ready")].count("readiness app#0") == ready_after


@BOTH
def test_startup_gates_the_others_and_then_stops(policy: Policy) -> None:
    made = pod({"startupProbe": probe(), "livenessProbe": probe(), "readinessProbe": probe()})

    clockwork = Clockwork(made, policy, results={"startup": "FFS"}).run(20)

    probes = clockwork.order("startup", "liveness", "readiness")
    assert probes[:3] == ["startup app#0"] * 3
    assert "startup app#0" not in probes[3:]
    assert {"liveness app#0", "readiness app#0"} <= set(probes[3:])


@BOTH
def test_startup_failure_kills_and_gates_the_next_instance_again(policy: Policy) -> None:
    made = pod({"startupProbe": probe(failureThreshold=2), "livenessProbe": probe()})

    clockwork = Clockwork(made, policy, results={"startup": "F"}).run(8)

    assert clockwork.order("startup", "TERM", "liveness")[:3] == ["startup app#0", "startup app#0", "TERM app#0"]
    assert clockwork.count("liveness app#0") == clockwork.count("liveness app#1") == 0


def test_with_the_documented_policy_delays_begin_when_startup_succeeds() -> None:
    made = pod({"startupProbe": probe(), "livenessProbe": probe(initialDelaySeconds=5)})

    documented = Clockwork(made, DOCUMENTED, results={"startup": "FFS"}).run(20)
    kubelet = Clockwork(made, KUBELET, results={"startup": "FFS"}).run(20)

    assert documented.times("liveness app#0")[0] - documented.times("startup app#0")[-1] == pytest.approx(5.01, abs=0.02)
    assert kubelet.times("liveness app#0")[0] - kubelet.times("startup app#0")[-1] == pytest.approx(1, abs=0.02)


def test_the_kubelet_probes_readiness_at_once_when_startup_succeeds() -> None:
    made = pod({"startupProbe": probe(), "readinessProbe": probe(periodSeconds=30)})

    clockwork = Clockwork(made, KUBELET, results={"startup": "FFS"}).run(20)

    assert clockwork.times("readiness app#0")[0] - clockwork.times("startup app#0")[-1] <= 1


@BOTH
def test_no_liveness_probe_while_the_container_is_being_stopped(policy: Policy) -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1)}, terminationGracePeriodSeconds=5)

    clockwork = Clockwork(made, policy, results={"liveness": "SF"}, ignores_term=True).run(12)

    (term,), (kill,) = clockwork.times("TERM app#0"), clockwork.times("KILL app#0")
    assert not [at for at in clockwork.times("liveness app#0") if term < at]
    assert kill - term == pytest.approx(5)


def test_the_streak_of_a_container_that_dies_by_itself() -> None:
    made = pod({"livenessProbe": probe(failureThreshold=3, initialDelaySeconds=1)})
    world = {"results": {"liveness": "FF"}, "exits": {"app": [(3.2, 1)]}}

    kubelet = Clockwork(made, KUBELET, **world).run(9)  # type: ignore[arg-type]
    documented = Clockwork(made, DOCUMENTED, **world).run(9)  # type: ignore[arg-type]

    assert kubelet.count("liveness app#1") < documented.count("liveness app#1") == 3
