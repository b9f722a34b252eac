"""Mistakes about what an exchange means."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pytest_podconform.model import validation
from pytest_podconform.probes import exec as exec_probe
from pytest_podconform.probes import grpc, http, tcp
from pytest_podconform.probes.outcome import Outcome, success
from pytest_podconform.runtimes.simulated import world
from pytest_podconform.runtimes.simulated.target import Request, SimTarget

from .comparison import Arguments
from .mechanism import Broken, mutant


@mutant(caught_by=["probe.http.success-range"], spares=["probe.http.path", "probe.liveness.kill", "probe.startup.first"])
def http_400_succeeds(runtime: Broken) -> None:
    """The range of successful statuses ends one too late."""
    runtime.replace(http, "is_success", lambda status: 200 <= status <= 400)


@mutant(caught_by=["probe.http.success-range"], spares=["probe.http.path", "probe.liveness.kill"])
def http_redirects_fail(runtime: Broken) -> None:
    """Only 2xx is a success."""
    runtime.replace(http, "is_success", lambda status: 200 <= status < 300)


@mutant(caught_by=["probe.http.success-range"], spares=["probe.http.path", "probe.liveness.kill"])
def http_199_succeeds(runtime: Broken) -> None:
    """The range of successful statuses begins one too early."""
    runtime.replace(http, "is_success", lambda status: 199 <= status < 400)


def succeeds_when(fits: Callable[[Any], bool]) -> Callable[[Callable[[Any], Outcome]], Callable[[Any], Outcome]]:
    """Have some exchanges be successes whatever they say."""

    def around(right: Callable[[Any], Outcome]) -> Callable[[Any], Outcome]:
        return lambda exchange: success("a mistake") if fits(exchange) else right(exchange)

    return around


@mutant(caught_by=["probe.exec.exit-zero", "probe.exec.leftovers"], spares=["probe.http.success-range"])
def any_exit_code_succeeds(runtime: Broken) -> None:
    """A command that has ended has succeeded."""
    runtime.wrap(exec_probe, "outcome", succeeds_when(lambda exchange: exchange.exit_code is not None))


@mutant(caught_by=["probe.field.timeout"], spares=["probe.exec.exit-zero"])
def exec_never_times_out(runtime: Broken) -> None:
    """A command that takes too long is a success (the kubelet before 1.20)."""
    runtime.wrap(exec_probe, "outcome", succeeds_when(lambda exchange: exchange.timed_out is not None))


@mutant(caught_by=["probe.grpc.serving", "probe.grpc.no-check"], spares=["probe.http.success-range"])
def any_grpc_answer_succeeds(runtime: Broken) -> None:
    """A server that answers at all is healthy."""
    runtime.wrap(grpc, "outcome", succeeds_when(lambda exchange: exchange.status is not None))


@mutant(caught_by=["probe.tcp.open", "probe.matrix.consequence"], spares=["probe.http.success-range"])
def closed_port_succeeds(runtime: Broken) -> None:
    """A refused connection shows that somebody is there."""
    runtime.wrap(tcp, "outcome", succeeds_when(lambda _exchange: True))


@mutant(caught_by=["probe.field.timeout"], spares=["probe.http.success-range"])
def late_answers_count(runtime: Broken) -> None:
    """The timeout is not looked at."""
    runtime.replace(world, "_is_late", lambda _answer, _probe: False)


@mutant(caught_by=["probe.http.port-name"], spares=["probe.http.port-number"])
def named_ports_are_unknown(runtime: Broken) -> None:
    """A port must be a number."""
    runtime.replace(world, "resolve_port", lambda port, _container: port if isinstance(port, int) else None)


@mutant(caught_by=["probe.field.success-threshold-one"], spares=["init.no-probes"])
def success_threshold_is_not_validated(runtime: Broken) -> None:
    """A liveness probe may ask for two successes."""
    probe_rules = validation._probe

    def rules(probe: Any, kind: Any, at: str) -> Any:
        return [each for each in probe_rules(probe, kind, at) if not each.field.endswith("successThreshold")]

    runtime.replace(validation, "_probe", rules)


@mutant(caught_by=["init.no-probes"], spares=["probe.field.success-threshold-one", "sidecar.native"])
def init_containers_may_have_probes(runtime: Broken) -> None:
    """Probes of init containers are taken."""
    container_rules = validation._container

    def rules(container: Any, at: str, *, init: bool) -> Any:
        return [each for each in container_rules(container, at, init=init) if "without restartPolicy" not in each.detail]

    runtime.replace(validation, "_container", rules)


@mutant(caught_by=["probe.http.port-number", "probe.http.success-range"], spares=["probe.http.port-name"])
def numbers_are_taken_for_names(runtime: Broken) -> None:
    """A port is looked up among the declared ones, although it is a number."""

    def resolve(port: int | str, container: Any) -> int | None:
        return next((each.container_port for each in container.ports if port in {each.name, each.container_port}), None)

    runtime.replace(world, "resolve_port", resolve)


@mutant(caught_by=["probe.grpc.service"], spares=["probe.grpc.serving"])
def grpc_service_is_not_sent(runtime: Broken) -> None:
    """The health of the whole server is asked for, whatever `service` says."""

    def hit(me: SimTarget, route: Any, request: Request) -> Arguments:
        named = request.service is not msgspec.UNSET
        return (me, route, msgspec.structs.replace(request, service="") if named else request), {}

    runtime.pass_on(SimTarget, "hit", hit)


@mutant(caught_by=["probe.exec.in-container"], spares=["probe.http.success-range"])
def commands_run_on_the_node(runtime: Broken) -> None:
    """An exec probe runs beside the container, where its command is another one."""

    def around(right: Callable[..., Any]) -> Callable[..., Any]:
        return lambda me, **where: None if where.get("name") else right(me, **where)

    runtime.wrap(SimTarget, "route", around)
