"""Judge the evidence of a report again, without a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_podconform.errors import PodconformError, UsageFault
from pytest_podconform.experiment.summary import Progress, RunSummary
from pytest_podconform.judge.judge import Judgement, judge
from pytest_podconform.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_podconform.experiment.catalogue import Catalogue
    from pytest_podconform.experiment.plan import PlannedCase
    from pytest_podconform.judge.case import CaseInfo
    from pytest_podconform.judge.result import CaseResult

    from .document import Report


WITHOUT_EVIDENCE: Final = frozenset(
    {Verdict.NOT_APPLICABLE, Verdict.UNTESTABLE, Verdict.NOT_RUN, Verdict.SETUP_ERROR, Verdict.HARNESS_ERROR}
)
"""Verdicts that do not come from a timeline."""


class Replay:
    """The verdicts on the evidence of a report, by the expectations that cases have today."""

    failure: PodconformError | None = None

    def __init__(self, evidence: Report, catalogue: Catalogue, *, strict: bool) -> None:
        self._evidence = evidence
        self._catalogue = catalogue
        self._strict = strict
        self._results: dict[str, CaseResult] = {}

    def start(self, selected: Sequence[str], decided: Callable[[CaseResult], None] | None = None) -> None:
        """Judge all of them at once."""
        planned = self._catalogue.plan(selected, self._evidence.runtime.option)
        self._results = rejudged(self._evidence, planned, strict=self._strict)
        if decided is not None:
            for result in self._results.values():
                decided(result)

    def wait_until_ready(self, timeout: float) -> bool:  # noqa: ARG002 - nothing is waited for
        """Tell that all results are there."""
        return True

    def result(self, case: str, timeout: float) -> CaseResult:  # noqa: ARG002 - likewise
        """Return the result of a case."""
        return self._results[case]

    def progress(self) -> Progress:
        """Return that all results are there."""
        return Progress(len(self._results), [])

    def stop(self) -> RunSummary | None:
        """Return what is to be reported: the new verdicts, and all else as it was recorded; None if there are none."""
        if not self._results:
            return None
        return RunSummary(
            results=self._results,
            subject=self._evidence.runtime,
            timing=self._evidence.timing,
            configuration=self._evidence.configuration,
            started_at=self._evidence.started_at,
            nodes=self._evidence.nodes,
        )


def rejudge(result: CaseResult, case: CaseInfo) -> Judgement:
    """Return what a case's recorded timeline comes to by the expectations that the case has today."""
    assert result.place is not None
    expectations = case.build(result.place).expectations
    return judge(expectations, result.timeline, result.complete, result.allowance, result.dated_doubts)


def see_that_all_is_known(report: Report, cases: Mapping[str, CaseInfo]) -> None:
    """See that nothing that a report tells of would get lost.

    Raises:
        UsageFault: it has cases that this release has not.

    """
    strange = [result.id for result in report.cases if result.id not in cases]
    if strange:
        msg = f"the report has {len(strange)} cases that this release has not, the first is {strange[0]}"
        raise UsageFault(msg, do=[f"judge it with podconform {report.podconform}"])


def rejudged(report: Report, cases: Sequence[PlannedCase], *, strict: bool = False) -> dict[str, CaseResult]:
    """Judge those of the cases again that a report has evidence of; the others were not run."""
    recorded = {result.id: result for result in report.cases}
    return {case.id: _result(recorded.get(case.id), case, strict=strict) for case in cases}


def _result(recorded: CaseResult | None, case: PlannedCase, *, strict: bool) -> CaseResult:
    if recorded is None:
        return case.result(Verdict.NOT_RUN, "the report has no evidence of it")
    was_interrupted = recorded.verdict is Verdict.INCONCLUSIVE and not recorded.expectations
    if recorded.verdict in WITHOUT_EVIDENCE or was_interrupted:
        return case.renewed(recorded)
    if recorded.place is None:
        return case.result(Verdict.NOT_RUN, "the report has a verdict of it, but no evidence")
    try:
        judgement = rejudge(recorded, case.info)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return case.result(Verdict.NOT_RUN, f"its evidence is damaged: {type(error).__name__}: {error}")
    result = case.renewed(recorded).judged(judgement)
    return result.strictly() if strict else result
