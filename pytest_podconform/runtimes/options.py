"""Command-line options as data: the fields of a frozen dataclass, declared beside what they configure.

    @dataclass(frozen=True)
    class KubernetesOptions(RuntimeOptions):
        context: str = option("NAME", "the kubeconfig's context (default: the current one)")

The field `pull_policy` is the option `--podconform-pull-policy`. pytest shows all options in its help, so this module and
those that declare options import the standard library only.
"""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest

    T = TypeVar("T")

DECLARATION: Final = "declaration"


@dataclass(frozen=True)
class Declaration:
    """How an option is written: its placeholder in the help (empty: a flag), the help, what its text is made into."""

    metavar: str
    help: str
    parse: Callable[[str], object]
    choices: Sequence[str] | None


def text(given: str) -> str:
    """Return the text of an option.

    Raises:
        argparse.ArgumentTypeError: it is empty.

    """
    if not given:
        msg = "needs a value"
        raise argparse.ArgumentTypeError(msg)
    return given


def option(
    metavar: str,
    help: str,  # noqa: A002 - argparse's own word
    *,
    default: Any = "",
    parse: Callable[[str], object] = text,
    choices: Sequence[str] | None = None,
) -> Any:
    """Declare a field to be an option that takes a value.

    The help begins in lower case and ends without a full stop, as pytest's do.
    """
    return dataclasses.field(default=default, metadata={DECLARATION: Declaration(metavar, help, parse, choices)})


def flag(help: str) -> Any:  # noqa: A002 - likewise
    """Declare a field to be a flag."""
    return dataclasses.field(default=False, metadata={DECLARATION: Declaration("", help, text, None)})


@dataclass(frozen=True)
class RuntimeOptions:
    """The options of a runtime; a runtime that has some declares a subclass, and names it as `Runtime.options`."""

    def given(self) -> list[str]:
        """Return the options that have been given."""
        return [spelling(field.name) for field in dataclasses.fields(self) if getattr(self, field.name) != field.default]


def spelling(field: str) -> str:
    """Return how the option of a field is written on the command line."""
    return f"--podconform-{field.replace('_', '-')}"


def spellings(options: type[object]) -> list[str]:
    """Return the options that a class declares."""
    return [spelling(name) for name, _, _ in _declared(options)]


def _declared(options: type[object]) -> Iterator[tuple[str, Any, Declaration]]:
    assert dataclasses.is_dataclass(options)
    for field in dataclasses.fields(options):
        if DECLARATION in field.metadata:
            yield field.name, field.default, field.metadata[DECLARATION]


def declare(group: pytest.OptionGroup, options: type[object]) -> None:
    """Add the options of a class to a group of pytest's; their default there is None, so that what was given is known."""
    for name, default, declared in _declared(options):
        if not declared.metavar:
            group.addoption(spelling(name), action="store_true", help=declared.help)
            continue
        group.addoption(
            spelling(name),
            metavar=declared.metavar,
            default=None,
            type=declared.parse,
            choices=declared.choices,
            help=f"{declared.help} (default: {default})" if default else declared.help,
        )


def values(config: pytest.Config, options: type[T]) -> T:
    """Return the values of the options of a class."""
    given = {name: config.getoption(spelling(name)) for name, _, _ in _declared(options)}
    return options(**{name: value for name, value in given.items() if value is not None})


def written(options: object) -> dict[str, str]:
    """Return the values of all options as text, by option; empty where there is none, `yes` or `no` for a flag."""
    return {spelling(name): _written(getattr(options, name)) for name, _, _ in _declared(type(options))}


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
