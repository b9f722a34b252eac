"""Break the runtime of a whole pytest run: `PODCONFORM_MUTANT=NAME pytest -p tests.mutants.plugin --podconform`.

At the end a line says whether the mutant fired. A run in which it did not says nothing of the mutant, whatever has passed or
failed: it ends with `DID_NOT_FIRE`, which is neither 0 (nothing has failed) nor 1 (caught). Under xdist the experiments run
in the controller, and so does the mutant.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from . import mechanism

DID_NOT_FIRE = pytest.ExitCode.USAGE_ERROR
"""The exit status: the cases that were selected, or the runtime, do not reach what the mutant changes."""

NAME = os.environ["PODCONFORM_MUTANT"]
BROKEN = mechanism.Broken(pytest.MonkeyPatch())
mechanism.load()[NAME].breaks(BROKEN)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    yield  # the runtime is closed, and the status of the run is known
    judged = session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    if judged and BROKEN.not_fired and not hasattr(session.config, "workerinput"):
        session.exitstatus = DID_NOT_FIRE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    what = f"did not fire: {', '.join(BROKEN.not_fired)}" if BROKEN.not_fired else "fired"
    terminalreporter.write_line(f"mutant {NAME} {what}")
