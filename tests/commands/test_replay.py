from __future__ import annotations

import json
from pathlib import Path

from .running import process

ALONE = ("-p", "no:cacheprovider", "-p", "no:asyncio")


def test_a_report_is_judged_again(tmp_path: Path) -> None:
    process("run", *ALONE, "--podconform-runtime=simulated", "-k", "failure-kills", folder=tmp_path)

    done = process("replay", "podconform-report/report.json", *ALONE, "-k", "liveness", folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    judged = json.loads((tmp_path / "podconform-replay/report.json").read_bytes())
    assert {case["id"] for case in judged["cases"]} == {"probes/liveness/failure-kills"}


def test_a_report_that_is_not_there_is_pytests_usage_error(tmp_path: Path) -> None:
    done = process("replay", "no-report.json", *ALONE, folder=tmp_path)

    assert done.returncode == 4
    assert "no-report.json: No such file or directory" in done.stderr
