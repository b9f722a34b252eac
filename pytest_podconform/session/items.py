"""Cases as pytest items. They come from the registry, so no setting of the user changes what there is.

A case's node id is `podconform::` and its id, however pytest was called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_podconform.errors import unknown
from pytest_podconform.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_podconform.judge.case import CaseInfo
    from pytest_podconform.judge.result import CaseResult

ROOT = "podconform"
PREFIX = f"{ROOT}::"

GREEN = frozenset({Verdict.PASS, Verdict.ADVISORY, Verdict.DIFFERS, Verdict.KNOWN_FAILURE, Verdict.KNOWN_FLAKY})


class CaseFailed(Exception):
    """Raised by an item whose case did not pass; carries the explanation."""


class CaseItem(pytest.Item):
    """One case; to run it is to wait for its verdict."""

    def __init__(self, *, info: CaseInfo, nominal: float, wait: Callable[[str], CaseResult], **more: Any) -> None:
        super().__init__(**more)
        self.info = info
        self.nominal = nominal
        self.result: CaseResult | None = None
        self._wait = wait
        self.extra_keyword_matches.update(info.requirements)
        for mark in info.marks:
            self.add_marker(mark)

    def runtest(self) -> None:
        """Wait for the verdict and raise or skip accordingly."""
        self.result = result = self._wait(self.info.id)
        self.user_properties += [
            ("verdict", result.verdict.value),
            ("level", result.level),
            *(("requirement", name) for name in self.info.requirements),
        ]
        if result.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(result.reason)
        if result.verdict in {Verdict.ADVISORY, Verdict.DIFFERS}:  # reported, and never red: what it breaks is no MUST
            seen = f"expected {result.expected}; seen {result.seen}" if result.expected else result.reason
            pytest.xfail(f"{result.verdict.value}: {seen}")
        if result.verdict not in GREEN:
            raise CaseFailed(self.info.id)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return where pytest says that the item stands."""
        return self.path, None, self.nodeid

    @property
    def lasted(self) -> float | None:
        """How long the experiment took, in seconds; waiting for it may take less."""
        return self.result.duration_s if self.result else None


class Registry(pytest.Collector):
    """The collector of all cases of a profile, or of those that were named."""

    def __init__(self, *, make: Callable[[Registry], Iterable[CaseItem]], **more: Any) -> None:
        super().__init__(**more)
        self._make = make

    def collect(self) -> Iterable[CaseItem]:
        """Return the items, the ones that end first at the front."""
        return sorted(self._make(self), key=lambda item: (item.nominal, item.name))


def split_arguments(args: Iterable[str]) -> tuple[list[str], list[str]]:
    """Split command-line arguments into case ids and paths."""
    args = list(args)
    return [arg.removeprefix(PREFIX) for arg in args if arg.startswith(PREFIX)], [a for a in args if not a.startswith(PREFIX)]


def select(named: Iterable[str], cases: Mapping[str, CaseInfo]) -> list[str]:
    """Return the cases that ids name; an id without its parameter, or the beginning of a path, names several.

    Raises:
        UsageFault: an id names no case.

    """
    found: list[str] = []
    for name in named:
        matches = [case for case in cases if case == name or case.startswith((f"{name}[", f"{name}/"))]
        if not matches:
            raise unknown("case", name, cases)
        found += matches
    return list(dict.fromkeys(found))
