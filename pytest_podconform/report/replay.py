"""Judge the evidence of a report again, without a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_podconform.judge.judge import Judgement, judge

if TYPE_CHECKING:
    from pytest_podconform.judge.case import CaseInfo

    from .document import CaseResult


def rejudge(result: CaseResult, case: CaseInfo) -> Judgement:
    """Return what a case's recorded timeline comes to by the expectations that the case has today."""
    assert result.place is not None
    expectations = case.build(result.place).expectations
    return judge(expectations, result.timeline, result.complete, result.allowance, result.doubts)
