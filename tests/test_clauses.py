from __future__ import annotations

from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.requirements import load_requirements

from . import clauses

REQUIREMENTS = load_requirements()


def test_every_clause_is_accounted_for() -> None:
    assert sorted(clauses.by_clause()) == sorted(clauses.expected())


def test_whoever_stands_for_a_clause_has_cases_or_says_why_not() -> None:
    covered = {name for case in load_cases(REQUIREMENTS).values() for name in case.requirements}

    for clause, requirements in clauses.by_clause().items():
        for requirement in requirements:
            assert (requirement.id in covered) != bool(requirement.excluded), (clause, requirement.id)


def test_what_the_kubelet_alone_says_decides_nothing() -> None:
    assert {each.level for each in REQUIREMENTS.values() if each.basis == "kubelet"} == {"INFO"}


def test_the_source_of_a_kubelets_way_is_named() -> None:
    for each in REQUIREMENTS.values():
        assert each.basis == "documented" or each.note or each.excluded, each.id
