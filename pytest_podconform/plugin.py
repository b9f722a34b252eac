"""The pytest plugin: options and hooks, nothing else.

Without `--podconform` it does nothing and imports nothing; all the rest is imported by `session`.
"""

from __future__ import annotations

import re

import pytest

OPTIONS = {
    "--podconform-runtime": (
        "docker",
        "NAME",
        "what to judge: docker, simulated, kubelet, kubernetes, an entry point, or module:attribute",
    ),
    "--podconform-profile": ("documented", "NAME", "what to judge it by: documented, probes or dns"),
    "--podconform-replay": ("", "REPORT", "judge the evidence of an earlier report.json again, without a runtime"),
    "--podconform-report": (
        "podconform-report",
        "DIR",
        "folder for report.json, the verdicts with their evidence, and report.md",
    ),
    "--podconform-context": ("", "NAME", "the kubeconfig's context (runtime kubernetes; default: the current one)"),
    "--podconform-node": ("", "NAME", "the node whose kubelet is judged (runtime kubernetes; default: the first that is fit)"),
    "--podconform-nodes": (
        "",
        "WHICH",
        "judge many nodes at once, all or those with a label, by a harness on each (kubernetes)",
    ),
    "--podconform-outside": (
        "",
        "NAME=ADDRESS",
        "a name outside the cluster and its only address, as its DNS finds it (kubernetes)",
    ),
    "--podconform-image-prefix": ("", "PREFIX", "the target image's registry and folder, e.g. registry.example/team"),
    "--podconform-pull-policy": ("", "POLICY", "imagePullPolicy of the target image (runtime kubernetes)"),
}
"""Name: default, what it takes, help. Help texts begin in lower case and end without a full stop, as pytest's do."""


OF_A_CLUSTER = (
    "--podconform-context",
    "--podconform-node",
    "--podconform-nodes",
    "--podconform-outside",
    "--podconform-pull-policy",
)
WITHOUT_A_CLUSTER = ("docker", "simulated", "kubelet")
FORMS = {
    "--podconform-outside": (r"[^=\s]*[^=\s.]\.?=\d+\.\d+\.\d+\.\d+", "no NAME=ADDRESS, such as www.example.com=192.0.2.11"),
    "--podconform-pull-policy": ("Always|IfNotPresent|Never", "none of Always, IfNotPresent, Never"),
}
"""What a value has to look like, and what it is where it does not."""

VIRTUAL = "simulated"
"""The runtime whose minutes take no time: nothing is slow there."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("podconform", "Pod conformance (pytest-podconform)")
    group.addoption("--podconform", action="store_true", help="judge a Pod runtime with the shipped conformance suites")
    group.addoption("--podconform-slow", action="store_true", help="judge also what takes minutes (marked slow)")
    group.addoption(
        "--podconform-strict",
        action="store_true",
        help="where the kubelet contradicts the documentation, let the documentation alone decide",
    )
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
    for name, (default, takes, text) in OPTIONS.items():
        help_text = f"{text} (default: {default})" if default else text
        group.addoption(name, metavar=takes, default=None, help=help_text)


def settings(config: pytest.Config) -> dict[str, str]:
    """Return the effective value of each option that takes one, and `yes` or `no` for flags."""
    given = {name: config.getoption(name) for name in OPTIONS}
    for name, value in given.items():
        if value == "":
            msg = f"{name} needs a value"
            raise pytest.UsageError(msg)
    if given["--podconform-replay"]:
        for name in ("--podconform-runtime", "--podconform-profile", "--podconform-slow"):
            if config.getoption(name):
                msg = f"{name} has no effect on evidence that is judged again"
                raise pytest.UsageError(msg)
    chosen = {name: given[name] or default for name, (default, _, _) in OPTIONS.items()}
    if given["--podconform-replay"] and not given["--podconform-report"]:
        chosen["--podconform-report"] = "podconform-replay"  # the evidence may lie in the default folder
    _refuse_misfits(chosen)
    slow = config.getoption("--podconform-slow") or chosen["--podconform-runtime"] == VIRTUAL
    strict = config.getoption("--podconform-strict")
    return {**chosen, "--podconform-slow": "yes" if slow else "no", "--podconform-strict": "yes" if strict else "no"}


def _refuse_misfits(chosen: dict[str, str]) -> None:
    for name in OF_A_CLUSTER:
        if chosen[name] and chosen["--podconform-runtime"] in WITHOUT_A_CLUSTER:
            msg = f"{name} has no effect on the runtime {chosen['--podconform-runtime']}"
            raise pytest.UsageError(msg)
    for name, (form, words) in FORMS.items():
        if chosen[name] and not re.fullmatch(form, chosen[name]):
            msg = f"{name}: {chosen[name]!r} is {words}"
            raise pytest.UsageError(msg)


def pytest_configure(config: pytest.Config) -> None:
    """Bring the rest into play where it is asked for."""
    if config.getoption("--podconform-manifest") and config.getoption("--podconform-explain-dns") is None:
        msg = "--podconform-manifest has no effect without --podconform-explain-dns"
        raise pytest.UsageError(msg)
    if config.getoption("--podconform"):
        from . import session  # noqa: PLC0415 - only who asks for it pays for it

        session.register(config, settings(config))
        return
    if config.getoption("--podconform-images") or config.getoption("--podconform-explain-dns"):
        return
    for name in (*OPTIONS, "--podconform-slow", "--podconform-strict"):
        if config.getoption(name):
            msg = f"{name} has no effect without --podconform"
            raise pytest.UsageError(msg)


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Answer `--podconform-list`, `--podconform-images` and `--podconform-explain-dns` in place of a run."""
    name = config.getoption("--podconform-explain-dns")
    if name is not None:
        from . import explain_dns  # noqa: PLC0415 - likewise

        return explain_dns.main(name, config.getoption("--podconform-manifest"))
    images = config.getoption("--podconform-images")
    if images:
        from . import images as target_images  # noqa: PLC0415 - likewise

        word, file = images
        return target_images.main(word, file, config.getoption("--podconform-image-prefix") or "")
    if not config.getoption("--podconform-list"):
        return None
    from . import listing  # noqa: PLC0415 - likewise

    return listing.main(settings(config)["--podconform-profile"])
