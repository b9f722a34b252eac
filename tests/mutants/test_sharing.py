"""In a Pod that they share, cases catch each mistake that they catch alone."""

from __future__ import annotations

import pytest

from tests.running import CATALOGUE

from . import mechanism

MUTANTS = mechanism.load()
SHARING = {name for name, case in CATALOGUE.cases.items() if case.shares}

ABOUT_THE_POD = {"ready-when-running"}
"""Mistakes about the Pod's own Ready: where a Pod is shared, Ready is the container's. Other cases catch these."""


@pytest.mark.parametrize("name", MUTANTS)
def test_what_a_case_catches_alone_it_catches_beside_others(name: str) -> None:
    alone = mechanism.red_cases(MUTANTS[name])

    together = mechanism.red_cases(MUTANTS[name], sharing=True)

    lost, new = alone - together, together - alone
    assert not new
    assert not lost or (name in ABOUT_THE_POD and lost <= SHARING)
