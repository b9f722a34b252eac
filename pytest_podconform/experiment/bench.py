"""Where experiments are run: a runtime that is ready for them, and what it takes to use it."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

from pytest_podconform.judge.case import Place
from pytest_podconform.judge.verdict import Verdict

from .run import Experiment
from .shared import named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_podconform.judge.case import Case, CaseInfo
    from pytest_podconform.runtimes.interface import Facts, Runtime

    from .hearing import Record
    from .tokens import LoopLag, Tokens


class Bench:
    """A runtime that is ready for experiments."""

    def __init__(self, runtime: Runtime, facts: Facts, lag: LoopLag, tokens: Tokens) -> None:
        self.runtime = runtime
        self.facts = facts
        self._lag = lag
        self._tokens = tokens

    @property
    def shares_pods(self) -> bool:
        """Whether it is worth while that cases share a Pod: virtual time costs nothing, and one Pod a case reads best."""
        return self.runtime.loop_class is None

    async def run(self, build: Callable[[Place], Case], suffix: str, limit: float) -> Record:
        """Run one experiment."""
        (record,) = await self.run_together([build], suffix, limit)
        return record

    async def run_together(self, builds: Sequence[Callable[[Place], Case]], suffix: str, limit: float) -> list[Record]:
        """Run one experiment for a case, or for several that share a Pod."""
        place = place_of(self.facts, suffix)
        places = [named(place, number) for number, _ in enumerate(builds)] if len(builds) > 1 else [place]
        cases = [(build(there), there) for build, there in zip(builds, places, strict=True)]
        return await Experiment(cases, self.runtime, self.facts, lag=self._lag, limit=limit).run(self._tokens)

    async def smaller(self, case: CaseInfo, suffix: str, limit: float) -> str:
        """Return what the smallest of a failed case's smaller ones expected and saw that fails, too, or that none of them does.

        It is empty where the case cannot be made smaller.
        """
        builds = [functools.partial(_as_it_is, each) for each in case.build(place_of(self.facts, suffix)).smaller]
        experiments = [self.run(build, f"{suffix}-smaller{number}", limit) for number, build in enumerate(builds)]
        for done in await asyncio.gather(*experiments, return_exceptions=True):
            if isinstance(done, Exception):
                return f"not known: {type(done).__name__}: {done}"
            if isinstance(done, BaseException):
                raise done
            red = done.judgement.first_red
            if red is not None and done.judgement.verdict is Verdict.FAIL:
                return f"{red.expected}: {red.seen}"
        return f"none: each of {len(builds)} smaller ones passes" if builds else ""


def _as_it_is(case: Case, _place: Place) -> Case:
    return case


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
