"""Break the runtime of a whole pytest run: `PODCONFORM_MUTANT=NAME pytest -p tests.mutants.plugin --podconform`."""

from __future__ import annotations

import os

import pytest

from . import mechanism

mechanism.load()[os.environ["PODCONFORM_MUTANT"]].breaks(mechanism.Broken(pytest.MonkeyPatch()))
