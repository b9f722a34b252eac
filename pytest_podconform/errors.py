"""What can go wrong, by whose fault it is.

    PodconformError
    ├── UsageFault          the user: an option, an id, a file that was asked for
    ├── EnvironmentFault    the machine: no engine, no permission, no image, addresses that cannot be reached
    ├── AdapterFault        the author of a runtime adapter: an answer that no runtime can give
    └── HarnessFault        this project: please report it

A runtime that breaks a rule of Kubernetes is no error at all: that is a verdict.
"""

from __future__ import annotations

import difflib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, final

if TYPE_CHECKING:
    from collections.abc import Iterable


VALIDATION: Final = str(Path(__file__).parent / "model/validated.py")
"""The module that raises for somebody else: the line of interest is the one that called it."""


def told(error: BaseException) -> str:
    """Return an error of an adapter: its kind, its words, and the line that raised it, if possible not that of a library."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename and frame.filename != VALIDATION] or frames
    where = f" ({Path(own[-1].filename).name}:{own[-1].lineno}, {own[-1].name})" if own else ""
    return f"{type(error).__name__}: {error}{where}"


class PodconformError(Exception):
    """Base of all errors of this project; says what happened, what was tried and what to do.

    Raised only through its subclasses, which name whose fault it is.
    """

    whose: ClassVar[str]

    def __init__(self, what: str, *, tried: Iterable[str] = (), do: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.tried = tuple(tried)
        self.do = tuple(do)

    def __str__(self) -> str:
        """Render the message with its two optional parts, one line each."""
        lines = [f"error ({self.whose}): {self.what}"]
        for label, parts in (("tried", self.tried), ("do", self.do)):
            for index, part in enumerate(parts):
                lines.append(f"  {label if index == 0 else '':<6}  {part}")
        return "\n".join(lines)


@final
class UsageFault(PodconformError):
    """Raised when what the user asked for does not exist or contradicts itself."""

    whose = "usage"


@final
class EnvironmentFault(PodconformError):
    """Raised when this machine lacks something that the run needs."""

    whose = "environment"


@final
class AdapterFault(PodconformError):
    """Raised when a runtime adapter raises, or answers what no runtime can answer."""

    whose = "adapter"


@final
class HarnessFault(PodconformError):
    """Raised in a state that should be impossible: a bug of this project."""

    whose = "harness"


def unknown(kind: str, name: str, known: Iterable[str], *, option: str | None = None) -> UsageFault:
    """Build the error for a name that does not exist, with the closest one that does."""
    choices = sorted(known)
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    listed = f" ({', '.join(choices)})" if len(choices) <= MOST_CHOICES_LISTED else ""
    prefix = f"{option}: " if option else ""
    return UsageFault(f"{prefix}unknown {kind} {name!r}{hint}{listed}")


MOST_CHOICES_LISTED = 12  # beyond a line or two a list no longer helps the reader
