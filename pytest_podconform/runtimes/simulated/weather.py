"""What makes a simulated node as unpleasant as a real one: all of it by chance, and the same for the same seed."""

from __future__ import annotations

import random

import msgspec


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """How late things come and what is lost; times in seconds. The default is fair weather."""

    seed: int = 0
    jitter: float = 0.0
    """How much longer a start, a signal or the way of a probe to its target may take."""
    status_latency: float = 0.0
    """How old a status is when it is given."""
    late_logs: float = 0.0
    """How late a line of a log may come: so lines of different containers come in another order than they were written."""
    lost_tails: bool = False
    """Whether what an instance has written last is lost with it, as far as it had not come yet."""

    def chance(self, *what: object) -> random.Random:
        """Return the dice for something that has a name."""
        return random.Random(f"{self.seed} {what}")  # noqa: S311 - weather, no secret


FAIR = Weather()
