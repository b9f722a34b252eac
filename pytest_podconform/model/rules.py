"""Which function implements which documented rule, as data: `@implements("restart.always")`.

The ids are those of the requirements (`suites/requirements`). They stand where the documented sentence is decided, so that a
tool finds the function for a requirement and the requirements of a function; `docs/machine.md` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

ATTRIBUTE: Final = "implements"


def implements(*requirements: str) -> Callable[[F], F]:
    """Record on a function the ids of the requirements that it implements, and return that same function."""

    def record(function: F) -> F:
        vars(function)[ATTRIBUTE] = requirements
        return function

    return record


def implemented_by(function: object) -> tuple[str, ...]:
    """Return the ids that are recorded on a function; none where there are none."""
    found: tuple[str, ...] = getattr(function, ATTRIBUTE, ())
    return found
