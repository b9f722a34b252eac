"""Expectations over a timeline: each one passes, fails, or is not decided yet.

A monitor is a generator that is sent one step after the other, in the order of time, and returns its decision at the
first step that leaves no doubt. So a decision never changes, depends on nothing that comes later, and comes as early as
it can. `END` closes the record: whoever owed what is still missing then is at fault.

The docstring of each one says when it passes, when it fails, and when that is decided.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .event import END, Event, Source, Step
from .moment import Moment
from .spacing import fits, late_at_most, may_be_late
from .tolerance import Allowance
from .verdict import Decision, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALL_SHARE: Final = 0.1
"""What the machine may have been late, as a share of a distance, for the distance to be judged all the same."""

Watch = Generator[None, Step, Decision]


def sent(watch: Watch, step: Step) -> Decision | None:
    """Send a step to a monitor that watches; return its decision if it has come to one."""
    try:
        watch.send(step)
    except StopIteration as stop:
        decision: Decision = stop.value
        return decision
    return None


class Monitor(msgspec.Struct, frozen=True):
    """An expectation: its words, the sources that it looks at, and how it is watched."""

    expected: str
    sources: frozenset[Source]
    run: Callable[[Monitor, Allowance], Watch]
    in_doubt: frozenset[Verdict] = frozenset()
    """Which of its decisions a probe that reached nobody, and so left no trace, may have brought about."""
    within: float = 0.0
    """Seconds that it may wait beyond what is nominal; the observation lasts longer by that."""

    def watch(self, allowance: Allowance) -> Watch:
        """Begin to watch; the generator has been started and takes steps."""
        watching = self.run(self, allowance)
        next(watching)
        return watching

    def passed(self, seen: str, at: float) -> Decision:
        """Decide that it is met."""
        return Decision(Verdict.PASS, self.expected, seen, at)

    def failed(self, seen: str, at: float) -> Decision:
        """Decide that it is broken."""
        return Decision(Verdict.FAIL, self.expected, seen, at)

    def unclear(self, seen: str, at: float) -> Decision:
        """Decide that it cannot be told."""
        return Decision(Verdict.INCONCLUSIVE, self.expected, seen, at)

    def unfinished(self, what: str, at: float) -> Decision:
        """Decide at the end of a record that is too short to tell."""
        return self.unclear(f"the record ends without {what}", at)

    def missing(self, moment: Moment) -> Decision:
        """Decide at the end of the record, with that moment still owed."""
        verdict = Verdict.FAIL if moment.owed_by == "runtime" else Verdict.SETUP_ERROR
        return Decision(verdict, self.expected, f"no sign of {moment} until the end of the observation")


def _sources(*moments: Moment) -> frozenset[Source]:
    return frozenset(moment.source for moment in moments)


EITHER_WAY: Final = frozenset({Verdict.PASS, Verdict.FAIL})


def _in_doubt(*moments: Moment) -> frozenset[Verdict]:
    """Return what is in doubt if one of them is the n-th of something: where a probe reached nobody, numbers do not fit."""
    counts = any(key == "n" for moment in moments for key, _ in moment.where)
    return EITHER_WAY if counts else frozenset()


def never(unwanted: Moment, *, before: Moment) -> Monitor:
    """Expect that one thing does not happen before another.

    Passes when `before` comes; fails when `unwanted` comes first. At the end of the record, open, it is no pass: whoever
    owed `before` is at fault.
    """

    def run(me: Monitor, _allowance: Allowance) -> Watch:
        while True:
            step = yield
            if unwanted.matches(step):
                return me.failed(f"{unwanted} at {step.at:.2f} s", step.at)
            if before.matches(step):
                return me.passed(f"{before} at {step.at:.2f} s", step.at)
            if step is END:
                return me.missing(before)

    in_doubt = _in_doubt(unwanted, before)
    if unwanted.what != "hit":  # a failure that nobody has seen makes it come earlier, and never later: what passes is sure
        in_doubt -= {Verdict.PASS}
    return Monitor(f"no {unwanted} before {before}", _sources(unwanted, before), run, in_doubt=in_doubt)


def soon(wanted: Moment, *, after: Moment, within: float = 0.0) -> Monitor:
    """Expect that one thing follows another without delay, or within that many seconds more than the least possible.

    Passes when `wanted` comes after `after`; fails when its window is over. Inconclusive where it comes within what the
    machine was late only, or where the record ends before the window. `wanted` before `after` is not looked at here:
    `never` does that.
    """

    def run(me: Monitor, allowance: Allowance) -> Watch:
        while not after.matches(step := (yield)):
            if step is END:
                return me.missing(after)
        since = complete_to = step.at
        window = within + allowance.reaction(through_status="status" in _sources(wanted, after))
        limit = since + window
        while True:
            step = yield
            if step is END:
                return me.unfinished(f"{wanted}, {complete_to - since:.1f} of {window:.1f} s after {after}", complete_to)
            complete_to = step.at
            if step.at > limit:
                return me.failed(f"no sign of {wanted} within {limit - since:.1f} s after {after}", limit)
            if wanted.matches(step):
                seen = f"{wanted} {step.at - since:.2f} s after {after}"
                late = step.at > limit - allowance.jitter.worst
                return me.unclear(f"{seen}, within what the machine was late", step.at) if late else me.passed(seen, step.at)

    more = f", within {within:g} s" if within else ""
    words = f"{wanted} soon after {after}{more}"
    return Monitor(words, _sources(wanted, after), run, in_doubt=_in_doubt(wanted, after), within=within)


def eventually(wanted: Moment) -> Monitor:
    """Expect that something happens at all.

    Passes when it comes; at the end of the record whoever owed it is at fault.
    """

    def run(me: Monitor, _allowance: Allowance) -> Watch:
        while not wanted.matches(step := (yield)):
            if step is END:
                return me.missing(wanted)
        return me.passed(f"{wanted} at {step.at:.2f} s", step.at)

    return Monitor(f"{wanted}", _sources(wanted), run)


def exactly(count: int, counted: Moment, *, before: Moment, since: Moment | None = None) -> Monitor:
    """Expect that many of one thing before another, from the beginning or from a first thing on.

    Fails with the first one too many, or when `before` comes too early; passes when `before` comes in time.
    """
    return _count(counted, before, since, least=count, most=count, words=f"exactly {count} x")


def at_most(count: int, counted: Moment, *, before: Moment, since: Moment | None = None) -> Monitor:
    """Expect no more than that many of one thing before another; decided as `exactly` is."""
    return _count(counted, before, since, least=0, most=count, words=f"at most {count} x")


def at_least(count: int, counted: Moment, *, before: Moment, since: Moment | None = None) -> Monitor:
    """Expect that many of one thing or more before another; decided with `before`."""
    return _count(counted, before, since, least=count, most=math.inf, words=f"at least {count} x")


def _count(counted: Moment, before: Moment, since: Moment | None, *, least: int, most: float, words: str) -> Monitor:
    def run(me: Monitor, _allowance: Allowance) -> Watch:
        if since is not None:
            while not since.matches(step := (yield)):
                if step is END:
                    return me.missing(since)
        seen = 0
        while True:
            step = yield
            seen += counted.matches(step)
            if seen > most:
                return me.failed(f"number {seen} at {step.at:.2f} s", step.at)
            if before.matches(step):
                verdict = me.passed if seen >= least else me.failed
                return verdict(f"{seen} of them, then {before} at {step.at:.2f} s", step.at)
            if step is END:
                return me.missing(before)

    moments = (counted, before) if since is None else (counted, before, since)
    start = "" if since is None else f" after {since},"
    return Monitor(f"{words} {counted}{start} before {before}", _sources(*moments), run, in_doubt=EITHER_WAY)


def spaced(moment: Moment, *, period: float, count: int) -> Monitor:
    """Expect the first `count` of one thing at equal distances, from start to start, in seconds.

    Fails as soon as they cannot have been started at such distances, however late each of them came, or a gap is far too
    long; passes with the last one. Where the distances are wrong and the starts may have been right it is inconclusive; so
    it is where the machine was so late that half a period would have passed, too.
    """

    def run(me: Monitor, allowance: Allowance) -> Watch:
        times: list[float] = []
        while len(times) < count:
            step = yield
            slack = allowance.period(period)
            longest = period + slack + late_at_most(period)
            if times and step.at > times[-1] + longest and step is not END:
                return me.failed(f"nothing for {longest:.2f} s after {times[-1]:.2f} s; {_gaps(times)}", times[-1] + longest)
            if step is END:
                return me.missing(moment)
            if moment.matches(step):
                times.append(step.at)
                if not fits(times, period, slack) and not may_be_late(times, period, allowance.drift(period)):
                    return me.failed(f"{_gaps(times)}, first at {times[0]:.2f} s", step.at)
        slack = allowance.period(period)
        if slack >= period / 2:
            return me.unclear(f"timers came up to {slack / 2:.2f} s late", times[-1])
        if not fits(times, period, slack):
            return me.unclear(f"{_gaps(times)}: started, or only seen, late", times[-1])
        return me.passed(_gaps(times), times[-1])

    return Monitor(f"{moment} each {period:g} s, {count} times", _sources(moment), run)


def _gaps(times: Sequence[float]) -> str:
    return "gaps: " + ", ".join(f"{b - a:.2f}" for a, b in itertools.pairwise(times)) + " s"


def not_sooner(wanted: Moment, *, than: float, after: Moment) -> Monitor:
    """Expect that something does not come earlier than that many seconds after something else.

    Decided when `wanted` comes: by the distance, less what the machine was late; inconclusive where that is much. At the
    end of the record whoever owed it is at fault.
    """

    def run(me: Monitor, allowance: Allowance) -> Watch:
        while not after.matches(step := (yield)):
            if wanted.matches(step):
                return me.failed(f"{wanted} at {step.at:.2f} s, before {after}", step.at)
            if step is END:
                return me.missing(after)
        since = step.at
        while not wanted.matches(step := (yield)):
            if step is END:
                return me.missing(wanted)
        seen = f"{wanted} {step.at - since:.2f} s after {after}"
        if step.at - since >= than:
            return me.passed(seen, step.at)
        if step.at - since < than - allowance.jitter.worst:
            return me.failed(seen, step.at)
        small = allowance.jitter.worst <= SMALL_SHARE * than
        return me.passed(seen, step.at) if small else me.unclear(f"{seen}, within what the machine was late", step.at)

    words = f"{wanted} not sooner than {than:g} s after {after}"
    return Monitor(words, _sources(wanted, after), run, in_doubt=_in_doubt(wanted, after))


def _in_order(me: Monitor, moments: Sequence[Moment]) -> Generator[None, Step, list[float] | Decision]:
    """Wait for each after the one before it, and return their times; the decision where one is missing at the end."""
    times: list[float] = []
    for moment in moments:
        while not moment.matches(step := (yield)):
            if step is END:
                return me.missing(moment)
        times.append(step.at)
    return times


def longer(second: tuple[Moment, Moment], *, than: tuple[Moment, Moment], by: float) -> Monitor:
    """Expect the time between two moments to be longer than that between two others, by at least so many seconds.

    Decided with the last of the four; inconclusive where the machine was late by more than that. At the end of the record
    whoever owed what is missing is at fault.
    """
    moments = (*than, *second)

    def run(me: Monitor, allowance: Allowance) -> Watch:
        times = yield from _in_order(me, moments)
        if isinstance(times, Decision):
            return times
        one, other = times[1] - times[0], times[3] - times[2]
        seen = f"{one:.1f} s, then {other:.1f} s"
        if allowance.jitter.worst > by:
            return me.unclear(f"{seen}, and the machine was late by {allowance.jitter.worst:.1f} s", times[-1])
        return me.passed(seen, times[-1]) if other >= one + by else me.failed(seen, times[-1])

    words = f"{second[1]} after {second[0]} takes longer than {than[1]} after {than[0]}, by {by:g} s at least"
    return Monitor(words, _sources(*moments), run, in_doubt=_in_doubt(*moments))


class Check(msgspec.Struct, frozen=True):
    """A question to the details of an event: its words, and a function that returns what it saw and whether that fits."""

    expected: str
    look: Callable[[dict[str, Any]], tuple[bool, str]]

    def of(self, data: dict[str, Any]) -> tuple[bool, str]:
        """Look at the details; what the target had to leave out of a line fits nothing."""
        left_out = {key: size for each in data.get("all", [data]) for key, size in each.get("left_out", {}).items()}
        if left_out:
            return False, ", ".join(f"{key} of {size} bytes, more than a line holds" for key, size in left_out.items())
        return self.look(data)


def first(moment: Moment, *checks: Check) -> Monitor:
    """Expect that the first event of a kind has these details; decided by that event."""
    return every(moment, *checks, count=1)


def every(moment: Moment, *checks: Check, count: int) -> Monitor:
    """Expect that each of the first `count` events of a kind has these details.

    Fails with the first one that has not; passes with the last one.
    """

    def run(me: Monitor, _allowance: Allowance) -> Watch:
        found = 0
        while True:
            step = yield
            if step is END:
                return me.missing(moment)
            if not isinstance(step, Event) or not moment.matches(step):
                continue
            found += 1
            looks = [check.of(step.data) for check in checks]
            wrong = [seen for fits, seen in looks if not fits]
            if wrong:
                return me.failed("; ".join(wrong), step.at)
            if found == count:
                return me.passed("; ".join(seen for _, seen in looks), step.at)

    words = ", ".join(check.expected for check in checks)
    return Monitor(f"{moment}: {words}", _sources(moment), run)


def collected(moment: Moment, check: Check, *, before: Moment) -> Monitor:
    """Expect that all events of a kind up to something else, taken together, fit; `data` is `{"all": [...]}`.

    Decided when `before` comes.
    """

    def run(me: Monitor, _allowance: Allowance) -> Watch:
        found: list[dict[str, Any]] = []
        while True:
            step = yield
            if isinstance(step, Event) and moment.matches(step):
                found.append(step.data)
            if before.matches(step):
                fits, seen = check.of({"all": found})
                return (me.passed if fits else me.failed)(seen, step.at)
            if step is END:
                return me.missing(before)

    return Monitor(check.expected, _sources(moment, before), run)


def agree(one: Moment, other: Moment, check: Check) -> Monitor:
    """Expect the details of two events to fit each other; `data` is `{"all": [of one, of other]}`.

    Decided when the first of each has come.
    """

    def run(me: Monitor, _allowance: Allowance) -> Watch:
        found: dict[str, dict[str, Any]] = {}
        while True:
            step = yield
            for moment in (one, other):
                if isinstance(step, Event) and moment.matches(step):
                    found.setdefault(moment.name, step.data)
            if len(found) == len((one, other)):
                fits, seen = check.of({"all": [found[one.name], found[other.name]]})
                return (me.passed if fits else me.failed)(seen, step.at)
            if step is END:
                return me.missing(other if one.name in found else one)

    return Monitor(check.expected, _sources(one, other), run)


def chain(*moments: Moment) -> Monitor:
    """Expect things to happen one after the other, and see how long each took after the one before it.

    Decided with the last one; at the end of the record whoever owed what is missing is at fault.
    """

    def run(me: Monitor, _allowance: Allowance) -> Watch:
        times = yield from _in_order(me, moments)
        if isinstance(times, Decision):
            return times
        taken = [after - before for before, after in itertools.pairwise(times)]
        steps = (f"{moment} {seconds:.2f} s later" for moment, seconds in zip(moments[1:], taken, strict=True))
        return me.passed(f"{moments[0]}, {', '.join(steps)}", times[-1])

    return Monitor(", then ".join(map(str, moments)), _sources(*moments), run, in_doubt=_in_doubt(*moments))


def noted(monitor: Monitor) -> Monitor:
    """Have what a monitor sees told to the user at the end of the run."""

    def run(_me: Monitor, allowance: Allowance) -> Watch:
        decision = yield from monitor.run(monitor, allowance)
        return msgspec.structs.replace(decision, noted=True)

    return msgspec.structs.replace(monitor, run=run)


def either(*, documented: Monitor, kubelet: Monitor) -> Monitor:
    """Expect what the documentation says or what the kubelet does, where the two contradict each other.

    Passes with the first of the two that passes, and the decision says which side that was; otherwise it comes to the worse
    of both when both are decided.
    """

    def run(me: Monitor, allowance: Allowance) -> Watch:
        watches = {side: monitor.watch(allowance) for side, monitor in (("documented", documented), ("kubelet", kubelet))}
        others: list[Decision] = []
        while True:
            step = yield
            for side in list(watches):
                decision = sent(watches[side], step)
                if decision is None:
                    continue
                if decision.verdict is Verdict.PASS:
                    return msgspec.structs.replace(decision, expected=me.expected, takes=side)
                others.append(decision)
                del watches[side]
            if not watches:
                verdict = worst(*(decision.verdict for decision in others))
                return Decision(verdict, me.expected, "; ".join(decision.seen for decision in others), others[-1].at)

    words = f"{documented.expected} (documented), or {kubelet.expected} (kubelet)"
    return Monitor(words, documented.sources | kubelet.sources, run, in_doubt=documented.in_doubt | kubelet.in_doubt)
