"""Restarts, init containers, sidecars, deletion: what the machine does with containers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pytest_podconform.podmachine import DOCUMENTED, KUBELET, Policy, UnexpectedTrigger
from pytest_podconform.podmachine.events import ContainerStarted, DeleteAsked, StartFailed

from .clockwork import START, Clockwork, pod, probe

BOTH = pytest.mark.parametrize("policy", [DOCUMENTED, KUBELET], ids=["documented", "kubelet"])


@BOTH
@pytest.mark.parametrize(
    ("restart_policy", "code", "restarts", "phase"),
    [
        ("Always", 0, True, "Running"),
        ("Always", 3, True, "Running"),
        ("OnFailure", 0, False, "Succeeded"),
        ("OnFailure", 3, True, "Running"),
        ("Never", 0, False, "Succeeded"),
        ("Never", 3, False, "Failed"),
    ],
)
def test_restart_policy(policy: Policy, restart_policy: str, code: int, restarts: bool, phase: str) -> None:  # noqa: FBT001
    clockwork = Clockwork(pod({}, restartPolicy=restart_policy), policy, exits={"app": [(1, code)]}).run(5)

    assert clockwork.count("start app#1") == restarts
    assert clockwork.machine.status.phase == phase


@BOTH
def test_crashes_are_restarted_with_back_off(policy: Policy) -> None:
    clockwork = Clockwork(pod({}), policy, exits={"app": [(1, 1)] * 6}).run(200)

    starts = [clockwork.times(f"start app#{n}")[0] for n in range(1, 6)]
    exits = [clockwork.times(f"exit app#{n} 1")[0] for n in range(5)]
    waits = [start - end for start, end in zip(starts, exits, strict=True)]
    assert [round(wait / 10) * 10 for wait in waits] == [0, 10, 20, 40, 80]


def test_crash_loop_back_off_is_said() -> None:
    clockwork = Clockwork(pod({}), exits={"app": [(1, 1), (1, 1)]}).run(6)

    (status,) = clockwork.machine.status.container_statuses
    assert status.state.word == "waiting:CrashLoopBackOff"
    assert status.last_state.terminated is not None
    assert (status.last_state.terminated.exit_code, status.restart_count) == (1, 1)


@BOTH
def test_liveness_failure_restarts_at_once_and_counts(policy: Policy) -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1)})

    clockwork = Clockwork(made, policy, results={"liveness": "SF"}).run(4.5)

    assert clockwork.order("TERM", "exit", "start")[1:4] == ["TERM app#0", "exit app#0 0", "start app#1"]
    assert clockwork.times("start app#1")[0] - clockwork.times("exit app#0 0")[0] == 0
    assert clockwork.machine.status.container_statuses[0].restart_count == 1


def test_the_status_lags_by_a_relist_after_a_kill() -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1), "readinessProbe": probe()})

    clockwork = Clockwork(made, KUBELET, results={"liveness": "SF"}).run(30)

    restarted = clockwork.times("start app#1")[0]
    unready = next(at for at in clockwork.times("status Running unready") if at > restarted)
    assert 0 < unready - restarted <= 1
    assert len([at for at in clockwork.times("readiness app#1") if at < unready]) <= 1


@BOTH
def test_a_killed_container_that_exits_with_zero(policy: Policy) -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1)}, restartPolicy="OnFailure")

    clockwork = Clockwork(made, policy, results={"liveness": "SF"}).run(6)

    assert clockwork.count("start app#1") == (policy is KUBELET)
    assert (clockwork.machine.status.phase == "Succeeded") == (policy is DOCUMENTED)


def test_readiness_failure_restarts_nothing() -> None:
    clockwork = Clockwork(pod({"readinessProbe": probe(failureThreshold=1)}), results={"readiness": "SF"}).run(30)

    assert clockwork.count("TERM app#0") == 0
    assert clockwork.machine.status.phase == "Running"
    assert not clockwork.machine.status.ready


@BOTH
def test_init_containers_run_one_after_the_other(policy: Policy) -> None:
    made = pod({}, init=[{"name": "one"}, {"name": "two"}])

    clockwork = Clockwork(made, policy, exits={"one": [(2, 0)], "two": [(2, 0)]}).run(20)

    assert clockwork.order("start", "exit") == ["start one#0", "exit one#0 0", "start two#0", "exit two#0 0", "start app#0"]
    assert clockwork.machine.status.condition("Initialized") is True


@BOTH
def test_a_failing_init_container_is_retried_even_with_always(policy: Policy) -> None:
    made = pod({}, init=[{"name": "init"}], restartPolicy="Always")

    clockwork = Clockwork(made, policy, exits={"init": [(1, 1), (1, 0)]}).run(20)

    assert clockwork.order("start") == ["start init#0", "start init#1", "start app#0"]


@BOTH
def test_a_failing_init_container_fails_the_pod_with_never(policy: Policy) -> None:
    made = pod({}, init=[{"name": "init"}], restartPolicy="Never")

    clockwork = Clockwork(made, policy, exits={"init": [(1, 1)]}).run(20)

    assert clockwork.order("start") == ["start init#0"]
    assert clockwork.machine.status.phase == "Failed"


def test_the_phase_is_pending_while_init_containers_run() -> None:
    clockwork = Clockwork(pod({}, init=[{"name": "init"}]), exits={"init": [(5, 0)]}).run(4)

    assert clockwork.machine.status.phase == "Pending"
    assert clockwork.machine.status.condition("Initialized") is False
    app = clockwork.machine.status.container("app")
    assert app is not None
    assert app.state.word == "waiting:PodInitializing"


SIDECAR = {"name": "sidecar", "restartPolicy": "Always"}


@BOTH
def test_a_sidecar_starts_before_and_is_stopped_after_the_app(policy: Policy) -> None:
    made = pod({}, init=[{**SIDECAR, "startupProbe": probe()}])
    clockwork = Clockwork(made, policy, results={"sidecar/startup": "FFS"}, term_takes=1)
    clockwork.at(10, DeleteAsked(30))
    clockwork.run(20)

    assert clockwork.order("start") == ["start sidecar#0", "start app#0"]
    assert clockwork.times("start app#0")[0] >= clockwork.times("startup sidecar#0")[-1]
    assert clockwork.order("TERM", "exit", "gone") == [
        "TERM app#0",
        "exit app#0 0",
        "TERM sidecar#0",
        "exit sidecar#0 0",
        "gone",
    ]


@BOTH
def test_a_sidecar_is_restarted_whatever_the_policy_and_does_not_keep_the_pod(policy: Policy) -> None:
    made = pod({}, init=[SIDECAR], restartPolicy="Never")

    clockwork = Clockwork(made, policy, exits={"sidecar": [(2, 0)], "app": [(8, 0)]}).run(30)

    assert clockwork.count("start sidecar#1") == 1
    assert clockwork.times("TERM sidecar#1")[0] >= clockwork.times("exit app#0 0")[0]
    assert clockwork.machine.status.phase == "Succeeded"


@BOTH
def test_deletion_stops_liveness_but_not_readiness(policy: Policy) -> None:
    made = pod({"livenessProbe": probe(), "readinessProbe": probe()}, terminationGracePeriodSeconds=5)
    clockwork = Clockwork(made, policy, ignores_term=True)
    clockwork.at(5.5, DeleteAsked(5))
    clockwork.run(20)

    assert not [at for at in clockwork.times("liveness app#0") if at > 5.5]
    assert [at for at in clockwork.times("readiness app#0") if 5.5 < at < 10]
    assert clockwork.times("KILL app#0") == [10.5]
    assert clockwork.order("gone") == ["gone"]


@BOTH
def test_the_hook_runs_first_and_takes_from_the_grace_period(policy: Policy) -> None:
    made = pod({"lifecycle": {"preStop": {"sleep": {"seconds": 3}}}})
    clockwork = Clockwork(made, policy, ignores_term=True)
    clockwork.at(2, DeleteAsked(10))
    clockwork.run(20)

    assert (clockwork.times("hook app#0"), clockwork.times("TERM app#0"), clockwork.times("KILL app#0")) == ([2], [5], [12])


def test_the_probe_has_its_own_grace_period() -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1, terminationGracePeriodSeconds=4)}, terminationGracePeriodSeconds=60)

    clockwork = Clockwork(made, results={"liveness": "SF"}, ignores_term=True).run(20)

    assert clockwork.times("KILL app#0")[0] - clockwork.times("TERM app#0")[0] == pytest.approx(4)


def test_the_kubelet_gives_at_least_two_seconds() -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1, terminationGracePeriodSeconds=1)})

    kubelet = Clockwork(made, KUBELET, results={"liveness": "SF"}, ignores_term=True).run(10)
    documented = Clockwork(made, DOCUMENTED, results={"liveness": "SF"}, ignores_term=True).run(10)

    assert kubelet.times("KILL app#0")[0] - kubelet.times("TERM app#0")[0] == pytest.approx(2)
    assert documented.times("KILL app#0")[0] - documented.times("TERM app#0")[0] == pytest.approx(1)


@BOTH
def test_deletion_without_grace_kills_at_once(policy: Policy) -> None:
    clockwork = Clockwork(pod({}), policy)
    clockwork.at(3, DeleteAsked(0))
    clockwork.run(5)

    assert clockwork.order("TERM", "KILL", "gone") == ["KILL app#0", "gone"]


@BOTH
def test_a_pod_deleted_while_it_starts_ends_all_the_same(policy: Policy) -> None:
    clockwork = Clockwork(pod({}), policy, start_takes=2)
    clockwork.at(1, DeleteAsked(0))
    clockwork.run(5)

    assert clockwork.order("KILL", "gone") == ["KILL app#0", "gone"]


@BOTH
def test_a_container_that_cannot_be_started_waits_with_the_reason(policy: Policy) -> None:
    clockwork = Clockwork(pod({}), policy, start_takes=1000)
    clockwork.at(1, StartFailed("app", 0, "ErrImageNeverPull", "no such image"))
    clockwork.run(5)

    (status,) = clockwork.machine.status.container_statuses
    assert (status.state.word, status.restart_count, clockwork.machine.status.phase) == (
        "waiting:ErrImageNeverPull",
        0,
        "Pending",
    )
    clockwork.run(13)
    assert clockwork.count("start app#0") == 2


@BOTH
def test_each_container_is_restarted_by_itself(policy: Policy) -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1)}, {"name": "other"})

    clockwork = Clockwork(made, policy, results={"liveness": "SF"}).run(5)

    assert clockwork.count("TERM app#0") == 1
    assert clockwork.count("TERM other#0") == 0


def test_nothing_is_stored_that_grows_with_time() -> None:
    made = pod({"livenessProbe": probe(failureThreshold=1)})
    clockwork = Clockwork(made, results={"liveness": "SF"}).run(50)
    size = {name: len(value) for name, value in vars(clockwork.machine).items() if hasattr(value, "__len__")}

    clockwork.run(5000)

    assert size == {name: len(value) for name, value in vars(clockwork.machine).items() if hasattr(value, "__len__")}
    assert all(a <= b for a, b in pairwise(at for at, _ in clockwork.log))


@BOTH
def test_an_event_that_cannot_occur_is_an_error_of_the_driver(policy: Policy) -> None:
    machine = Clockwork(pod({}), policy).machine
    machine.handle(ContainerStarted("app", 0), START + 1)

    with pytest.raises(UnexpectedTrigger, match="container app: 'the engine started it' cannot occur in state 'running': the "):
        machine.handle(ContainerStarted("app", 0), START + 2)
