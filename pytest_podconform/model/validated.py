"""Structs whose fields are checked when they are made, and not only when they are decoded.

msgspec checks types where it decodes; a constructor takes whatever it is given. What somebody else's code constructs
derives from `Validated`: all fields that are wrong, missing or unknown stand in one error, with the values that they accept.
"""

from __future__ import annotations

import difflib
import functools
import reprlib
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType
from typing import Any, Literal, Never

import msgspec


class InvalidFieldsError(TypeError):
    """Raised where a struct is made of fields that it does not accept; the text names all of them."""


class Accepts(msgspec.Struct, frozen=True):
    """What a field accepts, in words, and of its type only some values: the metadata of an `Annotated` field."""

    text: str
    """Continues "must be ..."."""
    allows: Callable[[Any], bool] = lambda _value: True
    """Tell whether a value of the type is accepted."""


class _Field(msgspec.Struct, frozen=True):
    """How a field is checked."""

    type: Any
    accepts: Accepts

    def accepted(self, value: object) -> Any:
        """Return a value as it is stored: a list as the tuple that the type wants, a whole number as the float.

        Raises:
            ValueError: it is not accepted.

        """
        converted = msgspec.convert(value, self.type)
        if not self.accepts.allows(converted):
            raise ValueError(value)
        return converted


class _ValidatedMeta(msgspec.StructMeta):
    """Checks a constructor's arguments before msgspec does, which would name the first missing one only."""

    if not typing.TYPE_CHECKING:  # a checker must go on looking at the fields

        def __call__(cls, *args: Never, **given: object) -> object:  # noqa: N805 - ruff does not see that this is a metaclass
            _refuse(cls, given, required=[field.name for field in msgspec.structs.fields(cls) if field.required])
            return super().__call__(*args, **given)


class Validated(msgspec.Struct, frozen=True, kw_only=True, metaclass=_ValidatedMeta):
    """A struct that accepts by its constructor what it would accept when it is decoded: no `str` for an `int` or a tuple.

    Lists are accepted for tuples.
    """

    def __post_init__(self) -> None:
        """Check all fields and store them as their types say.

        Raises:
            InvalidFieldsError: some are not accepted.

        """
        _refuse(type(self), msgspec.structs.asdict(self))
        for name, field in _fields(type(self)).items():
            msgspec.structs.force_setattr(self, name, field.accepted(getattr(self, name)))


@functools.cache
def _fields(cls: type[msgspec.Struct]) -> Mapping[str, _Field]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {name: _field(hints[name]) for name in cls.__struct_fields__}


def _field(hint: Any) -> _Field:
    said = [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Accepts)]
    return _Field(hint, said[0] if said else Accepts(_in_words(hint)))


def _in_words(hint: Any) -> str:
    if typing.get_origin(hint) is Literal:
        return _listed(map(repr, typing.get_args(hint)))
    words = {bool: "True or False", int: "a whole number", float: "a number", str: "a string", NoneType: "None"}
    return words[hint]


def _refuse(cls: type[msgspec.Struct], given: Mapping[str, object], required: Iterable[str] = ()) -> None:
    """Raise where something that is given is wrong or unknown, or something required is missing."""
    fields = _fields(cls)
    wrong = {name: value for name, value in given.items() if name not in fields or not _is_accepted(fields[name], value)}
    errors = [
        *_by_rule("must be ", {name: fields[name].accepts.text for name in wrong if name in fields}),
        *(_unknown(name, fields) for name in wrong if name not in fields),
        *_by_rule("must be given: ", {name: fields[name].accepts.text for name in required if name not in given}),
    ]
    if errors:
        shown = ", ".join(f"{name}={reprlib.repr(value)}" for name, value in wrong.items())
        raise InvalidFieldsError(f"{cls.__name__}({shown or '...'}): {'; '.join(errors)}")


def _is_accepted(field: _Field, value: object) -> bool:
    try:
        field.accepted(value)
    except ValueError:  # msgspec's ValidationError is one
        return False
    return True


def _by_rule(must: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield one sentence for all fields of which the same is to be said."""
    for text in dict.fromkeys(texts.values()):
        yield f"{', '.join(name for name, said in texts.items() if said == text)} {must}{text}"


def _unknown(name: str, fields: Mapping[str, _Field]) -> str:
    close = difflib.get_close_matches(name, fields, n=1, cutoff=0.5)
    return f"{name} is unknown" + (f", did you mean {close[0]}?" if close else "")


def _listed(choices: Iterable[str]) -> str:
    *firsts, last = choices
    return f"{', '.join(firsts)} or {last}" if firsts else last
