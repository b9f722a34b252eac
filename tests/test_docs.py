"""What the documentation shows is what there is."""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pytest_podconform.commands.main import COMMANDS
from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.judge.case import CaseInfo, infos
from pytest_podconform.judge.verdict import Verdict
from pytest_podconform.report.files import read
from pytest_podconform.requirements import load_requirements
from pytest_podconform.requirements.registry import VERSION
from pytest_podconform.runtimes.simulated.loop import VirtualLoop
from pytest_podconform.session.settings import Settings, all_options

from .commands.running import process
from .commands.test_main import check
from .mutants import mechanism
from .running import run

ROOT = Path(__file__).parents[1]
DOCS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "changelog.d/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


def code(path: Path, number: int = 0) -> str:
    found: list[str] = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    return found[number]


def test_the_adapter_of_the_documentation_runs_the_suites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs/examples")
    namespace: dict[str, Any] = {"__name__": "adapter_of_the_documentation"}
    exec(compile(code(ROOT / "docs/adapter.md"), "adapter.md", "exec"), namespace)
    runtime = type("OnVirtualClock", (namespace["AcmeRuntime"],), {"loop_class": VirtualLoop})
    wanted = [
        "probes/liveness/failure-kills",
        "probes/timing/success-threshold-must-be-one[liveness]",
        "dns/services/short-name",
    ]

    summary, outcomes = run(runtime, wanted)
    found = [outcomes[name].verdict for name in wanted]
    sys.modules.pop("acme", None)

    assert summary.failure is None
    assert found == [Verdict.PASS, Verdict.PASS, Verdict.NOT_APPLICABLE]


def test_the_case_of_the_documentation_is_the_one_that_is_shipped() -> None:
    declared: list[CaseInfo] = []

    def case(*requirements: str) -> Any:
        def declare(function: Any) -> Any:
            declared.extend(infos(function, requirements, None, ()))
            return function

        return declare

    source = code(ROOT / "docs/cases.md").replace("Case, case, exactly", "Case, exactly")
    exec(source, {"__name__": "suites.probes.liveness", "case": case})

    (shown,) = declared
    shipped = load_cases(load_requirements())["probes/liveness/failures-must-be-consecutive"]
    assert (shown.id, shown.title, shown.requirements) == (shipped.id, shipped.title, shipped.requirements)


def test_the_mutant_of_the_documentation_is_caught() -> None:
    known = set(mechanism.load())
    exec(code(ROOT / "docs/cases.md", 1), {"__name__": "mutant_of_the_documentation"})
    (name,) = mechanism.load().keys() - known
    mutants = mechanism.load()

    caught = mechanism.requirements_of(mechanism.red_cases(mutants[name]))
    del mutants[name]

    assert "restart.backoff" in caught
    assert "restart.always" not in caught


def test_the_requirement_of_the_contributors_page_is_one_of_the_current_set(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "probes.toml").write_text(text)

    (shown,) = load_requirements(tmp_path).values()

    assert shown.since == VERSION
    assert shown.source in {each.source for each in load_requirements().values()}
    assert shown.id not in load_requirements()


def test_the_readme_names_every_option_with_its_default() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip(" `") for cell in line.split("|")] for line in lines if line.startswith("| `--podconform")]
    rows = {row[1].partition(" ")[0]: row[2] for row in cells}

    defaults = {name: value for name, value in Settings().configuration().items() if value not in {"", "no"}}
    assert {name: default for name, default in rows.items() if default} == defaults
    assert set(rows) == {"--podconform", *all_options()}


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [row.split()[0] for row in re.findall(r"^\| `podconform (.*?)`", text, re.MULTILINE)] == list(COMMANDS)


EXAMPLES = [
    line.strip()
    for path in DOCS
    for line in re.findall(r"^    .*\bpodconform (?!\.).*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if re.search(r"(?:^|[|(] ?)podconform [a-z-]", line.strip())
]


@pytest.mark.parametrize("line", dict.fromkeys(EXAMPLES))
def test_commands_that_are_shown_can_be_parsed(line: str) -> None:
    check(line)


@pytest.mark.parametrize(
    "line", [line for line in EXAMPLES if re.match(r"podconform (list|explain-dns|images list|.*--help)", line)]
)
def test_commands_that_are_shown_run(line: str) -> None:
    done = process(*shlex.split(line)[1:])

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_exist(path: Path) -> None:
    for named in re.findall(r"`((?:pytest_podconform|suites|fixtures|tests|docs)/[\w./-]+)`", path.read_text(encoding="utf-8")):
        assert (ROOT / named).exists(), named


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_that_are_named_exist(path: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for named in re.findall(r"(?:^    |`)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
        assert named in targets, named


def test_changelog_fragments_name_an_issue_a_topic_and_a_known_type() -> None:
    fragments = [path.name for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]
    types = {each["directory"] for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]["type"]}
    explained = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "changelog.d/README.md").read_text(), re.MULTILINE))

    assert explained == types
    assert [name for name in fragments if not re.fullmatch(rf"\d+\.[a-z0-9-]+\.({'|'.join(types)})\.md", name)] == []


def test_the_cases_beside_those_of_kubernetes_are_there() -> None:
    text = (ROOT / "docs/upstream.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"`((?:probes|lifecycle|dns)/[^`.]+)`", text) if name.count("/") == 2}

    assert len(named) > 40
    assert named <= set(load_cases(load_requirements()))


@pytest.mark.parametrize("page", ["README.md", "docs/verdicts.md"])
def test_the_headline_that_is_shown_is_that_of_the_published_report(page: str) -> None:
    published = read(ROOT / "docs/reports/reference/report.json.gz")

    assert published.headline in " ".join((ROOT / page).read_text(encoding="utf-8").split())
