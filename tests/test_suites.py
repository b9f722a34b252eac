"""Rules that hold for the shape of the code: who may import whom, and what a suite may say."""

from __future__ import annotations

import ast
import graphlib
import os
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
            module = ".".join(filter(None, [package, node.module]))
            # `from pytest_podconform import x` may import a package
            yield from (f"{module}.{each.name}" for each in node.names) if module == "pytest_podconform" else (module,)


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


# What each package may import of this project, beside `errors`: each stage what stands left of it, and the shared words; never
# the other way round. A runtime may know how evidence is written: the simulated target writes the lines that a target writes.
# It may not know how evidence is judged. What is not named here is a package that nobody has given a place yet.
PROGRAM = "fixtures.target.program"
"""The program in the target image: its scripts are data that cases, manifests and the simulated target share."""

MAY_IMPORT: dict[str, set[str]] = {
    PROGRAM: set(),
    "model": {PROGRAM},
    "evidence": {"model"},
    "judge": {"evidence", "model"},
    "requirements": {"judge"},
    "podmachine": {"model"},
    "dns": {"model"},
    "probes": {"model"},
    "fixtures": {"model"},
    "runtimes": {"dns", "evidence", "fixtures", "model", "podmachine", "probes", PROGRAM},
    "suites": {"dns", "judge", "model"},
    "experiment": {"evidence", "fixtures", "judge", "model", "requirements", "runtimes", "suites"},
    "report": {"evidence", "experiment", "judge", "requirements"},
    "fleet": {"experiment", "fixtures", "judge", "model", "report", "runtimes"},
    "session": {"experiment", "fleet", "judge", "report", "requirements", "runtimes"},
    "commands": {"dns", "experiment", "fixtures", "judge", "model", "requirements", "runtimes"},
    "plugin": {"runtimes", "session"},
    "__main__": {"commands"},
    "errors": set(),
}


def package_of(module: str) -> str:
    """Return where a module of this project belongs, as `MAY_IMPORT` names it."""
    name = module.removeprefix("pytest_podconform").removeprefix(".")
    return PROGRAM if f"{name}.".startswith(f"{PROGRAM}.") else name.partition(".")[0]


def arrows() -> Iterator[tuple[str, str, str]]:
    """Yield each import of another package: the file, and both packages."""
    for folder, _, files in os.walk(PACKAGE, followlinks=True):
        for path in (Path(folder, file) for file in files if file.endswith(".py")):
            package = package_of(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
            for name in imports(path):
                imported = package_of(name) if name.startswith("pytest_podconform") else package
                if imported not in {package, "errors", "__version__", ""}:
                    yield str(path.relative_to(PACKAGE)), package, imported


def test_the_flow_has_one_direction() -> None:
    assert [f"{path} imports {to}" for path, package, to in arrows() if to not in MAY_IMPORT[package]] == []


def test_what_a_package_may_import_it_does_import() -> None:
    found = {(package, to) for _, package, to in arrows()}

    assert {(package, to) for package, allowed in MAY_IMPORT.items() for to in allowed} - found == set()


def test_there_is_no_way_back() -> None:
    assert list(graphlib.TopologicalSorter(MAY_IMPORT).static_order())


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


@pytest.mark.long
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
