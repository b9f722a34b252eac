"""The gate: what is green, and all the ways in which it must not become green."""

from __future__ import annotations

import pytest

from pytest_podconform.judge.verdict import RED, UNJUDGED, Level, Verdict, weighed, worst
from pytest_podconform.report.gate import gate

PASS, FAIL = (Verdict.PASS, "MUST"), (Verdict.FAIL, "MUST")
Cases = dict[str, tuple[Verdict, Level]]


def word(cases: dict[str, tuple[Verdict, str]], planned: int | None = None) -> tuple[str, int]:
    found = gate(cases, planned=len(cases) if planned is None else planned)  # type: ignore[arg-type]
    return found.word, found.exit_status


def test_all_judged_and_none_red_is_conformant() -> None:
    assert word({"a": PASS, "b": PASS}) == ("conformant", 0)


def test_one_failure_is_enough() -> None:
    assert word({"a": PASS, "b": FAIL}) == ("nonconformant", 1)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict in RED])
def test_red(verdict: Verdict) -> None:
    assert word({"a": PASS, "b": (verdict, "MUST")}) == ("nonconformant", 1)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict in UNJUDGED])
def test_not_to_know_is_not_green(verdict: Verdict) -> None:
    assert word({"a": PASS, "b": (verdict, "MUST")}) == ("inconclusive", 7)
    assert word({"a": FAIL, "b": (verdict, "MUST")}) == ("nonconformant", 1)


def test_a_selection_is_partial_at_best() -> None:
    assert word({"a": PASS}, planned=2) == ("partial", 0)
    assert word({"a": FAIL}, planned=2) == ("nonconformant", 1)


def test_nothing_selected_is_not_green() -> None:
    assert word({}, planned=5) == ("inconclusive", 7)
    assert word({}, planned=0) == ("inconclusive", 7)


def test_at_least_one_must_has_to_be_judged() -> None:
    assert word({"a": (Verdict.PASS, "SHOULD")}) == ("inconclusive", 7)
    assert word({"a": (Verdict.NOT_APPLICABLE, "MUST")}) == ("inconclusive", 7)
    assert word({"a": (Verdict.NOT_APPLICABLE, "MUST"), "b": PASS}) == ("conformant", 0)


def test_a_selection_without_a_must_is_partial_if_anything_was_judged() -> None:
    assert word({"a": (Verdict.PASS, "INFO")}, planned=2) == ("partial", 0)
    assert word({"a": (Verdict.DIFFERS, "INFO")}, planned=2) == ("partial", 0)
    assert word({"a": (Verdict.NOT_APPLICABLE, "MUST")}, planned=2) == ("inconclusive", 7)


def test_every_verdict_is_red_or_unjudged_or_neither_but_never_forgotten() -> None:
    green = {
        Verdict.PASS,
        Verdict.ADVISORY,
        Verdict.DIFFERS,
        Verdict.NOT_APPLICABLE,
        Verdict.KNOWN_FAILURE,
        Verdict.KNOWN_FLAKY,
    }

    assert set(Verdict) == green | RED | UNJUDGED


@pytest.mark.parametrize(
    ("level", "expected"), [("MUST", Verdict.FAIL), ("SHOULD", Verdict.ADVISORY), ("INFO", Verdict.DIFFERS)]
)
def test_only_a_must_fails(level: Level, expected: Verdict) -> None:
    assert weighed(Verdict.FAIL, level) is expected
    assert weighed(Verdict.PASS, level) is Verdict.PASS
    assert weighed(Verdict.SETUP_ERROR, level) is Verdict.SETUP_ERROR


def test_the_most_severe_verdict_wins() -> None:
    assert worst(Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL) is Verdict.FAIL
    assert worst(Verdict.PASS, Verdict.NOT_RUN) is Verdict.NOT_RUN
