"""Mistakes about which probes a Pod may have."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from pytest_podconform.model import validation
from pytest_podconform.runtimes.simulated import runtime as simulated
from pytest_podconform.runtimes.simulated import world

from .mechanism import Broken, mutant


def without(broken: Callable[[Any], bool]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Pass over some of the broken rules."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **named: [each for each in right(*args, **named) if not broken(each)]

    return around


@mutant(caught_by=["probe.valid.grace"], spares=["probe.valid.port", "probe.grace.own"])
def any_grace_will_do(runtime: Broken) -> None:
    """A probe's grace period is taken as it is."""
    runtime.wrap(validation, "_probe", without(lambda each: each.field.endswith("terminationGracePeriodSeconds")))


@mutant(caught_by=["probe.valid.handler"], spares=["probe.valid.port"])
def two_actions_are_none_too_many(runtime: Broken) -> None:
    """Of several actions one is taken."""
    runtime.wrap(validation, "_handler", without(lambda each: "handler type" in each.detail and each.kind == "Forbidden"))


@mutant(caught_by=["probe.valid.handler"], spares=["probe.valid.port"])
def schemes_in_any_case(runtime: Broken) -> None:
    """`https` is HTTPS."""
    runtime.wrap(validation, "_http_get", without(lambda each: each.field.endswith("scheme")))


@mutant(caught_by=["probe.valid.port"], spares=["probe.valid.handler", "probe.http.port-number"])
def ports_are_not_looked_at(runtime: Broken) -> None:
    """Any number is a port, and any text the name of one."""
    runtime.replace(validation, "_port", lambda _port, _at: [])


@mutant(caught_by=["probe.valid.port"], spares=["probe.valid.handler", "probe.http.port-name"])
def a_number_may_be_text(runtime: Broken) -> None:
    """`"8080"` is the port 8080 (kubelets before 1.37, of a static Pod)."""
    runtime.wrap(validation, "_port_name", without(lambda each: "one letter" in each.detail))


@mutant(caught_by=["probe.valid.not-negative"], spares=["probe.valid.port"])
def a_threshold_below_zero(runtime: Broken) -> None:
    """A number of failures below zero is taken as it is."""
    runtime.wrap(validation, "_probe", without(lambda each: each.field.endswith("failureThreshold")))


@mutant(caught_by=["probe.valid.whole-seconds"], spares=["probe.valid.port"])
def seconds_are_rounded(runtime: Broken) -> None:
    """Half a second is none."""

    def around(right: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def decode(manifest: Any) -> Any:
            whole = copy.deepcopy(manifest)
            for made in whole["spec"].get("containers", ()):
                for probe in (made.get("readinessProbe") or {},):
                    probe |= {name: int(value) for name, value in probe.items() if isinstance(value, float)}
            return right(whole)

        return decode

    runtime.wrap(simulated, "decode", around)


@mutant(caught_by=["probe.exec.no-shell"], spares=["probe.exec.exit-zero"])
def arguments_are_split(runtime: Broken) -> None:
    """The command goes through a shell, which makes words of it."""
    runtime.wrap(world, "expand", lambda right: lambda text, env: right(text, env).split(" ")[0])


@mutant(caught_by=["probe.exec.variables"], spares=["probe.exec.exit-zero", "probe.exec.no-shell"])
def variables_are_left_alone(runtime: Broken) -> None:
    """`$(NAME)` in the command of a probe is not expanded."""
    runtime.replace(world, "expand", lambda text, _env: text)
