"""`podconform`: the root command. Imports click and the standard library only; `--help` is answered in a moment."""

from __future__ import annotations

from typing import Final

import click

from pytest_podconform import __version__

from .groups import Lazy, LazyGroup, example

COMMANDS: Final = {
    name: Lazy(f"{__package__}.{module}", summary)
    for name, module, summary in (
        ("run", "run", "Judge a runtime: pytest --podconform with these arguments."),
        ("list", "listing", "List requirements and the cases that cover them, by suite."),
        ("explain-dns", "explain_dns", "Show the DNS queries a lookup of NAME needs, and how to reduce them."),
        ("replay", "replay", "Judge the evidence of an earlier report again, without a runtime."),
        ("images", "images", "List, save or build the images that nodes need."),
        ("node", "node", "Start or stop a standalone kubelet on this machine."),
        ("cluster", "cluster", "Start or stop a cluster of one node on this machine."),
    )
}
"""All commands, in the order of the help page."""


@click.command(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("podconform run --podconform-runtime=simulated", "podconform explain-dns api.example.com"),
)
@click.version_option(__version__, prog_name="podconform")
def main() -> None:
    """Test whether a container runtime implements Kubernetes Pods as documented.

    Exit status: 0 done, 1 not done (this machine or the cluster prevented it), 2 usage error. "run" and "replay" end with
    pytest's exit status.
    """
