"""docs/agreement.md: what each runtime made of each requirement, and why it differs where it does.

The reports lie in docs/reports; `python -m tests.agreement keep REPORT NAME` puts one there, `python -m tests.generate`
writes the page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from pytest_podconform.judge.result import CaseResult
from pytest_podconform.report import files, markdown
from pytest_podconform.report.document import Report, RequirementResult

from . import fidelity

ROOT: Final = Path(__file__).parents[1]
REPORTS: Final = ROOT / "docs/reports"
EXPLAINED: Final = ROOT / "docs/disagreements.toml"
SUBJECTS: Final = {
    "reference": REPORTS / "reference",
    "simulated": REPORTS / "simulated",
    "kubelet": REPORTS / "kubernetes-1.34.4/kubelet",
    "cluster": REPORTS / "kubernetes-1.34.4/cluster",
}


class Disagreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that a real kubelet did and we had not expected, or the other way round."""

    title: str
    about: tuple[str, ...]
    """Requirements or cases."""
    said: str
    """What documentation, dossier or our own code said."""
    seen: str
    """What the real kubelet does, and where its source says so."""
    ended: str
    """What has become of it, and the case, mutant or test that holds it."""


def disagreements() -> dict[str, Disagreement]:
    """Return all of them by id."""
    return msgspec.toml.decode(EXPLAINED.read_bytes(), type=dict[str, Disagreement])


def keep(report: Path, name: str) -> None:
    """Put a report among those that are published, as data and as a page; `NAME/slow` has the cases that take minutes."""
    subject, _, part = name.partition("/")
    folder = SUBJECTS[subject] / part
    folder.mkdir(parents=True, exist_ok=True)
    read = files.read(report)
    read.configuration["--podconform-report"] = "podconform-report"  # where it lay is nobody's business
    home = str(Path.home())  # a kubelet's own words name the files that it reads
    data = msgspec.json.encode(read).decode().replace(home, "~") + "\n"
    (folder / files.COMPRESSED_NAME).write_bytes(files.compress(data.encode()))
    (folder / files.PAGE).write_text(markdown.render(read).replace(home, "~"), encoding="utf-8")


def render() -> str:
    """Return the page."""
    reports = {name: files.read(folder / files.COMPRESSED_NAME) for name, folder in SUBJECTS.items()}
    return "\n".join([*_head(reports), *_table(reports), *_fidelity(reports), *_explained()]) + "\n"


def _head(reports: Mapping[str, Report]) -> Iterator[str]:
    yield "# Agreement"
    yield ""
    yield "Each case was run on each of these; written by `python -m tests.generate` from the reports beside this page."
    yield ""
    yield "| | subject | cases | headline | report |"
    yield "|---|---|---|---|---|"
    for name, report in reports.items():
        page = (SUBJECTS[name] / files.PAGE).relative_to(ROOT / "docs")
        yield f"| {name} | {report.runtime.name} | {len(report.cases)} | {report.headline} | [{page.parent}]({page}) |"


def _table(reports: Mapping[str, Report]) -> Iterator[str]:
    by_name = {name: {**_judged(_slow(name)), **_judged(report)} for name, report in reports.items()}
    judged = dict.fromkeys(requirement for each in by_name.values() for requirement in each)
    yield ""
    yield "A dot is a pass; `k` a pass on the kubelet's side where it contradicts the documentation. Cases that take minutes"
    yield "(back-off's cap and reset) are from runs of their own, in the folders `slow`."
    yield ""
    yield f"| requirement | {' | '.join(reports)} |"
    yield f"|---|{'---|' * len(reports)}"
    for requirement in judged:
        cells = (_cell(each.get(requirement)) for each in by_name.values())
        yield f"| `{requirement}` | {' | '.join(cells)} |"


def _slow(name: str) -> Report | None:
    path = SUBJECTS[name] / "slow" / files.COMPRESSED_NAME
    return files.read(path) if path.exists() else None


def _judged(report: Report | None) -> dict[str, RequirementResult]:
    return {} if report is None else {each.id: each for each in report.requirements if each.state == "judged"}


def _cell(result: RequirementResult | None) -> str:
    if result is None or result.verdict is None:
        return "not run"
    word = {"pass": ".", "not-applicable": "n/a"}.get(result.verdict.value, result.verdict.value)
    return "k" if word == "." and result.takes == "kubelet" else word


def _fidelity(reports: Mapping[str, Report]) -> Iterator[str]:
    """Yield what the simulated runtime's timelines have in common with those of all others."""
    simulated = {case.id: case for case in reports["simulated"].cases if case.timeline}
    yield ""
    yield "## Timelines"
    yield ""
    yield "The simulated runtime's timelines beside those of the others: the same probes, starts, ends, phases and changes of"
    yield "Ready in the same order and number, up to the moment at which the shorter record ends (`tests/fidelity.py`)."
    yield ""
    yield "| simulated and | cases | gaps between probes | their difference, median and largest | differences |"
    yield "|---|---|---|---|---|"
    found: list[str] = []
    for name, report in reports.items():
        pairs = [(simulated[case.id], case) for case in report.cases if case.id in simulated and case.timeline]
        if name == "simulated":
            continue
        apart = [abs(a - b) for one, other in pairs for a, b in _gap_pairs(one, other)]
        wrong = [f"- {name}, `{other.id}`: {text}" for one, other in pairs for text in _differences(one, other)]
        found += wrong
        yield f"| {name} | {len(pairs)} | {len(apart)} | {median(apart):.3f} s, {max(apart):.2f} s | {len(wrong)} |"
    yield from ["", *found] if found else []


def _differences(one: CaseResult, other: CaseResult) -> list[str]:
    order = fidelity.differences(fidelity.normalised(one.timeline), fidelity.normalised(other.timeline))
    return order + fidelity.strange_gaps(fidelity.gaps(one.timeline), fidelity.gaps(other.timeline))


def _gap_pairs(one: CaseResult, other: CaseResult) -> Iterator[tuple[float, float]]:
    ours, theirs = fidelity.gaps(one.timeline), fidelity.gaps(other.timeline)
    for key in ours.keys() & theirs.keys():
        yield from zip(ours[key], theirs[key], strict=False)


def _explained() -> Iterator[str]:
    yield ""
    yield "## Where a real kubelet and we disagreed, and how each ended"
    for each in disagreements().values():
        yield ""
        yield f"### {each.title}"
        yield ""
        yield f"- about: {', '.join(f'`{name}`' for name in each.about)}"
        yield f"- said: {each.said}"
        yield f"- seen: {each.seen}"
        yield f"- ended: {each.ended}"


if __name__ == "__main__":
    _, word, report, name = sys.argv
    assert word == "keep", __doc__
    keep(Path(report), name)
