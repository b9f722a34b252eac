from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from pytest_podconform.errors import HarnessFault
from pytest_podconform.experiment.plan import MUSL, OUTSIDE, cases_of, declined, level_of, load_cases
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.requirements import load_profiles, load_requirements
from pytest_podconform.requirements.coverage import coverage
from pytest_podconform.runtimes.interface import Capabilities, Facts, Runtime
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from tests.running import planned

REQUIREMENTS = load_requirements()
PROFILES = load_profiles()
CASES = load_cases(REQUIREMENTS)

# The rows of the seed documents, by suite: every one of them stands in the registry since its first release.
SEED_ROWS = {"probes": 25, "dns": 20, "lifecycle": 38, "pod": 18, "container": 40, "api": 14, "advice": 6}


def test_all_rows_of_the_seeds_are_there() -> None:
    assert Counter(requirement.suite for requirement in REQUIREMENTS.values() if requirement.since == "2026.1") == SEED_ROWS
    assert sum(SEED_ROWS.values()) == 161


def test_each_has_a_level_and_a_source() -> None:
    for requirement in REQUIREMENTS.values():
        assert requirement.source.startswith("https://kubernetes.io/docs/"), requirement.id
        assert requirement.title, requirement.id


def test_what_a_requirement_needs_is_a_capability() -> None:
    known = set(Capabilities.__struct_fields__)

    assert {need for requirement in REQUIREMENTS.values() for need in requirement.needs} <= known | {MUSL, OUTSIDE}
    assert {need for profile in PROFILES.values() for need in profile.requires} <= known


def test_every_case_stands_in_the_profile_of_its_suite() -> None:
    assert set(cases_of(PROFILES["documented"], CASES, REQUIREMENTS)) == set(CASES)
    assert {case.partition("/")[0] for case in cases_of(PROFILES["dns"], CASES, REQUIREMENTS)} == {"dns"}


def test_coverage_counts_each_requirement_once() -> None:
    found = coverage(REQUIREMENTS, CASES.values(), PROFILES["documented"])

    everything = [*found.covered, *found.uncovered, *found.excluded]
    assert sorted(everything) == sorted(r.id for r in REQUIREMENTS.values() if r.suite != "advice")
    assert "probe.http.success-range" in found.covered
    assert "security.windows" in found.excluded
    assert found.excluded == {r.id: r.excluded for r in REQUIREMENTS.values() if r.excluded and r.suite != "advice"}


def test_a_file_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('["a.b"]\nlevel = "MUST"\ntitle = "t"\nsource = "s"\nlevle = 1\n')

    with pytest.raises(HarnessFault, match=r"x\.toml: a\.b: Object contains unknown field `levle`"):
        load_requirements(tmp_path)


def test_an_id_stands_once(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / f"{name}.toml").write_text('["a.b"]\nlevel = "MUST"\ntitle = "t"\nsource = "s"\n')

    with pytest.raises(HarnessFault, match=r"requirement a\.b stands in x\.toml, too"):
        load_requirements(tmp_path)


def test_the_level_of_a_case_is_the_strictest_of_its_requirements() -> None:
    assert level_of(CASES["probes/http/port-name"], REQUIREMENTS) == "MUST"


@pytest_asyncio.fixture
async def facts() -> Facts:
    return await SimulatedRuntime().facts()


def claiming(**changes: Any) -> Runtime:
    """Return a runtime that claims something else than the simulated one."""
    claimed = {name: getattr(SimulatedRuntime.capabilities, name) for name in Capabilities.__struct_fields__}

    class Other(SimulatedRuntime):
        capabilities = Capabilities(**{**claimed, **changes})
        has_wire = True

    return Other()


def test_declining_what_the_profile_requires_is_untestable(facts: Facts) -> None:
    (case,) = planned("probes/grpc/grpc-serving")

    found = declined(case, PROFILES["documented"], claiming(grpc_probes=False), facts)

    assert found is not None
    assert found.verdict is Verdict.UNTESTABLE


def test_declining_what_is_optional_is_not_applicable(facts: Facts) -> None:
    (case,) = planned("dns/services/short-name")

    found = declined(case, PROFILES["documented"], claiming(services=False), facts)

    assert found is not None
    assert (found.verdict, found.reason) == (Verdict.NOT_APPLICABLE, "the runtime declines services")
    assert declined(case, PROFILES["documented"], claiming(), facts) is None


def test_where_nothing_outside_is_known_it_is_not_asked_for(facts: Facts) -> None:
    (case,) = planned("dns/records/outside-the-cluster")

    assert declined(case, PROFILES["documented"], claiming(), facts) is None
    found = declined(case, PROFILES["documented"], claiming(), msgspec.structs.replace(facts, outside=None))
    assert found is not None
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert "--podconform-outside" in found.reason


def test_a_capability_that_is_not_declared_is_an_error() -> None:
    with pytest.raises(
        TypeError, match=r"tcp_probes, exec_probes, .*, host_path must be given: True or False; node_config must"
    ):
        Capabilities(http_probes=True)  # type: ignore[call-arg]
