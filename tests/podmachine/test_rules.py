"""Each rule of the documentation names the functions that decide it, or the reason why none of them does."""

from __future__ import annotations

import importlib
import inspect
from typing import Final

import pytest

from pytest_podconform.model.rules import implemented_by, implements
from pytest_podconform.requirements import load_requirements
from tests.diagrams import implementations

REQUIREMENTS = load_requirements()
SUITES = ("probes", "dns", "lifecycle")
IMPLEMENTATIONS = implementations()
NAMED = {each.requirement for each in IMPLEMENTATIONS}

DEFAULT: Final = "a default or the type of a field (model/pod.py)"
RUNTIME: Final = "a runtime decides it, in its own pod backend (runtimes/)"
IMAGE: Final = "the resolver of the image decides it"
SERVER: Final = "the DNS server decides it"
CLUSTER: Final = "needs more than one Pod on one node, which the reference does not have"

EXCEPTIONS: Final = {
    "restart.default": DEFAULT,
    "probe.field.defaults": DEFAULT,
    "probe.valid.whole-seconds": DEFAULT,
    "probe.valid.zero-is-unset": DEFAULT,
    "restart.not-pod": RUNTIME,
    "pod.persists": RUNTIME,
    "pattern.sidecar": RUNTIME,
    "pattern.ambassador": RUNTIME,
    "pattern.adapter": RUNTIME,
    "probe.kubelet-runs": RUNTIME,
    "probe.exec.in-container": RUNTIME,
    "probe.exec.leftovers": RUNTIME,
    "probe.exec.environment": RUNTIME,
    "probe.exec.directory": RUNTIME,
    "dns.hosts.host-network": RUNTIME,
    "dns.search.none": IMAGE,
    "dns.resolver.known": IMAGE,
    "dns.answer.truncated": SERVER,
    "dns.answer.transports": SERVER,
    "dns.answer.authoritative": SERVER,
    "dns.answer.edns": SERVER,
    "dns.answer.ttl": SERVER,
    "phase.unknown": CLUSTER,
    "ephemeral.added": CLUSTER,
    "template.independent": CLUSTER,
    "template.job": CLUSTER,
}
"""Requirements that no function of a pure core or of an executor decides."""


def double(number: int) -> int:
    return 2 * number


def test_a_function_stays_the_same_and_knows_its_rules() -> None:
    marked = implements("restart.always", "restart.never")(double)

    assert marked is double
    assert (marked.__name__, marked(2)) == ("double", 4)
    assert implemented_by(marked) == ("restart.always", "restart.never")
    assert implemented_by(test_a_function_stays_the_same_and_knows_its_rules) == ()


def test_every_rule_named_is_a_requirement() -> None:
    assert NAMED - REQUIREMENTS.keys() == set()


def test_every_requirement_is_named_or_has_a_reason() -> None:
    judged = {name for name, each in REQUIREMENTS.items() if each.suite in SUITES and not each.excluded}

    assert judged - NAMED == EXCEPTIONS.keys()


@pytest.mark.parametrize(
    "name", ["restart.always", "probe.startup.first", "phase.pending", "dns.record.srv", "probe.http.path"]
)
def test_a_requirement_leads_to_its_functions(name: str) -> None:
    found = [(each.module, each.function) for each in IMPLEMENTATIONS if each.requirement == name]

    assert found
    for module, function in found:
        made = importlib.import_module(f"pytest_podconform.{module}")
        assert name in implemented_by(getattr(made, function))


def test_no_mark_is_missed() -> None:
    """A function in a place where the list does not look, such as one that another decorator has wrapped."""
    modules = {importlib.import_module(f"pytest_podconform.{each.module}") for each in IMPLEMENTATIONS}
    marks = sum(inspect.getsource(module).count("@implements(") for module in modules)

    assert len({each[1:] for each in IMPLEMENTATIONS}) == marks
