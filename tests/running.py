"""Run cases on a runtime, without a pytest session around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_podconform.experiment.engine import Engine, Outcome
from pytest_podconform.runtimes.interface import Runtime
from pytest_podconform.session import load_catalogue

CATALOGUE = load_catalogue("documented")


def run(
    runtime: type[Runtime], cases: Iterable[str], *, nominal: Mapping[str, float] | None = None
) -> tuple[Engine, dict[str, Outcome]]:
    """Run these cases; without their nominal lengths each of them may take an hour of the runtime's clock."""
    engine = Engine(
        [CATALOGUE.cases[name] for name in cases],
        lambda: runtime,
        lambda _message: None,
        requirements=CATALOGUE.requirements,
        profile=CATALOGUE.profile,
        nominal=nominal or {},
    )
    engine.start()
    outcomes = {name: engine.wait(name, timeout=120) for name in cases}
    engine.stop()
    return engine, outcomes
