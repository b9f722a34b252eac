"""The pytest plugin: options and hooks, nothing else.

Without `--podconform` it does nothing and imports nothing but the declarations of options; all the rest is imported by
`session.hooks`.
"""

from __future__ import annotations

import pytest

from .runtimes.options import declare
from .session.settings import OF_RUNTIMES, Settings, all_options, settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options: those of any run, and those of each runtime that has some."""
    group = parser.getgroup("podconform", "Pod conformance (pytest-podconform)")
    group.addoption("--podconform", action="store_true", help="judge a Pod runtime with the shipped conformance suites")
    declare(group, Settings)
    for runtime, options in OF_RUNTIMES.items():
        declare(parser.getgroup(f"podconform-{runtime}", f"Pod conformance: the runtime {runtime}"), options)


def pytest_configure(config: pytest.Config) -> None:
    """Bring the rest into play where it is asked for."""
    if config.getoption("--podconform"):
        from .session import hooks  # noqa: PLC0415 - only who asks for it pays for it

        hooks.register(config, settings(config))
        return
    for name in all_options():
        if config.getoption(name):
            msg = f"{name} has no effect without --podconform"
            raise pytest.UsageError(msg)
