"""What the execution of a probe came to."""

from __future__ import annotations

from typing import Final

import msgspec

from pytest_podconform.model.pod import ProbeResult

USER_AGENT: Final = "kube-probe/1.36"
"""`kube-probe/<major>.<minor>`: the Kubernetes version whose kubelet the reference follows."""

MOST_OUTPUT: Final = 10 * 1024
"""Bytes of a body or an output that are read at most (`pkg/probe/http`, `maxRespBodyLength`)."""


class Outcome(msgspec.Struct, frozen=True):
    """A result and its reason in a few words; `warning` marks a success that an author should look at."""

    result: ProbeResult
    reason: str
    warning: bool = False


def success(reason: str, *, warning: bool = False) -> Outcome:
    """Build a success."""
    return Outcome(ProbeResult.SUCCESS, reason, warning)


def failure(reason: str) -> Outcome:
    """Build a failure."""
    return Outcome(ProbeResult.FAILURE, reason)


def unknown(reason: str) -> Outcome:
    """Build an execution that was no execution: it moves no counter."""
    return Outcome(ProbeResult.UNKNOWN, reason)
