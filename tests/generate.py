"""Write the files that are generated: `python -m tests.generate`. A test fails while one of them is stale."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from pytest_podconform.experiment.bench import Bench
from pytest_podconform.experiment.plan import PlannedCase, groups
from pytest_podconform.experiment.tokens import LoopLag, Tokens
from pytest_podconform.report.document import schema
from pytest_podconform.runtimes.simulated import SimulatedRuntime
from pytest_podconform.runtimes.simulated.loop import run

from . import agreement, clauses, diagrams, messages, resolvers
from .mutants import table
from .mutants.mechanism import load, red_cases, requirements_of
from .running import CATALOGUE, planned

ROOT = Path(__file__).parents[1]
MOST_OF_A_WIRE = 12.0
"""Seconds: what is about a wire cannot come about here, and is waited for in vain; on the engine none took longer."""


async def _nominal() -> dict[str, float]:
    """Return how long each case takes on the virtual clock, in seconds."""
    runtime = SimulatedRuntime()
    facts = await runtime.facts()
    bench = Bench(runtime, facts, LoopLag(), Tokens(facts.max_pods, facts.starts_at_once))
    cases = [msgspec.structs.replace(case, nominal_s=None) for case in planned(*CATALOGUE.cases)]

    async def measure(case: PlannedCase) -> tuple[str, float]:
        lasted = (await bench.run(case, f"-{cases.index(case)}")).duration_s
        return case.id, round(min(lasted, MOST_OF_A_WIRE) if "wire" in case.info.marks else lasted, 1)

    found: list[tuple[str, float]] = []
    for node, group in groups(cases).items():
        await runtime.configure(node)
        found += await asyncio.gather(*map(measure, group))
    return dict(sorted(found))


def generated() -> dict[Path, bytes]:
    """Return what each generated file should hold."""
    return {
        ROOT / "suites/nominal.json": json.dumps(run(_nominal()), indent=1).encode() + b"\n",
        ROOT / "pytest_podconform/report/report.schema.json": schema(),
        ROOT / "docs/machine.md": diagrams.render().encode(),
        ROOT / "docs/agreement.md": agreement.render().encode(),
        ROOT / "docs/clauses.md": clauses.render().encode(),
        ROOT / "docs/resolvers.md": resolvers.render().encode(),
        ROOT / "tests/golden/messages.md": messages.render().encode(),
    }


def _caught(name: str) -> set[str]:
    return requirements_of(red_cases(load()[name]))


def mutants() -> str:
    """Return the table of mutants. They run on all cores, which takes minutes."""
    names = list(load())
    with ProcessPoolExecutor() as pool:
        return table.render(dict(zip(names, pool.map(_caught, names), strict=True)))


if __name__ == "__main__":
    for path, content in generated().items():
        path.write_bytes(content)
    (ROOT / "docs/mutants.md").write_text(mutants(), encoding="utf-8")
