from __future__ import annotations

import pytest

from .generate import ROOT, generated


@pytest.mark.long
def test_generated_files_are_not_stale() -> None:
    stale = [str(path.relative_to(ROOT)) for path, content in generated().items() if path.read_bytes() != content]

    assert stale == [], "run `python -m tests.generate`"
