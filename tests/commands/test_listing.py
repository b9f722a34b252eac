from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from pytest_podconform.commands.listing import ListedRequirement, Listing

from .running import podconform, process

DOCS = Path(__file__).parents[2] / "docs/commands.md"


def test_the_list_shows_coverage() -> None:
    done = process("list", "--profile", "dns")

    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[0] == "dns"
    assert any(line.startswith("  MUST   dns.policy.cluster-first ") for line in lines)
    assert "         dns/resolv-conf/cluster-first[said]" in lines
    assert re.fullmatch(
        r"profile dns: \d+ cases cover \d+ of \d+ requirements, \d+ of \d+ MUST; \d+ MUST without a case, \d+ excluded",
        lines[-1],
    )


def listed(*args: str) -> Listing:
    result = podconform("list", "--json", *args)
    assert result.exit_code == 0
    return msgspec.json.decode(result.stdout, type=Listing)


def ids(found: Listing) -> list[str]:
    return [requirement.id for suite in found.suites for requirement in suite.requirements]


Holds = Callable[[str, ListedRequirement], bool]

FILTERS: dict[str, Holds] = {
    "--suite dns": lambda suite, _: suite == "dns",
    "--suite dns --suite probes": lambda suite, _: suite in {"dns", "probes"},
    "--level SHOULD": lambda _, requirement: requirement.level == "SHOULD",
    "--state uncovered": lambda _, requirement: requirement.state == "uncovered" and not requirement.cases,
    "--state covered": lambda _, requirement: bool(requirement.cases),
    "--state excluded": lambda _, requirement: bool(requirement.excluded),
    "--suite dns --level MUST": lambda suite, requirement: (suite, requirement.level) == ("dns", "MUST"),
}


@pytest.mark.parametrize("given", FILTERS)
def test_filters(given: str) -> None:
    everything, found = listed(), listed(*given.split())

    expected = [each.id for suite in everything.suites for each in suite.requirements if FILTERS[given](suite.name, each)]
    assert ids(found) == expected
    assert 0 < len(expected) < len(ids(everything))


def test_a_requirement_and_the_requirements_of_a_case() -> None:
    assert ids(listed("--requirement", "dns.ndots.default")) == ["dns.ndots.default"]
    (suite,) = listed("--case", "podconform::probes/http/port-name").suites
    assert suite.name == "probes"
    assert all("probes/http/port-name" in {case.id for case in each.cases} for each in suite.requirements)


def test_filters_that_leave_nothing() -> None:
    result = podconform("list", "--profile", "dns", "--suite", "probes")

    assert result.exit_code == 0
    assert result.stdout.startswith("0 of ")


def fields(value: Any, prefix: str = "") -> set[str]:
    """Return the names of all fields of JSON that are no objects, as the documentation writes them."""
    match value:
        case dict():
            inner = cast("dict[str, Any]", value)
            return {name for key, each in inner.items() for name in fields(each, f"{prefix}.{key}" if prefix else key)}
        case [dict(), *_]:
            return {name for each in cast("list[Any]", value) for name in fields(each, f"{prefix}[]")}
        case _:
            return {prefix}


def test_the_fields_of_the_json_are_those_of_the_documentation() -> None:
    text = DOCS.read_text(encoding="utf-8").partition("## podconform list")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)

    shown = json.loads(podconform("list", "--json", "--suite", "probes", "--state", "covered").stdout)
    assert fields(shown) == set(documented)
    assert shown["version"] == 1
