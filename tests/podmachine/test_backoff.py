from __future__ import annotations

from pytest_podconform.podmachine.backoff import Backoff


def delays(ends_after: list[float]) -> list[float]:
    """Return how long each end costs, for runs of these lengths."""
    backoff, now, found = Backoff(), 0.0, list[float]()
    for length in ends_after:
        finished = now + length
        now = backoff.resumes(finished)
        found.append(now - finished)
        backoff = backoff.restarted(finished, now)
    return found


def test_the_first_restart_is_immediate_then_the_delay_doubles_to_five_minutes() -> None:
    assert delays([1.0] * 9) == [0, 10, 20, 40, 80, 160, 300, 300, 300]


def test_ten_minutes_of_running_forget_it() -> None:
    assert delays([1, 1, 1, 600.5, 1]) == [0, 10, 20, 0, 10]


def test_less_than_ten_minutes_do_not() -> None:
    assert delays([1, 1, 1, 599.5, 1]) == [0, 10, 20, 40, 80]
