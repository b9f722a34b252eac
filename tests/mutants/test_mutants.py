"""Each mutant is caught by the requirements that it names, spares those that it has nothing to do with, and is in the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import CATALOGUE

from . import mechanism, table
from .mechanism import Mutant

MUTANTS = mechanism.load()
TABLE = Path(__file__).parents[2] / "docs" / "mutants.md"


def row(one: Mutant, requirements: set[str]) -> str:
    return f"| {one.title} | {', '.join(sorted(requirements))} |"


def test_the_whole_runtime_fails_nothing() -> None:
    assert mechanism.red_cases(None) == set()


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught_by_what_it_names(name: str) -> None:
    one = MUTANTS[name]

    caught = mechanism.requirements_of(mechanism.red_cases(one))

    assert one.caught_by <= caught
    assert not one.spares & caught
    assert row(one, caught) in TABLE.read_text(encoding="utf-8").splitlines(), "docs/mutants.md is stale: make generate"


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_names_requirements_that_there_are(name: str) -> None:
    one = MUTANTS[name]

    assert one.caught_by
    assert one.caught_by | one.spares <= CATALOGUE.requirements.keys()
    assert not one.caught_by & one.spares


def test_every_must_with_a_case_kills_a_mutant() -> None:
    killed = {name for one in MUTANTS.values() for name in one.caught_by}

    assert set(mechanism.musts()) - killed == LACKING


LACKING: set[str] = set()
"""MUSTs whose cases no mutant has failed yet; the list may only become shorter."""


def test_the_table_has_a_row_for_each_mutant_and_no_other() -> None:
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]

    assert len(rows) == len(MUTANTS) + 1


def test_titles_are_sentences_unlike_each_other() -> None:
    titles = [one.title for one in MUTANTS.values()]

    assert len(set(titles)) == len(titles)
    assert all(title.endswith(".") and "\n" not in title for title in titles)


def test_rendering_names_what_lacks_a_mutant() -> None:
    text = table.render({"no-backoff": {"restart.backoff"}})

    assert "| Whoever ends is restarted at once, for ever. | restart.backoff |" in text
    assert "restart.always" in text.splitlines()[-1]
