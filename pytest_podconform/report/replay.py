"""Judge the evidence of a report again, without a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_podconform.errors import UsageFault
from pytest_podconform.evidence.certainty import Doubt
from pytest_podconform.experiment.engine import Outcome
from pytest_podconform.experiment.hearing import Record
from pytest_podconform.judge.judge import Judgement, judge
from pytest_podconform.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_podconform.judge.case import CaseInfo

    from .document import CaseResult, Report


WITHOUT_EVIDENCE: Final = frozenset(
    {Verdict.NOT_APPLICABLE, Verdict.UNTESTABLE, Verdict.NOT_RUN, Verdict.SETUP_ERROR, Verdict.HARNESS_ERROR}
)
"""Verdicts that do not come from a timeline."""


def rejudge(result: CaseResult, case: CaseInfo) -> Judgement:
    """Return what a case's recorded timeline comes to by the expectations that the case has today."""
    assert result.place is not None
    expectations = case.build(result.place).expectations
    return judge(expectations, result.timeline, result.complete, result.allowance, _doubts(result))


def _doubts(result: CaseResult) -> tuple[Doubt, ...]:
    return tuple(Doubt(reason, result.doubtful_since_s) for reason in result.doubts)


def see_that_all_is_known(report: Report, cases: Mapping[str, CaseInfo]) -> None:
    """See that nothing that a report tells of would get lost.

    Raises:
        UsageFault: it has cases that this release has not.

    """
    strange = [result.id for result in report.cases if result.id not in cases]
    if strange:
        msg = f"--podconform-replay: the report has {len(strange)} cases that this release has not, the first is {strange[0]}"
        raise UsageFault(msg, do=[f"judge it with podconform {report.podconform}"])


def outcomes(report: Report, cases: Mapping[str, CaseInfo], *, strict: bool = False) -> dict[str, Outcome]:
    """Judge those of the cases again that a report has evidence of; the others were not run."""
    recorded = {result.id: result for result in report.cases}
    return {name: _outcome(recorded.get(name), case, strict=strict) for name, case in cases.items()}


def _outcome(result: CaseResult | None, case: CaseInfo, *, strict: bool) -> Outcome:
    if result is None:
        return Outcome(case=case.id, verdict=Verdict.NOT_RUN, reason="the report has no evidence of it")
    was_interrupted = result.verdict is Verdict.INCONCLUSIVE and not result.expectations
    if result.verdict in WITHOUT_EVIDENCE or was_interrupted:
        return Outcome(case=case.id, verdict=result.verdict, reason=result.reason)
    if result.place is None:
        return Outcome(case=case.id, verdict=Verdict.NOT_RUN, reason="the report has a verdict of it, but no evidence")
    try:
        judgement = rejudge(result, case)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"its evidence is damaged: {type(error).__name__}: {error}"
        return Outcome(case=case.id, verdict=Verdict.NOT_RUN, reason=reason)
    if strict:
        judgement = judgement.strictly()
    record = Record(
        place=result.place,
        judgement=judgement,
        events=result.timeline,
        complete=result.complete,
        allowance=result.allowance,
        doubts=_doubts(result),
        lasted=result.duration_s,
    )
    return Outcome(
        case=case.id,
        verdict=judgement.verdict,
        reason=result.reason,
        record=record,
        repeats=result.repeats,
        together=result.together,
        smaller=result.smaller,
    )
