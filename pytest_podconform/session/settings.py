"""What the user asked for, parsed and validated once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_podconform.runtimes.kubernetes.options import KubernetesOptions
from pytest_podconform.runtimes.options import RuntimeOptions, flag, option, spelling, spellings, text, values, written

if TYPE_CHECKING:
    from collections.abc import Mapping

OF_RUNTIMES: Final = {"kubernetes": KubernetesOptions}
"""The options of the built-in runtimes that have some."""

WITHOUT_OPTIONS: Final = ("docker", "simulated", "kubelet")
"""The built-in runtimes that have none; what others have is known when they are imported."""

VIRTUAL: Final = "simulated"
"""The runtime whose minutes take no time: nothing is slow there."""

REPLAYED: Final = Path("podconform-replay")
"""The folder of a replay's report, unless another one is named: the evidence may lie in the default folder."""


def path(given: str) -> Path:
    """Return the path that is the value of an option; an empty one is refused."""
    return Path(text(given))


@dataclass(frozen=True, eq=False)
class Settings:
    """What a run is to do; the options of a runtime are `of_runtime`."""

    runtime: str = option(
        "NAME",
        "what to judge: docker, simulated, kubelet, kubernetes, an entry point, or module:attribute",
        default="docker",
    )
    profile: str = option("NAME", "what to judge it by: documented, probes or dns", default="documented")
    replay: Path | None = option(
        "REPORT", "judge the evidence of an earlier report.json again, without a runtime", default=None, parse=path
    )
    report: Path = option(
        "DIR",
        "folder for report.json, the verdicts with their evidence, and report.md",
        default=Path("podconform-report"),
        parse=path,
    )
    image_prefix: str = option("PREFIX", "the target image's registry and folder, e.g. registry.example/team")
    slow: bool = flag("judge also what takes minutes (marked slow)")
    strict: bool = flag("where the kubelet contradicts the documentation, let the documentation alone decide")
    of_runtime: RuntimeOptions = RuntimeOptions()

    def configuration(self) -> dict[str, str]:
        """Return all settings as text, by option, as a report keeps them."""
        general = written(self)
        last = {name: general.pop(name) for name in map(spelling, ("image_prefix", "slow", "strict"))}
        unset = {name: "" for options in OF_RUNTIMES.values() for name in spellings(options)}
        return general | unset | written(self.of_runtime) | last

    def for_harness(self) -> list[str]:
        """Return the options of a harness that judges one node of many in the same way."""
        chosen = self.configuration()
        values = [
            f"{name}={chosen[name]}" for name in map(spelling, ("profile", "image_prefix", "pull_policy")) if chosen[name]
        ]
        flags = {"slow": self.slow, "strict": self.strict}
        return values + [spelling(name) for name, is_set in flags.items() if is_set]


def had_slow_cases(configuration: Mapping[str, str]) -> bool:
    """Tell from the configuration in a report whether cases that take minutes were run."""
    return configuration.get(spelling("slow")) == written(Settings(slow=True))[spelling("slow")]


def all_options() -> list[str]:
    """Return all options that shape a run."""
    return [*spellings(Settings), *(name for options in OF_RUNTIMES.values() for name in spellings(options))]


def settings(config: pytest.Config) -> Settings:
    """Return what was asked for.

    Raises:
        pytest.UsageError: an option has no effect beside another one.

    """
    chosen = values(config, Settings)
    if chosen.replay is not None:
        chosen = _of_replay(config, chosen)
    chosen = dataclasses.replace(chosen, of_runtime=_of_runtime(config, chosen.runtime))
    return dataclasses.replace(chosen, slow=chosen.slow or chosen.runtime == VIRTUAL)


def _of_replay(config: pytest.Config, chosen: Settings) -> Settings:
    for name in ("runtime", "profile", "slow"):
        if config.getoption(spelling(name)):
            msg = f"{spelling(name)} has no effect on evidence that is judged again"
            raise pytest.UsageError(msg)
    return chosen if config.getoption(spelling("report")) else dataclasses.replace(chosen, report=REPLAYED)


def _of_runtime(config: pytest.Config, runtime: str) -> RuntimeOptions:
    for options in OF_RUNTIMES.values():
        found = values(config, options)
        if given := found.given():
            if runtime in WITHOUT_OPTIONS:
                msg = f"{given[0]} has no effect on the runtime {runtime}"
                raise pytest.UsageError(msg)
            return found
    return OF_RUNTIMES.get(runtime, RuntimeOptions)()
