"""Where experiments are run: a runtime that is ready for them, and what it takes to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_podconform.judge.case import Place

from .run import Experiment
from .shared import setup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_podconform.judge.result import CaseResult
    from pytest_podconform.runtimes.interface import Facts, Runtime

    from .plan import PlannedCase
    from .shared import Setup
    from .tokens import LoopLag, Tokens


class Bench:
    """A runtime that is ready for experiments."""

    def __init__(self, runtime: Runtime, facts: Facts, lag: LoopLag, tokens: Tokens) -> None:
        self.runtime = runtime
        self.facts = facts
        self.tokens = tokens
        self._lag = lag

    @property
    def shares_pods(self) -> bool:
        """Whether it is worth while that cases share a Pod: virtual time costs nothing, and one Pod a case reads best."""
        return self.runtime.loop_class is None

    async def run(self, case: PlannedCase, suffix: str) -> CaseResult:
        """Run one case in Pods of its own; `suffix` keeps its objects apart from those of all others."""
        (result,) = await self.run_together([case], suffix)
        return result

    async def run_together(self, cases: Sequence[PlannedCase], suffix: str) -> list[CaseResult]:
        """Run one experiment for a case, or for several that share a Pod."""
        return await self.observe(setup(cases, place_of(self.facts, suffix)))

    async def observe(self, what: Setup) -> list[CaseResult]:
        """Run one experiment, and return what each of its cases came to."""
        return await Experiment(what, self.runtime, self.facts, self._lag).run(self.tokens)


def place_of(facts: Facts, suffix: str) -> Place:
    """Return where a case runs: `suffix` keeps its objects apart from those of all others."""
    namespace, other_namespace = facts.namespaces
    return Place(
        namespace=namespace,
        other_namespace=other_namespace,
        suffix=suffix,
        cluster_domain=facts.cluster_domain,
        cluster_dns=facts.cluster_dns,
        node_searches=facts.node_searches,
        node_nameservers=facts.node_nameservers,
        node_options=facts.node_options,
        tells_endpoints=facts.tells_endpoints,
        outside=None if facts.outside is None else (facts.outside[0].rstrip("."), facts.outside[1]),
    )
