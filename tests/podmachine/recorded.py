"""Pods that lived on a real kubelet, and the same Pods lived again by the machine.

A recording says what the target saw and what the status said; it does not say when each container was started, only
when its program listened and in which relist it was first seen. So a Pod is lived again for several start times within
that relist's second, and the one is taken that comes nearest to the recording.
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
import gzip
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from pytest_podconform.model.decode import decode
from pytest_podconform.model.pod import PROBE_TYPES, Pod, ProbeResult, ProbeType
from pytest_podconform.podmachine import Relists
from pytest_podconform.podmachine import events as e

from .clockwork import START, Clockwork

FILE: Final = Path(__file__).parents[1] / "golden" / "kubelet-1.34.4-timelines.jsonl.gz"
EPOCH: Final = 1_795_356_000.0  # the recordings' hour, a whole second
KINDS: Final[dict[ProbeType, str]] = {"liveness": "live", "readiness": "ready", "startup": "start"}
POLLS: Final = (0.05, 0.02, 0.08)  # seconds from a relist until the recorder, who looked each 0.1 s, saw what came of it
PYTHON: Final = 0.2  # seconds that the recorded program needs at least until it listens
NOT_RECORDED: Final = (0.2, 0.5, 0.8, 1.2, 2.5)  # seconds until it listened, where nothing tells
CUT_OFF: Final = 1.2  # seconds before the end of a recording in which a line may be there or not: a tick
LISTENS: Final = ("listens", 0)
TERM: Final = ("term", 0)


class Hit(msgspec.Struct, frozen=True):
    """A line of the target: `n` counts within kind and instance; `listens` and `term` are no probes and have n 0."""

    instance: int
    kind: str
    n: int
    at: float


@dataclass(frozen=True)
class Recording:
    """One Pod's life; times in seconds since START."""

    name: str
    pod: Pod
    script: Mapping[str, Any]
    hits: Sequence[Hit]
    flips: Sequence[bool]
    """Each change of the Ready condition."""
    changes: Sequence[float]
    """When another phase, container state or restart count was seen."""
    seen_running: Mapping[int, float]
    ends: float
    """When the last line was written or the last change seen."""
    begins: float = 0.0

    def listens(self, instance: int) -> float | None:
        """Return when an instance listened."""
        return next((hit.at for hit in self.hits if hit.kind == "listens" and hit.instance == instance), None)


def load() -> tuple[list[Recording], list[Recording]]:
    """Return both batches; the Pods of a batch began together, and their workers' tickers one after the other."""
    lines = [msgspec.json.decode(line) for line in gzip.decompress(FILE.read_bytes()).splitlines()]
    second = next(number for number in range(1, len(lines)) if lines[number]["i"] < lines[number - 1]["i"])
    return _batch(lines[:second], "a"), _batch(lines[second:], "b")


def _batch(lines: Sequence[Mapping[str, Any]], batch: str) -> list[Recording]:
    found: list[Recording] = []
    second = math.floor(lines[0]["status"][0][0]) - EPOCH
    fraction = 0.0
    for line in lines:
        one = _recording(line, f"{batch}{line['i']}")
        ticks = [hit.at % 1 for hit in one.hits if hit.n and hit.kind != "ready"]
        fraction = min(ticks, default=fraction + 0.006)
        begins = second + fraction - 0.004
        found.append(dataclasses.replace(one, begins=begins if _fit_ticks(one, begins) else begins + 1))
    return found


def _fit_ticks(one: Recording, begins: float) -> bool:
    """Tell whether the ticks of probes with longer periods count from there."""
    periods = {KINDS[kind]: made.period for kind in PROBE_TYPES if (made := one.pod.spec.containers[0].probe(kind))}
    off = [(hit.at - begins) % periods[hit.kind] for hit in one.hits if hit.n and hit.kind != "ready"]
    return all(each < 0.5 for each in off)


def _recording(line: Mapping[str, Any], name: str) -> Recording:
    spec = dict(line["pod"])
    spec["containers"] = [{k: v for k, v in part.items() if k != "command"} for part in spec["containers"]]
    pod = decode({"kind": "Pod", "metadata": {"name": name}, "spec": spec})
    assert isinstance(pod, Pod)
    hits = [Hit(i, "listens" if kind == "start" and not n else kind, n, at - EPOCH) for i, kind, n, at, _ in line["hits"]]
    flips: list[bool] = []
    changes: list[float] = []
    running: dict[int, float] = {}
    before: Any = None
    for at, status in line["status"]:
        ready = status["cond"].get("Ready") == "True"
        if ready is not (flips[-1] if flips else False):
            flips.append(ready)
        now = status["phase"], status["restarts"], status["state"]
        if before is not None and now != before and "ContainerCreating" not in f"{now}":
            changes.append(at - EPOCH)
        before = now
        if "running" in (status["state"] or {}):
            running.setdefault(status["restarts"], at - EPOCH)
    ends = max(hits[-1].at, line["status"][-1][0] - EPOCH)
    return Recording(name, pod, line["script"], hits, flips, changes, running, ends)


# ---- the agent's relists, as the status changes of a whole batch show them


class RecordedRelists(Relists, frozen=True, kw_only=True):
    """Relists at these times, on the machine's clock."""

    times: tuple[float, ...]

    def earlier(self, seconds: float) -> RecordedRelists:
        """Return the same relists, all of them earlier."""
        return RecordedRelists(period=self.period, phase=0, times=tuple(at - seconds for at in self.times))

    def last(self, now: float) -> float:
        """Return the last one, or a time before all of them."""
        number = bisect.bisect_right(self.times, now)
        return self.times[number - 1] if number else self.times[0] - self.period

    def next(self, now: float) -> float:
        """Return the next one; they go on as they ended."""
        number = bisect.bisect_right(self.times, now)
        return self.times[number] if number < len(self.times) else now + self.period


def relists_of(batch: Sequence[Recording]) -> RecordedRelists:
    """Read the relists off a batch: where nobody's status changed for some of them, they lie at equal distances.

    None is taken to lie between the beginning and the first change: 30 Pods at once kept the kubelet busy.
    """
    seen: list[float] = []
    for at in sorted(change for one in batch for change in one.changes):
        if not seen or at - seen[-1] > 0.35:
            seen.append(at)
    filled = seen[:1]
    for before, after in itertools.pairwise(seen):
        steps = max(round((after - before) / 1.03), 1)
        filled += [before + (after - before) * step / steps for step in range(1, steps + 1)]
    return RecordedRelists(period=1.03, phase=0, times=tuple(START + at for at in filled))


# ---- living again


@dataclass
class Relived(Clockwork):
    """A recorded Pod, lived again.

    `delays`: how long each instance took from its start until it listened. `races`: the restarted instance whose first
    readiness probe counts for the one before, if there is such a one: the kubelet's sync asks for it before it has
    published the status that the worker reads (`UpdatePodStatus`, `SetPodStatus`).
    """

    recording: Recording = field(kw_only=True)
    delays: Sequence[float] = field(kw_only=True)
    races: int = field(kw_only=True)

    def __post_init__(self) -> None:
        self.hits: list[Hit] = []
        self.flips: list[tuple[float, bool]] = []
        self._listens = -1
        self._will_listen = -1, math.inf
        super().__post_init__()

    def _start(self, name: str, instance: int) -> None:
        now = self.now - START
        recorded = self.recording.listens(instance)
        delay = self.delays[instance] if instance < len(self.delays) else PYTHON
        started = now + 0.05 if recorded is None else max(now + 0.05, recorded - delay)
        self.at(started, e.ContainerStarted(name, instance))
        self._will_listen = instance, max(started + PYTHON, started + delay if recorded is None else recorded)
        self.at(self._will_listen[1], e.Tick())

    def _handle(self, event: e.Event) -> None:
        instance, at = self._will_listen
        if self.now - START >= at and self._alive.get("app") == instance and self._listens < 0:
            self._listens = instance
            self._hit("listens", 0)
        if isinstance(event, e.ContainerStarted | e.ContainerExited):
            self._listens = -1
        super()._handle(event)

    def _hit(self, kind: str, n: int) -> None:
        self.hits.append(Hit(self._listens, kind, n, round(self.now - START, 3)))

    def _do(self, action: e.Action) -> None:
        if isinstance(action, e.SendSignal) and action.signal == "TERM":
            if self._listens == action.instance:  # before that the first process of a container takes no notice
                self._hit("term", 0)
                if not self.recording.script.get("stubborn"):
                    self._in(0.1, e.ContainerExited(action.name, action.instance, 0))
            return
        super()._do(action)

    def _probe(self, name: str, kind: ProbeType) -> None:
        if self._listens < 0:
            self._in(0.001, e.ProbeFinished(name, kind, ProbeResult.FAILURE))
            return
        word = KINDS[kind]
        number = self._counts[name, kind, self._listens] = self._counts.get((name, kind, self._listens), 0) + 1
        self._hit(word, number)
        script = self.recording.script[word]
        answer = script[min(number, len(script)) - 1]
        fits = isinstance(answer, int) and 200 <= answer < 400
        took = {"slow": 1.0, "exit": 0.1}.get(str(answer), 0.004)
        result = ProbeResult.SUCCESS if fits else ProbeResult.FAILURE
        if kind == "readiness" and number == 1 and self._listens == self.races > 0:
            result = ProbeResult.UNKNOWN
        self._in(took, e.ProbeFinished(name, kind, result))
        if answer == "exit":
            self._in(0.1, e.ContainerExited(name, self._listens, 3))

    def _note_status(self) -> None:
        status = self.machine.status
        if status.ready is not (self.flips[-1][1] if self.flips else False):
            self.flips.append((self.now - START, status.ready))

    @property
    def seen_flips(self) -> list[bool]:
        """The changes of Ready that last long enough for a recorder to see them."""
        seen: list[bool] = []
        for (at, ready), (until, _) in itertools.pairwise([*self.flips, (math.inf, False)]):
            if until - at > 0.1 and ready is not (seen[-1] if seen else False):
                seen.append(ready)
        return seen


def relive(one: Recording, relists: Relists, delays: Sequence[float], *, races: int) -> Relived:
    """Live a Pod again until its recording ends."""
    again = Relived(one.pod, begins=START + one.begins, relists=relists, recording=one, delays=delays, races=races)
    again.run(one.ends)
    return again


@dataclass(frozen=True)
class Comparison:
    """How a life lived again compares to its recording."""

    again: Relived
    differs_at: int | None
    """The first instance whose lines differ."""
    apart: float
    """The largest distance between the same startup or liveness probe in both, in seconds."""
    flips_agree: bool
    """Whether Ready changes as often."""

    @property
    def same(self) -> bool:
        """Whether order and counts are the same."""
        return self.differs_at is None and self.flips_agree


def compare(one: Recording, again: Relived) -> Comparison:
    """Compare order and counts of each instance, and the times of startup and liveness probes."""
    theirs, ours = _by_instance(one.hits), _by_instance(again.hits)
    instances = sorted(theirs.keys() | ours.keys())
    differing = [number for number in instances if not _alike(one, number, theirs.get(number, []), ours.get(number, []))]
    recorded = {(hit.instance, hit.kind, hit.n): hit.at for hit in one.hits if hit.n and hit.kind != "ready"}
    apart = [abs(recorded[key] - hit.at) for hit in again.hits if (key := (hit.instance, hit.kind, hit.n)) in recorded]
    flips_agree = again.seen_flips == list(one.flips)
    return Comparison(again, differing[0] if differing else None, max(apart, default=0.0), flips_agree)


def _by_instance(hits: Sequence[Hit]) -> dict[int, list[Hit]]:
    """Sort lines by instance, up to the end that was asked for; readiness probes are no tickers', and left out."""
    found: dict[int, list[Hit]] = {}
    for hit in hits:
        if hit.kind != "ready":
            found.setdefault(hit.instance, []).append(hit)
    for number, lines in found.items():
        kinds = [hit.kind for hit in lines]
        found[number] = lines[: kinds.index("term") + 1] if "term" in kinds else lines
    return found


def _alike(one: Recording, instance: int, theirs: Sequence[Hit], ours: Sequence[Hit]) -> bool:
    """Tell whether two lives of an instance have the same lines, but for what a recording cannot tell.

    The log of a dead instance may have lost its beginning, for the kubelet deletes it. Of the last instance the end may be
    cut off. An instance that was killed may lack as many probes as could have been refused before it listened.
    """
    a, b = [(hit.kind, hit.n) for hit in theirs], [(hit.kind, hit.n) for hit in ours]
    if a == b or (a and a[0] != LISTENS and a == b[-len(a) :]):
        return True
    common = min(len(a), len(b))
    if a[:common] == b[:common] and all(hit.at > one.ends - CUT_OFF for hit in (*theirs[common:], *ours[common:])):
        return True
    lacking = [line for line in b if line not in a and line != TERM]
    return TERM in b and a == b[: len(a)] and len(lacking) <= _could_be_refused(one, instance)


def _could_be_refused(one: Recording, instance: int) -> int:
    """Count the ticks that may have fallen after an instance was started and before it listened."""
    listens = one.listens(instance)
    earliest = max((hit.at for hit in one.hits if hit.instance < instance), default=one.begins)
    periods = [made.period for kind in PROBE_TYPES if (made := one.pod.spec.containers[0].probe(kind))]
    return 0 if listens is None else math.ceil((listens - earliest) / min(periods))


def nearest(one: Recording, relists: RecordedRelists) -> Comparison:
    """Live a Pod again for all that a recording leaves open, and take the nearest life."""
    found: list[Comparison] = []
    restarted = range(1, 1 + max(hit.instance for hit in one.hits))
    for races, shift in itertools.product((0, *restarted), POLLS):
        found.append(_nearest(one, relists.earlier(shift), races=races))
        if found[-1].same:
            break
    return min(found, key=functools.partial(_distance, len(one.hits)))


def _nearest(one: Recording, relists: RecordedRelists, *, races: int) -> Comparison:
    """Try several start times of each instance, one instance after the other."""
    delays: list[float] = []
    while True:
        instance = len(delays)
        tries = [compare(one, relive(one, relists, [*delays, delay], races=races)) for delay in _delays(one, relists, instance)]
        best = min(tries, key=functools.partial(_distance, instance))
        delays = [*best.again.delays]
        if instance == max(hit.instance for hit in one.hits):
            return best


def _distance(instance: int, tried: Comparison) -> tuple[bool, bool, float]:
    differs = tried.differs_at is not None and tried.differs_at <= instance
    return differs, not tried.flips_agree, tried.apart


def _delays(one: Recording, relists: RecordedRelists, instance: int) -> Iterator[float]:
    """Yield how long an instance may have taken until it listened: it was started within the relist that shows it first."""
    listens, seen = one.listens(instance), one.seen_running.get(instance)
    if listens is None or seen is None:
        yield from NOT_RECORDED
        return
    last = relists.last(START + seen) - START
    before = relists.last(START + last - 0.1) - START if START + last > relists.times[0] else one.begins
    for part in (0.9, 0.7, 0.5, 0.3, 0.1):
        yield max(listens - (before + (last - before) * part), PYTHON)
