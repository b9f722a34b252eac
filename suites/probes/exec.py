"""Exec probes."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import READY, Case, case, first, has, hit, never, soon
from pytest_podconform.model.build import container, execute, pod, readiness


@case("probe.exec.exit-zero", "probe.exec.in-container")
def exit_zero() -> Case:
    """A command that ends with 0 makes the container ready; it reaches the process that only this container has."""
    probed = pod(container(readiness(execute(0), period=1)))
    return Case.of(probed, first(hit(1), has("argv", ["app", "readiness"])), soon(READY, after=hit(1)))


@case("probe.exec.exit-zero", params={str(code): code for code in (1, 2, 127, 255)})
def other_exit_codes(code: int) -> Case:
    """A command that ends with any other code never makes it ready."""
    return Case.of(pod(container(readiness(execute(code), period=1))), never(READY, before=hit(4)))
