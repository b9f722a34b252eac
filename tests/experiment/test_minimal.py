"""A failed case that a die has thrown is made smaller."""

from __future__ import annotations

import copy

import pytest

from pytest_podconform.dns.resolvers import GLIBC
from pytest_podconform.experiment.bench import Bench
from pytest_podconform.experiment.shared import Setup
from pytest_podconform.judge.case import Case, CaseInfo, Place
from pytest_podconform.judge.result import CaseResult
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.runtimes.interface import Manifest
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from pytest_podconform.suites.dns.generated import thrown
from tests.running import CATALOGUE, run

CASE = "dns/generated/walks[libc-1]"
OWN = thrown("libc-1", Place().searches, GLIBC).own


def losing(*lost: str, unless: str = "always") -> type[SimulatedRuntime]:
    """Build a runtime that forgets these search domains of a Pod, unless that is called so."""

    class Forgetful(SimulatedRuntime):
        async def apply(self, manifest: Manifest) -> None:
            changed = copy.deepcopy(manifest)
            searches = changed["spec"].get("dnsConfig", {}).get("searches")
            if searches and unless not in changed["metadata"]["name"]:
                searches[:] = [domain for domain in searches if domain not in lost]
            await super().apply(changed)

    return Forgetful


@pytest.mark.parametrize("forgotten", OWN)
def test_the_smallest_that_fails_is_told(forgotten: str) -> None:
    _, outcomes = run(losing(forgotten), [CASE], nominal=CATALOGUE.nominal)

    assert outcomes[CASE].verdict is Verdict.FAIL
    searches = outcomes[CASE].smaller.partition(": ")[0].partition("through ")[2].split(", ")
    assert [domain for domain in OWN if domain in searches] == [forgotten]


def test_a_case_that_passes_is_not_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    def unexpected(*_: object) -> list[Case]:
        raise AssertionError

    monkeypatch.setattr(CaseInfo, "build_variants", unexpected)

    _, outcomes = run(SimulatedRuntime, [CASE], nominal=CATALOGUE.nominal)

    assert (outcomes[CASE].verdict, outcomes[CASE].smaller) == (Verdict.PASS, "")


def test_where_nothing_smaller_fails_that_is_told() -> None:
    _, outcomes = run(losing(*OWN, unless="smaller"), [CASE], nominal=CATALOGUE.nominal)

    assert (outcomes[CASE].verdict, outcomes[CASE].smaller) == (Verdict.FAIL, "none: each of 5 smaller ones passes")


def test_a_bug_in_a_smaller_case_costs_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    observe = Bench.observe

    async def broken(self: Bench, what: Setup) -> list[CaseResult]:
        if any("smaller" in each.place.suffix for each in what.cases):
            raise KeyError("bug")
        return await observe(self, what)

    monkeypatch.setattr(Bench, "observe", broken)

    _, outcomes = run(losing(*OWN), [CASE], nominal=CATALOGUE.nominal)

    assert (outcomes[CASE].verdict, outcomes[CASE].smaller) == (Verdict.FAIL, "not known: KeyError: 'bug'")
