"""Put the results of a run together into a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_podconform import __version__
from pytest_podconform.experiment.plan import digest
from pytest_podconform.judge.verdict import Verdict, worst
from pytest_podconform.requirements.registry import VERSION

from .document import SCHEMA_VERSION, Report, RequirementResult, State
from .gate import Gate, gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_podconform.experiment.catalogue import Catalogue
    from pytest_podconform.experiment.summary import RunSummary
    from pytest_podconform.judge.result import CaseResult


def build_report(catalogue: Catalogue, run: RunSummary) -> Report:
    """Build the report of a run; it has one result for each selected case."""
    results = run.results
    result = gate({name: (each.verdict, each.level) for name, each in results.items()}, planned=len(catalogue.cases))
    return Report(
        schema_version=SCHEMA_VERSION,
        podconform=__version__,
        requirement_set=VERSION,
        plan_digest=digest(catalogue.cases, VERSION),
        started_at=run.started_at,
        gate=result.word,
        headline=headline(result, catalogue, results),
        exit_status=result.exit_status,
        profile=catalogue.profile.name,
        runtime=run.subject,
        configuration=dict(run.configuration),
        timing=run.timing,
        requirements=tuple(_requirements(catalogue, results)),
        not_selected=tuple(name for name in catalogue.cases if name not in results),
        left_out=tuple(catalogue.left_out),
        cases=tuple(results[name] for name in sorted(results)),
        nodes=run.nodes,
    )


def headline(result: Gate, catalogue: Catalogue, results: Mapping[str, CaseResult]) -> str:
    """Say in one line what the run means, and what it does not."""
    sorted_out = catalogue.coverage
    covered = [name for name in sorted_out.covered if catalogue.requirements[name].level == "MUST"]
    uncovered = [name for name in sorted_out.uncovered if catalogue.requirements[name].level == "MUST"]
    passed = [name for name in covered if _verdict_of(sorted_out.covered[name], results) is Verdict.PASS]
    total = len(covered) + len(uncovered)
    text = f"{result.word.upper()} for {len(passed)} of {total} MUST ({len(uncovered)} not covered by this release"
    text += f"; without {len(catalogue.left_out)} slow cases)" if catalogue.left_out else ")"
    if result.word != "conformant":
        text += f": {result.reason}"
    lacking = {Verdict.NOT_APPLICABLE, Verdict.UNTESTABLE}
    without = [each for each in results.values() if each.verdict in lacking and each.level == "MUST"]
    declined = sorted({each.reason for each in without})
    return "; ".join([text, *declined])


def _verdict_of(cases: tuple[str, ...], results: Mapping[str, CaseResult]) -> Verdict | None:
    """Return the most severe verdict among a requirement's cases; those that are not applicable count where no other is."""
    found = [results[case].verdict for case in cases if case in results]
    judged = [verdict for verdict in found if verdict is not Verdict.NOT_APPLICABLE] or found
    return worst(*judged) if judged else None


def _requirements(catalogue: Catalogue, results: Mapping[str, CaseResult]) -> list[RequirementResult]:
    sorted_out = catalogue.coverage
    found: list[RequirementResult] = []
    for requirement in catalogue.requirements.values():
        if requirement.suite not in catalogue.profile.suites:
            continue
        cases = sorted_out.covered.get(requirement.id, ())
        verdict = _verdict_of(cases, results)
        state: State = "judged" if verdict else "not-selected" if cases else "uncovered"
        if requirement.id in sorted_out.excluded:
            state = "excluded"
        found.append(
            RequirementResult(
                id=requirement.id,
                suite=requirement.suite,
                level=requirement.level,
                title=requirement.title,
                source=requirement.source,
                state=state,
                verdict=verdict,
                cases=cases,
                takes=_side(results[case] for case in cases if case in results),
                note=requirement.excluded or requirement.note,
                basis=requirement.basis,
                clauses=requirement.clauses,
            )
        )
    return found


def _side(results: Iterable[CaseResult]) -> str:
    """Tell which side of a contradiction the runtime took; the kubelet's in one case is the kubelet's."""
    sides = {decision.takes for result in results for decision in result.expectations if decision.takes}
    return "kubelet" if "kubelet" in sides else "".join(sides)
