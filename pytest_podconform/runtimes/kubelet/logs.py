"""The logs of a kubelet's containers: a file for each instance, in the form of the CRI.

https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/logs/logs.go: each line is a time, a stream,
`P` for a part of a line or `F` for its end, and the text.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

LOOK: Final = 0.05  # seconds between two looks at a file that does not grow; what happened when, the lines say themselves


async def follow(folder: Path, gone: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield what all instances write, in order, until the Pod is gone.

    A file that has been opened is read to its end, though it be deleted.
    """
    number = 0
    while True:
        path = folder / f"{number}.log"
        while not path.exists():
            if gone():
                return
            await asyncio.sleep(LOOK)
        with path.open("rb") as file:
            async for text in _follow_one(file, until=folder / f"{number + 1}.log", gone=gone):
                yield text
        number += 1


async def _follow_one(file: BinaryIO, *, until: Path, gone: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield the standard output in a file until it is complete: its successor is there, or the Pod is gone."""
    rest = b""
    while True:
        is_last = gone() or until.exists()  # noqa: ASYNC240 - one stat; looked at before the read: what comes after it is not missed
        *lines, rest = (rest + file.read()).split(b"\n")
        for line in lines:
            _, stream, flag, text = line.split(b" ", 3)
            if stream == b"stdout":
                yield text + (b"\n" if flag == b"F" else b"")
        if lines:
            continue
        if is_last:
            return
        await asyncio.sleep(LOOK)
