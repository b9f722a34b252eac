"""Mistakes about what holds where a probe does not say it."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from pytest_podconform.runtimes.simulated import runtime as simulated

from .mechanism import Broken, mutant

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def default(field: str, value: int) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Take another value where a probe has none."""

    def around(right: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def decode(manifest: Any) -> Any:
            filled = copy.deepcopy(manifest)
            for container in filled["spec"].get("containers", ()):
                for probe in filter(None, map(container.get, PROBES)):
                    probe.setdefault(field, value)
            return right(filled)

        return decode

    return around


@mutant(caught_by=["probe.field.defaults"], spares=["probe.startup.kill", "restart.always"])
def one_failure_is_enough(runtime: Broken) -> None:
    """Who does not say how many failures kill is killed by the first."""
    runtime.wrap(simulated, "decode", default("failureThreshold", 1))


@mutant(caught_by=["probe.field.defaults"], spares=["probe.field.failure-threshold", "restart.always"])
def half_a_minute_between_probes(runtime: Broken) -> None:
    """Who does not say how often is probed each half minute."""
    runtime.wrap(simulated, "decode", default("periodSeconds", 30))


@mutant(caught_by=["probe.field.defaults"], spares=["probe.field.failure-threshold", "restart.always"])
def ten_seconds_to_answer(runtime: Broken) -> None:
    """Who does not say how long an answer may take waits for ten seconds."""
    runtime.wrap(simulated, "decode", default("timeoutSeconds", 10))


@mutant(
    caught_by=["probe.field.defaults", "probe.liveness.independent", "probe.readiness.running"],
    spares=["probe.field.failure-threshold", "restart.always"],
)
def ten_seconds_before_the_first_probe(runtime: Broken) -> None:
    """Who does not say how long to wait is left alone for ten seconds."""
    runtime.wrap(simulated, "decode", default("initialDelaySeconds", 10))
