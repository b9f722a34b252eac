"""The minimal failing variant: a case that failed is run again with less in it, to find the least that fails as well."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.judge.verdict import BROKEN

from .bench import place_of
from .shared import OwnPods, PlacedCase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_podconform.judge.result import CaseResult

    from .bench import Bench
    from .plan import PlannedCase


async def with_minimal_variant(bench: Bench, case: PlannedCase, result: CaseResult, suffix: str) -> CaseResult:
    """Return the result with what the smallest variant that fails expected and saw, or that none of them fails.

    All variants run at once, in Pods of their own. A case that did not fail, or has no variants, is left as it is.
    """
    if result.verdict not in BROKEN:
        return result
    variants = list(_variants(bench, case, suffix))
    if not variants:
        return result
    done = await asyncio.gather(*(bench.observe(each) for each in variants), return_exceptions=True)
    return msgspec.structs.replace(result, smaller=_told(done))


def _variants(bench: Bench, case: PlannedCase, suffix: str) -> Iterator[OwnPods]:
    place = place_of(bench.facts, suffix)
    for number, variant in enumerate(case.info.build_variants(place)):
        yield OwnPods(PlacedCase(case, variant, place_of(bench.facts, f"{suffix}-smaller{number}")))


def _told(done: list[list[CaseResult] | BaseException]) -> str:
    for each in done:
        if isinstance(each, Exception):
            return f"not known: {type(each).__name__}: {each}"
        if isinstance(each, BaseException):
            raise each
        for result in each:
            if result.verdict in BROKEN:
                return f"{result.expected}: {result.seen}"
    return f"none: each of {len(done)} smaller ones passes"
