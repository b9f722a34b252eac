"""`podconform run [ARGS]`: a conformance run, which is pytest's."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from .groups import example


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog=example("podconform run --podconform-profile=dns -k search", "podconform run -- --help   # pytest's own help"),
)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(args: tuple[str, ...]) -> None:
    """Judge a runtime: pytest --podconform with these arguments.

    ARGS go to pytest as they are, and the exit status is pytest's.
    """
    exec_pytest(args)


def exec_pytest(args: tuple[str, ...]) -> NoReturn:
    """Become `python -m pytest --podconform`: the exit status and signals are its own.

    Modules in this folder can be imported there, so `--podconform-runtime=module:attribute` finds an adapter.
    """
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "--podconform", *args])  # noqa: S606 - no shell is wanted
