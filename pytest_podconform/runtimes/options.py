"""Command-line options as data: the fields of a frozen dataclass, declared beside what they configure.

    @dataclass(frozen=True)
    class KubernetesOptions(RuntimeOptions):
        context: str = option("NAME", "the kubeconfig's context (default: the current one)")

The field `pull_policy` is the option `--podconform-pull-policy`. pytest shows all options in its help, so this module and
those that declare options import the standard library only, and make as few dataclasses as they can: each takes a millisecond.
"""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest

    T = TypeVar("T")

DECLARATION: Final = "declaration"


class Declaration:
    """How an option is written: its placeholder in the help (empty: a flag), the help, what its text is made into."""

    def __init__(
        self, metavar: str, text: str, parse: Callable[[str], object] | None = None, choices: Sequence[str] | None = None
    ) -> None:
        self.metavar = metavar
        self.help = text
        self.parse = parse
        self.choices = choices


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
    return dataclasses.field(default=False, metadata={DECLARATION: Declaration("", help)})


class RuntimeOptions:
    """The options of a runtime: none. One that has some declares them in a subclass, and names that as `Runtime.options`."""

    def given(self) -> list[str]:
        """Return the options that have been given."""
        return [spelling(name) for name, default, _ in _declared(type(self)) if getattr(self, name) != default]


def spelling(field: str) -> str:
    """Return how the option of a field is written on the command line."""
    return f"--podconform-{field.replace('_', '-')}"


def spellings(options: type[object]) -> list[str]:
    """Return the options that a class declares."""
    return [spelling(name) for name, _, _ in _declared(options)]


def _declared(options: type[object]) -> Iterator[tuple[str, Any, Declaration]]:
    for field in dataclasses.fields(options) if dataclasses.is_dataclass(options) else ():
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
