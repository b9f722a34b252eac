"""How long a container waits before it is started again.

The kubelet looks again at a Pod in back-off each 10 s, stretched by up to a half (`backOffPeriod`, `Jitter`,
`pkg/kubelet/pod_workers.go`), so a restart may come that much later than its delay, and never earlier.
"""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import Case, Monitor, case, exited, longer, not_sooner, soon, started
from pytest_podconform.model.build import container, ends, pod

LATER = 15.0  # seconds


def delayed(number: int, delay: float) -> tuple[Monitor, Monitor]:
    """Expect the n-th restart after a delay in seconds."""
    again, ended = started(number), exited(number - 1)
    return not_sooner(again, than=delay, after=ended), soon(again, after=ended, within=delay + LATER)


@case("restart.backoff")
def delays_double() -> Case:
    """The first restart comes at once, the second one after 10 s, the third one after 20 s: longer than the second.

    With the kubelet the third takes 5 s longer than the second at least, however late both come.
    """
    return Case.of(
        pod(container(exits=ends(1))),
        soon(started(1), after=exited(0)),
        *delayed(2, 10),
        *delayed(3, 20),
        longer((exited(2), started(3)), than=(exited(1), started(2)), by=3),
    )


@case("restart.backoff-cap", marks=["slow"])
def delay_is_capped() -> Case:
    """After 10, 20, 40, 80 and 160 s no restart waits longer than 300 s."""
    again = soon(started(1), after=exited(0))
    return Case.of(pod(container(exits=ends(1))), again, *delayed(6, 160), *delayed(7, 300), *delayed(8, 300))


@case("restart.backoff-reset", marks=["slow"])
def delay_is_reset() -> Case:
    """Five minutes without a crash are not enough: the delay goes on to double. Ten are: the restart comes at once."""
    runs = [ends(1), ends(1), ends(1, after=300), ends(1, after=610), None]
    again = soon(started(1), after=exited(0))
    return Case.of(pod(container(exits=runs)), again, *delayed(2, 10), *delayed(3, 20), soon(started(4), after=exited(3)))
