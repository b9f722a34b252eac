"""Write and read reports; those that are kept are compressed."""

from __future__ import annotations

import gzip
import re
import tempfile
import zlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pytest_podconform.errors import UsageFault

from . import markdown
from .document import SCHEMA_VERSION, Report

if TYPE_CHECKING:
    from pathlib import Path

NAME = "report.json"
COMPRESSED_NAME: Final = "report.json.gz"
PAGE = "report.md"

_GZIP_MAGIC: Final = b"\x1f\x8b"  # RFC 1952, 2.3.1


def write(report: Report, folder: Path) -> Path:
    """Write a report into a folder, as data and as a page, each whole or not at all; return the path of the data.

    Raises:
        UsageFault: the folder cannot be written to.

    """
    _write(folder / PAGE, markdown.render(report).encode())
    return _write(folder / NAME, msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


def _write(path: Path, content: bytes) -> Path:
    scratch = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_bytes(content)
        scratch.replace(path)
    except OSError as error:
        raise UsageFault(f"--podconform-report: {path}: {error.strerror}") from error
    return path


def see_that_it_can_be_written(folder: Path) -> None:
    """See before a run that its report can be written after it.

    Raises:
        UsageFault: the folder cannot be written to.

    """
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise UsageFault(f"--podconform-report: {folder}: {error.strerror}") from error


def read(path: Path) -> Report:
    """Read a report, compressed by gzip or not.

    Raises:
        UsageFault: there is none, or it was written by another version, or it is damaged.

    """
    data = read_json(path)
    version = _version(data)
    if version not in {None, SCHEMA_VERSION}:
        raise UsageFault(f"{path}: schema version {version}; this release reads {SCHEMA_VERSION}")
    try:
        return msgspec.json.decode(data, type=Report)
    except msgspec.MsgspecError as error:
        raise _damaged(path, error) from error


def read_json(path: Path) -> bytes:
    """Return the JSON text of a report, compressed by gzip or not.

    Raises:
        UsageFault: there is no such file, or its compressed data is damaged.

    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageFault(f"{path}: {error.strerror}") from error
    if path.suffix != ".gz" and not data.startswith(_GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _damaged(path, error) from error


def compress(data: bytes) -> bytes:
    """Compress the JSON text of a report, without a time: equal reports make equal files."""
    return gzip.compress(data, mtime=0)


def _damaged(path: Path, error: Exception) -> UsageFault:
    return UsageFault(f"{path} is no whole report: {error}", do=["write it again with --podconform-report"])


def _version(data: bytes) -> Any:
    match = re.search(rb'"schema_version":\s*(\d+)', data)
    return None if match is None else int(match[1])
