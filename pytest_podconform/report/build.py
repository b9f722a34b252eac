"""Put a run's outcomes together into a report."""

from __future__ import annotations

import resource
import sys
from typing import TYPE_CHECKING

import msgspec

from pytest_podconform import __version__
from pytest_podconform.experiment.plan import digest, level_of
from pytest_podconform.judge.tolerance import Allowance
from pytest_podconform.judge.verdict import Verdict, worst
from pytest_podconform.requirements.coverage import Coverage, coverage
from pytest_podconform.requirements.registry import VERSION

from .document import SCHEMA_VERSION, CaseResult, NodeResult, Report, RequirementResult, State, Subject, Timing
from .gate import Gate, final, gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_podconform.experiment.engine import Engine, Outcome
    from pytest_podconform.judge.case import CaseInfo
    from pytest_podconform.judge.judge import Judgement
    from pytest_podconform.requirements import Level, Profile, Requirement


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run is chosen from: requirements, the cases of a profile, and their nominal lengths in seconds.

    `left_out`: the cases that take minutes, where nobody has asked for them.
    """

    requirements: Mapping[str, Requirement]
    profile: Profile
    cases: Mapping[str, CaseInfo]
    nominal: Mapping[str, float]
    left_out: Mapping[str, CaseInfo] = {}

    @property
    def coverage(self) -> Coverage:
        """Which requirements of the profile have cases, be they left out or not."""
        return coverage(self.requirements, [*self.cases.values(), *self.left_out.values()], self.profile)

    def level(self, case: str) -> Level:
        """Return the level of a case."""
        return level_of(self.cases[case], self.requirements)


def build_report(
    catalogue: Catalogue,
    outcomes: Mapping[str, Outcome],
    *,
    subject: Subject,
    timing: Timing,
    configuration: Mapping[str, str],
    started_at: str,
    nodes: tuple[NodeResult, ...] = (),
) -> Report:
    """Build the report of a run; `outcomes` holds one for each selected case."""
    results = {name: _case(catalogue, outcome, subject.option) for name, outcome in outcomes.items()}
    result = gate({name: (each.verdict, each.level) for name, each in results.items()}, planned=len(catalogue.cases))
    return Report(
        schema_version=SCHEMA_VERSION,
        podconform=__version__,
        requirement_set=VERSION,
        plan_digest=digest(catalogue.cases, VERSION),
        started_at=started_at,
        gate=result.word,
        headline=headline(result, catalogue, results),
        exit_status=result.exit_status,
        profile=catalogue.profile.name,
        runtime=subject,
        configuration=dict(configuration),
        timing=timing,
        requirements=tuple(_requirements(catalogue, results)),
        not_selected=tuple(name for name in catalogue.cases if name not in outcomes),
        left_out=tuple(catalogue.left_out),
        cases=tuple(results[name] for name in sorted(results)),
        nodes=nodes,
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


def _case(catalogue: Catalogue, outcome: Outcome, option: str) -> CaseResult:
    case, record = catalogue.cases[outcome.case], outcome.record
    level = catalogue.level(outcome.case)
    judgement = record.judgement if record is not None else None
    expected, seen = _explanation(judgement)
    doubts = record.doubts if record else ()
    return CaseResult(
        id=case.id,
        title=case.title,
        verdict=final(outcome.verdict, level),
        level=level,
        requirements=case.requirements,
        expected=expected,
        seen=seen,
        expectations=judgement.decisions if judgement else (),
        reason=outcome.reason,
        doubts=tuple(doubt.reason for doubt in doubts),
        doubtful_since_s=doubts[0].since if doubts else 0.0,
        repeats=outcome.repeats,
        duration_s=record.lasted if record else 0.0,
        nominal_s=catalogue.nominal.get(case.id, 0.0),
        place=record.place if record else None,
        allowance=record.allowance if record else Allowance(),
        complete=record.complete if record else {},
        timeline=record.events if record else (),
        reproduce=_reproduce(case, outcome, option),
        together=outcome.together,
        smaller=outcome.smaller,
    )


def _reproduce(case: CaseInfo, outcome: Outcome, option: str) -> str:
    """Return the command that repeats it as it was: together with those with which it shared its Pod."""
    named = " ".join(f"'podconform::{name}'" for name in outcome.together or (case.id,))
    command = "python -m pytest" if ":" in option else "pytest"  # which looks for modules in this folder, too
    return f"{command} --podconform --podconform-runtime={option} {_flags(case)}{named}"


def _flags(case: CaseInfo) -> str:
    return "--podconform-slow " if "slow" in case.marks else ""


def _explanation(judgement: Judgement | None) -> tuple[str, str]:
    if judgement is None:
        return "", ""
    red = judgement.first_red
    decisions = judgement.decisions if red is None else (red,)
    return "; ".join(each.expected for each in decisions), "; ".join(each.seen for each in decisions)


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


def subject_of(engine: Engine | None, option: str) -> Subject:
    """Say what an engine has judged."""
    capabilities = engine.capabilities if engine else None
    return Subject(
        name=(engine.subject if engine else "") or option,
        option=option,
        capabilities=msgspec.structs.asdict(capabilities) if capabilities else {},
    )


def timing_of(catalogue: Catalogue, engine: Engine | None, wall_s: float) -> Timing:
    """Say how long an engine took."""
    timing = engine.timing if engine else None
    latencies = engine.latencies if engine else None
    at_once = engine.facts.starts_at_once if engine and engine.facts else 1
    return Timing(
        wall_s=round(wall_s, 3),
        set_up_s=round(timing.set_up, 3) if timing else 0.0,
        experiments_s=round(timing.experiments, 3) if timing else 0.0,
        longest_case_s=max(
            (catalogue.nominal.get(done.case, 0.0) for done in (engine.decided() if engine else ())), default=0.0
        ),
        engine_work_s=round(timing.starts_held / at_once, 3) if timing else 0.0,
        start_latency_s=latencies.start if latencies else 0.0,
        status_latency_s=latencies.status if latencies else 0.0,
        peak_rss_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    )
