"""Is the runtime conformant? One word, one headline, one exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pytest_podconform.judge.verdict import RED, UNJUDGED, GateWord, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_podconform.judge.verdict import Level

COULD_NOT_JUDGE: Final = 7
"""Exit status beyond pytest's own 0-6: nothing is known of the runtime, or not enough."""

EXIT_STATUS: Final[Mapping[GateWord, int]] = {
    "conformant": 0,
    "partial": 0,
    "nonconformant": 1,
    "inconclusive": COULD_NOT_JUDGE,
}


class Gate(msgspec.Struct, frozen=True):
    """The result of a run."""

    word: GateWord
    reason: str

    @property
    def exit_status(self) -> int:
        """The exit status that a process should end with."""
        return EXIT_STATUS[self.word]


def gate(verdicts: Mapping[str, tuple[Verdict, Level]], *, planned: int) -> Gate:
    """Derive the gate from the verdicts of the selected cases, out of `planned` cases of the profile.

    Conformant means: every case of the profile was selected and has a verdict, none is red, and at least one MUST was
    judged. Red wins over everything, not knowing wins over green. A selection in which anything was judged is partial.
    """
    by_verdict: dict[Verdict, list[str]] = {}
    for case, (verdict, _) in verdicts.items():
        by_verdict.setdefault(verdict, []).append(case)
    red = [case for verdict in RED for case in by_verdict.get(verdict, ())]
    unjudged = [case for verdict in UNJUDGED for case in by_verdict.get(verdict, ())]
    judged = [level for verdict, level in verdicts.values() if _is_judged(verdict)]
    if red:
        return Gate("nonconformant", f"{_cases(red)} failed")
    if unjudged:
        return Gate("inconclusive", f"{_cases(unjudged)} could not be judged")
    if not judged:
        return Gate("inconclusive", "no case was judged: each one that was selected is not applicable to this runtime")
    if len(verdicts) < planned:
        return Gate("partial", f"{len(verdicts)} of {planned} cases were selected")
    if "MUST" not in judged:
        return Gate("inconclusive", "no MUST was judged")
    return Gate("conformant", f"all {planned} cases were judged")


def _is_judged(verdict: Verdict) -> bool:
    return verdict not in UNJUDGED and verdict is not Verdict.NOT_APPLICABLE


def _cases(cases: list[str]) -> str:
    return f"{len(cases)} case{'s' if len(cases) > 1 else ''}"
