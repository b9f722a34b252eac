"""`podconform replay REPORT [ARGS]`: recorded evidence, judged by the expectations of this release."""

from __future__ import annotations

import click

from .groups import example
from .run import exec_pytest


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog=example("podconform replay podconform-report/report.json -k liveness"),
)
@click.argument("report")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(report: str, args: tuple[str, ...]) -> None:
    """Judge the evidence of an earlier report again, without a runtime.

    REPORT is a report.json. The verdicts are made anew, by the expectations of this release, and written to the folder
    podconform-replay (--podconform-report names another one). ARGS go to pytest as they are, and the exit status is
    pytest's.
    """
    if report.startswith("-"):
        msg = f"REPORT comes first, before {report}"
        raise click.UsageError(msg)
    exec_pytest((f"--podconform-replay={report}", *args))
