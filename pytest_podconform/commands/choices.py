"""Names that an option accepts; one that does not exist is an error with the closest one that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from pytest_podconform.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    NameType = click.ParamType[str]
else:
    NameType = click.ParamType  # has no parameter before click 8.5


class Known(NameType):
    """The name of a thing of that kind; `load` returns all names, and is called when an option is given or completed."""

    def __init__(self, kind: str, load: Callable[[], Collection[str]], *, prefix: str = "") -> None:
        self.name = kind
        self._load = load
        self._prefix = prefix

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's signature
        """Return the name, without the prefix that it may be written with.

        Raises:
            UsageFault: there is none of that name.

        """
        name, known = value.removeprefix(self._prefix), self._load()
        if name not in known:
            raise unknown(self.name, name, known)
        return name

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - likewise
        """Return the names that begin like this."""
        return [CompletionItem(name) for name in self._load() if name.startswith(incomplete)]
