"""Judge the evidence of a report again, without a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_podconform.experiment.engine import Outcome
from pytest_podconform.experiment.run import Record
from pytest_podconform.judge.judge import Judgement, judge
from pytest_podconform.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_podconform.judge.case import CaseInfo

    from .document import CaseResult, Report


def rejudge(result: CaseResult, case: CaseInfo) -> Judgement:
    """Return what a case's recorded timeline comes to by the expectations that the case has today."""
    assert result.place is not None
    expectations = case.build(result.place).expectations
    return judge(expectations, result.timeline, result.complete, result.allowance, result.doubts)


def outcomes(report: Report, cases: Mapping[str, CaseInfo]) -> dict[str, Outcome]:
    """Judge those of the cases again that a report has evidence of; the others were not run."""
    recorded = {result.id: result for result in report.cases}
    return {name: _outcome(recorded.get(name), case) for name, case in cases.items()}


def _outcome(result: CaseResult | None, case: CaseInfo) -> Outcome:
    if result is None:
        return Outcome(case=case.id, verdict=Verdict.NOT_RUN, reason="the report has no evidence of it")
    if result.place is None or result.verdict in {Verdict.SETUP_ERROR, Verdict.HARNESS_ERROR, Verdict.NOT_RUN}:
        return Outcome(case=case.id, verdict=result.verdict, reason=result.reason)
    judgement = rejudge(result, case)
    record = Record(
        place=result.place,
        judgement=judgement,
        events=result.timeline,
        complete=result.complete,
        allowance=result.allowance,
        doubts=result.doubts,
        lasted=result.duration_s,
    )
    return Outcome(case=case.id, verdict=judgement.verdict, reason=result.reason, record=record, repeats=result.repeats)
