from __future__ import annotations

import pytest

from pytest_podconform.model.expansion import expand
from pytest_podconform.model.pod import EnvVar

VARIABLES = (EnvVar(name="A", value="one"), EnvVar(name="EMPTY"))


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)", "one"),
        ("x$(A)y$(A)", "xoneyone"),
        ("$(B)", "$(B)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$one"),
        ("$(EMPTY)", ""),
        ("$A $", "$A $"),
        ("$(A", "$(A"),
        ("$$", "$"),
    ],
)
def test_references_are_replaced(text: str, expanded: str) -> None:
    assert expand(text, VARIABLES) == expanded
