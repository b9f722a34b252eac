"""Exec probes."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, RESTARTED, Case, case, either, first, has, hit, never, soon
from pytest_podconform.model.build import Answer, container, execute, liveness, pod, readiness


@case("probe.exec.exit-zero", "probe.exec.in-container")
def exit_zero() -> Case:
    """A command that ends with 0 makes the container ready; it reaches the process that only this container has."""
    probed = pod(container(readiness(execute(0), period=1)))
    return Case.of(probed, first(hit(1), has("argv", ["app", "readiness"])), soon(READY, after=hit(1)))


@case("probe.exec.exit-zero", params={str(code): code for code in (1, 2, 126, 127, 137, 255)}, shares=True)
def other_exit_codes(code: int) -> Case:
    """A command that ends with any other code never makes it ready."""
    return Case.of(pod(container(readiness(execute(code), period=1))), never(READY, before=hit(4)))


@case("probe.exec.no-shell")
def arguments_are_not_interpreted() -> Case:
    """The command is run as it is given: what would mean something to a shell means nothing."""
    given = ["a b", "*", "; exit 1", "$HOME", "|", ""]
    probed = pod(container(readiness(execute(0, arguments=given), period=1)))
    return Case.of(probed, first(hit(1), has("argv", ["app", "readiness", *given])), soon(READY, after=hit(1)))


LEFT = 4  # seconds; containerd gives the exit code when nobody holds the output any more


@case("probe.exec.leftovers")
def a_child_that_stays() -> Case:
    """A command that ends with 1 has failed, although a child of it holds its output for four seconds more."""
    answer = Answer(1, leaves=LEFT)
    probed = pod(container(liveness(execute(0, answer), initial_delay=2, period=1, failure_threshold=1)))
    return Case.of(probed, never(RESTARTED, before=hit(2)), soon(RESTARTED, after=hit(2), within=LEFT))


VARIABLES = [{"name": "PODCONFORM_A", "value": "one"}]


@case("probe.exec.variables")
def variables_are_expanded() -> Case:
    """`$(NAME)` in the command is the container's variable; an unknown one stays, and so does one behind `$$`."""
    route = execute(0, arguments=["$(PODCONFORM_A)", "$(PODCONFORM_B)", "$$(PODCONFORM_A)"])
    seen = has("argv", ["app", "readiness", "one", "$(PODCONFORM_B)", "$(PODCONFORM_A)"])
    return Case.of(pod(container(readiness(route, period=1), env=VARIABLES)), first(hit(1), seen), soon(READY, after=hit(1)))


@case("probe.exec.environment", shares=True)
def environment_is_the_containers() -> Case:
    """The command sees the container's variables."""
    probed = pod(container(readiness(execute(0), period=1), env=VARIABLES))
    return Case.of(probed, first(hit(1), has("env", {"PODCONFORM_A": "one"})), soon(READY, after=hit(1)))


@case("probe.exec.directory", marks=["wire"], shares=True)
def working_directory() -> Case:
    """The command runs in `/` by the page, and in the container's working directory on a kubelet."""
    probed = pod(container(readiness(execute(0), period=1), workingDir="/podconform"))
    return Case.of(
        probed,
        either(documented=first(hit(1), has("cwd", "/")), kubelet=first(hit(1), has("cwd", "/podconform"))),
    )
