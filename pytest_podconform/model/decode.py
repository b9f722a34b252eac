"""From a manifest, as a runtime gets it, to the model; anything that does not fit is `Refused` with its field path."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from .manifest import Manifest
from .pod import Pod, Service
from .refusal import FieldError, Refused
from .validation import validate_pod, validate_service

T = TypeVar("T", Pod, Service)

_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*?)`)?$", re.DOTALL)


def decode(manifest: Manifest) -> Pod | Service:
    """Decode and validate one object.

    Raises:
        Refused: a kind that is not known here, a field that is not, or a value that the API server would refuse.

    """
    kind = manifest.get("kind")
    if kind == "Pod":
        pod = _convert(manifest, Pod)
        _refuse(validate_pod(pod))
        return pod
    if kind == "Service":
        service = _convert(manifest, Service)
        _refuse(validate_service(service))
        return service
    msg = f"kind: Unsupported value: {kind!r}: this runtime knows Pod and Service"
    raise Refused(msg, "kind")


def _convert(manifest: Manifest, to: type[T]) -> T:
    try:
        return msgspec.convert(manifest, to)
    except msgspec.ValidationError as error:
        match = _AT.match(str(error))
        assert match is not None
        path = match["path"] or ""
        raise Refused(f"{path or 'object'}: {match['what']}", path) from error


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise Refused.because(errors)
