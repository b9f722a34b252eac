"""Groups of commands: a name that does not exist gets the closest one, an error of ours its own form and exit status."""

from __future__ import annotations

import difflib
import importlib
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import click

from pytest_podconform.errors import PodconformError, UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_DONE: Final = 1
"""Exit status of a command that this machine, or the cluster, did not let finish."""

USAGE_ERROR: Final = 2
"""Exit status of a usage error; it is click's own."""


def example(*lines: str) -> str:
    """Return the end of a help page: commands to copy, each on its own line."""
    return "\n".join(["\b", "Example:" if len(lines) == 1 else "Examples:", *(f"  {line}" for line in lines)])


class Group(click.Group):
    """A group that names the closest command for one that does not exist."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the name and the command that the arguments begin with, and the remaining arguments."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            close = difflib.get_close_matches(name, self.list_commands(ctx), n=1, cutoff=0.5)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


class Lazy(NamedTuple):
    """A command that is not imported yet."""

    module: str
    """The module, whose attribute `command` it is."""
    summary: str
    """The first sentence of its help: the page that lists all commands imports none of them."""


class LazyGroup(Group):
    """The root group: its commands are known by name and summary, and imported when they are used."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **more: Any) -> None:
        super().__init__(*args, **more)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order of the table."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """Import a command; return None if there is none of that name."""
        known = self.lazy.get(cmd_name)
        return None if known is None else cast("click.Command", importlib.import_module(known.module).command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, known.summary) for name, known in self.lazy.items()])

    def main(self, *args: Any, **more: Any) -> Any:
        """Run the command that the arguments name; an error of ours is printed and becomes the exit status."""
        try:
            return super().main(*args, **more)
        except PodconformError as error:
            click.echo(str(error), err=True)
            sys.exit(_exit_status(error))


def _exit_status(error: PodconformError) -> int:
    return USAGE_ERROR if isinstance(error, UsageFault) else NOT_DONE
