"""The range of successful statuses ends one too late: `<= 400` for `< 400`."""

from __future__ import annotations

from pytest_podconform.probes import http

CAUGHT_BY = {"probes/http/status-boundaries[400]"}


def is_success(status: int) -> bool:
    return 200 <= status <= 400


http.is_success = is_success
