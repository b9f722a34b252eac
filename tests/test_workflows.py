"""The workflows, as far as they can be looked at from here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_can_be_read_and_may_only_read_unless_it_says_so(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert workflow["permissions"] == {"contents": "read"}
    assert all(job.get("steps") for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_make_targets_of_a_workflow_exist(path: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"make ([a-z][a-z-]*)|'(kubelet|judge-cluster)'", path.read_text(encoding="utf-8"))

    assert {word for pair in named for word in pair if word} <= set(targets)


def test_nothing_is_published_without_a_tag() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    only_for_tags = "github.ref_type == 'tag'"

    for job in jobs.values():
        publishes = [step for step in job["steps"] if "docker push" in step.get("run", "") or "publish" in step.get("uses", "")]
        assert all(only_for_tags in step.get("if", job.get("if", "")) for step in publishes)
    assert jobs["publish"]["if"] == only_for_tags


def test_every_test_runs_in_ci_and_in_the_single_machine_run() -> None:
    rest = 'make test ARGS="--ignore tests/mutants"'
    local = (ROOT / ".ci/run").read_text(encoding="utf-8")
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]

    for command in ("make check", "make test-mutants", rest):
        assert command in commands
        assert re.search(rf"^{re.escape(command)}", local, re.MULTILINE)


def test_pre_commit_runs_the_commands_of_make_check_and_fetches_nothing() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    (recipe,) = re.findall(r"^check: environment\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert repository["repo"] == "local"
    assert all(hook["language"] == "system" for hook in repository["hooks"])
    assert ["\t" + hook["entry"] for hook in repository["hooks"]] == recipe.splitlines()[1:]
