from __future__ import annotations

import importlib
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from pytest_podconform import __version__
from pytest_podconform.commands.main import COMMANDS, main

from .running import podconform, process


def all_commands() -> Iterator[tuple[str, ...]]:
    """Yield the names that lead to each command."""
    context = click.Context(main)
    for name in COMMANDS:
        yield (name,)
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, below) for below in command.list_commands(context))


def check(line: str) -> None:
    """Parse a command line without running it; what it pipes into, and what follows, is left out."""
    words = line.split("#", maxsplit=1)[0].split("podconform ", maxsplit=1)[1]
    for sign in ("|", "&&", ")"):
        words = words.partition(sign)[0]
    args = shlex.split(words)
    command: click.Command = main
    context: click.Context | None = None
    while isinstance(command, click.Group) and args and not args[0].startswith("-"):
        context = click.Context(command, parent=context)
        name, found, args = command.resolve_command(context, args)
        assert name is not None
        assert found is not None
        command = found
    if args not in (["--help"], ["--version"]):
        command.make_context(line, args, parent=context)


def test_the_help_names_all_commands_and_imports_none_of_them() -> None:
    shown = podconform("--help").output
    code = (
        "import sys\nfrom pytest_podconform.commands.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.partition('.')[0] in "
        "{'aiohttp', 'grpc', 'docker', 'testcontainers', 'msgspec', 'dns', 'aiodocker', 'pytest', 'yaml'} "
        "or name.startswith('pytest_podconform.')], file=sys.stderr)"
    )
    done = process_python(code)

    assert all(f"  {name} " in shown for name in COMMANDS)
    assert sorted(eval(done)) == [
        "pytest_podconform.commands",
        "pytest_podconform.commands.groups",
        "pytest_podconform.commands.main",
        "pytest_podconform.errors",
    ]


def process_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_of_a_command_is_the_first_sentence_of_its_help(name: str) -> None:
    command = importlib.import_module(COMMANDS[name].module).command

    assert " ".join(command.help.split("\n\n")[0].split()) == COMMANDS[name].summary


@pytest.mark.parametrize("names", list(all_commands()), ids=" ".join)
def test_each_help_page_has_examples_that_can_be_parsed(names: tuple[str, ...]) -> None:
    shown = podconform(*names, "--help").output
    examples = [line for line in shown.partition("Example")[2].splitlines()[1:] if "podconform " in line]

    assert examples
    for line in examples:
        check(line)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["lst"], "Error: No such command 'lst'. Did you mean 'list'?"),
        (["images", "sav"], "Error: No such command 'sav'. Did you mean 'save'?"),
        (["cluster", "kubeconfg"], "Error: No such command 'kubeconfg'. Did you mean 'kubeconfig'?"),
        (["frobnicate"], "Error: No such command 'frobnicate'."),
        (["list", "--jsno"], "--json"),
        (["--podconform-list"], "No such option"),
        (["list", "--profile", "dsn"], "error (usage): unknown profile 'dsn'; did you mean 'dns'?"),
        (["list", "--suite", "porbes"], "error (usage): unknown suite 'porbes'; did you mean 'probes'?"),
        (
            ["list", "--requirement", "dns.ndots.defalt"],
            "error (usage): unknown requirement 'dns.ndots.defalt'; did you mean 'dns.ndots.default'?",
        ),
        (
            ["list", "--case", "podconform::probes/http/port-nmae"],
            "error (usage): unknown case 'probes/http/port-nmae'; did you mean 'probes/http/port-name'?",
        ),
        (["images", "save", "tagret", "x.tar"], "error (usage): unknown image 'tagret'; did you mean 'target'?"),
        (["images", "save", "target"], "Missing argument 'FILE'"),
        (["replay", "-k", "x", "report.json"], "REPORT comes first, before -k"),
        (["explain-dns"], "Missing argument 'NAME'"),
    ],
)
def test_bad_input_is_a_usage_error_with_the_closest_match(args: list[str], says: str) -> None:
    result = podconform(*args)

    assert result.exit_code == 2
    (line,) = [line for line in result.stderr.splitlines() if line.lower().startswith("error")]
    assert says in line


@pytest.mark.parametrize("is_module", [False, True])
def test_the_command_and_the_module_are_the_same(is_module: bool) -> None:  # noqa: FBT001 - a parameter of a test
    done = process("--version", module=is_module)

    assert (done.returncode, done.stdout) == (0, f"podconform, version {__version__}\n")


@pytest.mark.parametrize(
    ("shell", "word"), [("bash", "complete -o nosort"), ("zsh", "compdef"), ("fish", "complete --no-files")]
)
def test_shells_can_complete(shell: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PODCONFORM_COMPLETE", f"{shell}_source")

    assert word in process().stdout


def test_names_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PODCONFORM_COMPLETE", "fish_complete")
    for line, expected in [
        ("podconform li", "plain,list"),
        ("podconform list --requirement dns.ndots.def", "plain,dns.ndots.default"),
        ("podconform cluster k", "plain,kubeconfig"),
    ]:
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", line.split()[-1])
        assert expected in process().stdout.replace("\n", ",").replace("\t", ","), line
