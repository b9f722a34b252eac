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
    group.addoption("--podconform-list", action="store_true", help="list requirements and cases, with coverage, and exit")
    group.addoption(
        "--podconform-images",
        nargs=2,
        metavar=("save", "FILE"),
        default=None,
        help="write the target image (save-harness: this tool) as an archive for `docker load` and the like, and exit",
    )
    group.addoption(
        "--podconform-explain-dns",
        metavar="NAME",
        default=None,
        help="say what a Pod's lookup of a name costs in queries, and how it gets cheap, and exit",
    )
    group.addoption(
        "--podconform-manifest",
        metavar="FILE",
        default=None,
        help="the Pod, or workload, that --podconform-explain-dns is about (default: a Pod with ClusterFirst)",
    )
    for runtime, options in OF_RUNTIMES.items():
        declare(parser.getgroup(f"podconform-{runtime}", f"Pod conformance: the runtime {runtime}"), options)


def pytest_configure(config: pytest.Config) -> None:
    """Bring the rest into play where it is asked for."""
    if config.getoption("--podconform-manifest") and config.getoption("--podconform-explain-dns") is None:
        msg = "--podconform-manifest has no effect without --podconform-explain-dns"
        raise pytest.UsageError(msg)
    if config.getoption("--podconform"):
        from .session import hooks  # noqa: PLC0415 - only who asks for it pays for it

        hooks.register(config, settings(config))
        return
    if config.getoption("--podconform-images") or config.getoption("--podconform-explain-dns"):
        return
    for name in all_options():
        if config.getoption(name):
            msg = f"{name} has no effect without --podconform"
            raise pytest.UsageError(msg)


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Answer `--podconform-list`, `--podconform-images` and `--podconform-explain-dns` in place of a run."""
    name = config.getoption("--podconform-explain-dns")
    if name is not None:
        from .commands import explain_dns  # noqa: PLC0415 - likewise

        return explain_dns.main(name, config.getoption("--podconform-manifest"))
    images = config.getoption("--podconform-images")
    if images:
        from .commands import images as target_images  # noqa: PLC0415 - likewise

        word, file = images
        return target_images.main(word, file, config.getoption("--podconform-image-prefix") or "")
    if not config.getoption("--podconform-list"):
        return None
    from .commands import listing  # noqa: PLC0415 - likewise

    return listing.main(settings(config).profile)
