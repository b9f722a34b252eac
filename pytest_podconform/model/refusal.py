"""Why a manifest is refused: Kubernetes' field path, kind of error and reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

import msgspec

from .validated import InvalidFieldsError


class FieldError(msgspec.Struct, frozen=True):
    """One broken rule; its text is what `kubectl apply` prints, e.g. `spec.x: Invalid value: 2: must be 1`."""

    field: str
    kind: str
    detail: str
    value: Any = msgspec.UNSET

    def __str__(self) -> str:
        """Render as the API server does."""
        value = "" if self.value is msgspec.UNSET else f": {json.dumps(self.value)}"
        return f"{self.field}: {self.kind}{value}: {self.detail}"


def invalid(field: str, value: object, detail: str) -> FieldError:
    """Report a value that is of the right type and yet not allowed."""
    return FieldError(field, "Invalid value", detail, value)


def required(field: str, detail: str) -> FieldError:
    """Report a value that is missing."""
    return FieldError(field, "Required value", detail)


def forbidden(field: str, detail: str) -> FieldError:
    """Report a field that may not be set here."""
    return FieldError(field, "Forbidden", detail)


def unsupported(field: str, value: object, supported: Sequence[str]) -> FieldError:
    """Report a value outside a closed list."""
    return FieldError(field, "Unsupported value", "supported values: " + ", ".join(map(json.dumps, supported)), value)


class Refused(Exception):
    """Raised by `Runtime.apply` where the runtime refuses an object.

    `reason` is the text a user would read; `field` is the path of the (first) offending field, if the runtime says it.

    Raises:
        InvalidFieldsError: one of them is no string.

    """

    def __init__(self, reason: str, field: str = "") -> None:
        given: dict[str, object] = {"reason": reason, "field": field}
        wrong = {name: value for name, value in given.items() if not isinstance(value, str)}
        if wrong:
            shown = ", ".join(f"{name}={value!r}" for name, value in wrong.items())
            raise InvalidFieldsError(f"Refused({shown}): {', '.join(wrong)} must be a string")
        super().__init__(reason)
        self.reason = reason
        self.field = field

    @classmethod
    def because(cls, errors: Sequence[FieldError]) -> Refused:
        """Build the refusal for one or more broken rules."""
        return cls("; ".join(map(str, errors)), errors[0].field)
