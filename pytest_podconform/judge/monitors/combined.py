"""Expectations that are made of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from pytest_podconform.judge.verdict import Decision, Verdict, worst

from .base import Monitor, Watch, begun, sent

if TYPE_CHECKING:
    from pytest_podconform.judge.moment import Moment
    from pytest_podconform.judge.tolerance import Allowance


@dataclass(frozen=True)
class Noted(Monitor):
    """Have what a monitor sees told to the user at the end of the run."""

    monitor: Monitor

    @property
    def expected(self) -> str:
        return self.monitor.expected

    @property
    def moments(self) -> tuple[Moment, ...]:
        return self.monitor.moments

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """What is in doubt of the monitor."""
        return self.monitor.in_doubt

    @property
    def extra_time(self) -> float:
        """Seconds that it may wait beyond what is nominal."""
        return self.monitor.extra_time

    def watch(self, allowance: Allowance) -> Watch:
        decision = yield from self.monitor.watch(allowance)
        return msgspec.structs.replace(decision, noted=True)


@dataclass(frozen=True, kw_only=True)
class Either(Monitor):
    """Expect what the documentation says or what the kubelet does, where the two contradict each other.

    Passes with the first of the two that passes, and the decision says which side that was; otherwise it comes to the worse
    of both when both are decided.
    """

    documented: Monitor
    kubelet: Monitor

    @property
    def expected(self) -> str:
        return f"{self.documented.expected} (documented), or {self.kubelet.expected} (kubelet)"

    @property
    def moments(self) -> tuple[Moment, ...]:
        return *self.documented.moments, *self.kubelet.moments

    @property
    def in_doubt(self) -> frozenset[Verdict]:
        """What is in doubt of one side or the other."""
        return self.documented.in_doubt | self.kubelet.in_doubt

    def watch(self, allowance: Allowance) -> Watch:
        sides = {"documented": self.documented, "kubelet": self.kubelet}
        watches = {side: begun(monitor, allowance) for side, monitor in sides.items()}
        others: list[Decision] = []
        while True:
            step = yield
            for side in list(watches):
                decision = sent(watches[side], step)
                if decision is None:
                    continue
                if decision.verdict is Verdict.PASS:
                    return msgspec.structs.replace(decision, expected=self.expected, takes=side)
                others.append(decision)
                del watches[side]
            if not watches:
                verdict = worst(*(decision.verdict for decision in others))
                return Decision(verdict, self.expected, "; ".join(decision.seen for decision in others), others[-1].at)
