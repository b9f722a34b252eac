"""Questions to the details of events: of one, of a series, or of a pair."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from pytest_podconform.evidence.base import BaseEvent, given, see_that_it_has
from pytest_podconform.evidence.target import TargetDetails

if TYPE_CHECKING:
    from collections.abc import Sequence

E_contra = TypeVar("E_contra", bound=BaseEvent, contravariant=True)
F_contra = TypeVar("F_contra", bound=BaseEvent, contravariant=True)

Kinds = tuple[type[BaseEvent], ...]


class Look(NamedTuple):
    """What a check has seen: whether it fits, and the words for it."""

    fits: bool
    seen: str


class _OfOneKind(abc.ABC):
    """A question to events of one kind."""

    kinds: ClassVar[Kinds] = (BaseEvent,)
    """The kinds of events that it can look at."""

    @property
    @abc.abstractmethod
    def expected(self) -> str:
        """What is expected, in the words of an explanation."""

    @property
    def names(self) -> tuple[str, ...]:
        """The details that it looks at by their names."""
        return ()

    def see_that_it_suits(self, kind: type[BaseEvent]) -> None:
        """See that events of a kind have what it looks at.

        Raises:
            TypeError: they have not.

        """
        _see_that_it_is(kind, self.kinds, self)
        see_that_it_has(kind, *self.names)


class Check(_OfOneKind, Generic[E_contra]):
    """A question to one event."""

    @abc.abstractmethod
    def look(self, event: E_contra) -> Look:
        """Look at the event."""

    def of(self, event: E_contra) -> Look:
        """Look at the event; what the target had to leave out of a line fits nothing."""
        return _left_out(event) or self.look(event)


class SeriesCheck(_OfOneKind, Generic[E_contra]):
    """A question to several events of one kind together."""

    @abc.abstractmethod
    def look(self, events: Sequence[E_contra]) -> Look:
        """Look at the events, in the order of time."""

    def of(self, events: Sequence[E_contra]) -> Look:
        """Look at the events; what the target had to leave out of a line fits nothing."""
        return _left_out(*events) or self.look(events)


class PairCheck(abc.ABC, Generic[E_contra, F_contra]):
    """A question to two events of different kinds together."""

    kinds_of_one: ClassVar[Kinds]
    kinds_of_other: ClassVar[Kinds]

    @property
    @abc.abstractmethod
    def expected(self) -> str:
        """What is expected, in the words of an explanation."""

    @abc.abstractmethod
    def look(self, one: E_contra, other: F_contra) -> Look:
        """Look at both."""

    def of(self, one: E_contra, other: F_contra) -> Look:
        """Look at both; what the target had to leave out of a line fits nothing."""
        return _left_out(one, other) or self.look(one, other)

    def see_that_it_suits(self, one: type[BaseEvent], other: type[BaseEvent]) -> None:
        """See that events of these kinds have what it looks at.

        Raises:
            TypeError: they have not.

        """
        _see_that_it_is(one, self.kinds_of_one, self)
        _see_that_it_is(other, self.kinds_of_other, self)


def _see_that_it_is(kind: type[BaseEvent], kinds: Kinds, check: Any) -> None:
    if not issubclass(kind, kinds):
        msg = f"{check} looks at {' or '.join(each.__name__ for each in kinds)}, not at {kind.__name__}"
        raise TypeError(msg)


def _left_out(*events: BaseEvent) -> Look | None:
    details = (event.details for event in events)
    left_out = [given(each.left_out, {}) for each in details if isinstance(each, TargetDetails)]
    sizes = {name: size for each in left_out for name, size in each.items()}
    if not sizes:
        return None
    return Look(False, ", ".join(f"{name} of {size} bytes, more than a line holds" for name, size in sizes.items()))
