"""Rules that hold for the shape of the code: who may import whom, and what a suite may say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.judge.case import Place
from pytest_podconform.requirements import load_requirements
from pytest_podconform.requirements.registry import SUITES
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from tests.running import run

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pytest_podconform"
CASES = load_cases(load_requirements())


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(["pytest_podconform", *path.relative_to(PACKAGE).parts[: -node.level]]) if node.level else ""
            yield ".".join(filter(None, [package, node.module]))


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((PACKAGE / folder).glob("**/*.py"))]


ORACLES = {"pytest_podconform.dns.candidates", "pytest_podconform.dns.resolvers"}
"""Models of the client in the image, that no runtime is made of."""

SUITE_FILES = [path for folder in ("probes", "dns", "lifecycle") for path in sorted((SUITES / folder).glob("*.py"))]


@pytest.mark.parametrize("path", SUITE_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_suite_imports_the_model_and_the_vocabulary_only(path: Path) -> None:
    ours = {name for name in imports(PACKAGE / "suites" / path.relative_to(SUITES)) if name.startswith("pytest_podconform")}
    ours = {name for name in ours if not name.startswith("pytest_podconform.suites.")}

    may = {"pytest_podconform.judge.vocabulary", "pytest_podconform.model.build", "pytest_podconform.model.pod"}
    assert ours <= may | ORACLES


PURE = ("model", "podmachine", "dns", "evidence", "judge")
UNCLEAN = {"asyncio", "socket", "threading", "time", "aiohttp", "aiodocker", "docker", "grpc", "subprocess", "pytest"}


@pytest.mark.parametrize("path", modules(*PURE), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_cores_are_pure(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imports(path)} & UNCLEAN


# Each stage imports what stands left of it, and the shared words; never the other way round. A runtime may know how evidence
# is written: the simulated target writes the lines that a target writes. It may not know how evidence is judged.
FORBIDDEN = [
    (("model",), ("evidence", "judge", "podmachine", "dns", "probes", "runtimes", "experiment", "report", "requirements")),
    (("evidence",), ("judge", "podmachine", "dns", "probes", "runtimes", "experiment", "report", "requirements")),
    (("requirements",), ("evidence", "podmachine", "dns", "probes", "runtimes", "experiment", "report")),
    (("judge",), ("podmachine", "dns", "probes", "runtimes", "experiment", "report", "requirements")),
    (("podmachine", "dns", "probes"), ("evidence", "judge", "runtimes", "experiment", "report", "requirements")),
    (("runtimes",), ("judge", "experiment", "report", "requirements")),
    (("experiment",), ("report", "podmachine", "dns", "probes")),
    (("report",), ("podmachine", "dns", "probes", "runtimes")),
]


@pytest.mark.parametrize(("stages", "forbidden"), FORBIDDEN, ids=[row[0][0] for row in FORBIDDEN])
def test_the_flow_has_one_direction(stages: tuple[str, ...], forbidden: tuple[str, ...]) -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in modules(*stages)
        for name in imports(path)
        if name.startswith(tuple(f"pytest_podconform.{stage}" for stage in forbidden))
    ]

    assert wrong == []


def test_no_real_runtime_imports_the_oracle_of_names() -> None:
    assert not [path for path in modules("runtimes/docker") for name in imports(path) if name.endswith("dns.candidates")]


@pytest.mark.parametrize("name", CASES)
def test_every_case_can_be_built_and_says_what_it_is(name: str) -> None:
    case = CASES[name]

    built = case.build(Place(suffix="-x"))

    assert case.title.endswith("."), "the docstring is a sentence"
    assert case.requirements
    assert built.objects
    assert built.expectations


def test_no_case_is_in_doubt_where_nothing_is_late() -> None:
    """A case whose counts are always in doubt could never fail."""
    _, outcomes = run(SimulatedRuntime, CASES)
    for case in CASES.values():
        result = outcomes[case.id]
        counts = result.place is not None and any(each.in_doubt for each in case.build(result.place).expectations)
        assert not (counts and result.doubts), case.id


def test_the_plugin_module_imports_nothing_that_pytest_has_not() -> None:
    top = ast.parse((PACKAGE / "plugin.py").read_text(encoding="utf-8")).body
    named = [ast.unparse(node) for node in top if isinstance(node, ast.Import | ast.ImportFrom)]

    assert named == [
        "from __future__ import annotations",
        "import pytest",
        "from .runtimes.options import declare",
        "from .session.settings import OF_RUNTIMES, Settings, all_options, settings",
    ]
