"""The model of the search walk, and real resolvers: this machine's libc, and dnspython."""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import dns.name
import dns.resolver
import pytest

from pytest_podconform.dns.candidates import candidates

CASES = 1000
LABELS = ("a", "b", "web", "prod", "svc", "x-1")
SEARCHES = ("ns.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example", "a.b", "dotted.example.", "one")


def random_case(dice: random.Random, *, most_ndots: int = 20) -> dict[str, Any]:
    name = ".".join(dice.choices(LABELS, k=dice.choice([1, 2, 3, 4, 5, 6, 7, 16, 17, 18]))) + dice.choice(["", "", "", "."])
    searches = dice.choices([*SEARCHES, "."], weights=[4] * len(SEARCHES) + [1], k=dice.randint(1, 6))
    return {"name": name, "searches": searches, "ndots": dice.randint(0, most_ndots)}


def namespaces(script: str) -> list[str] | None:
    """Return how to run a command in namespaces of its own, where resolv.conf may be another; None where that is forbidden."""
    unshare = shutil.which("unshare")
    for words in (["-nm"], ["-rnm"]):
        command = [str(unshare), *words, "sh", "-ec", script]
        if unshare and subprocess.run([*command, "true"], input=b"", capture_output=True, check=False).returncode == 0:
            return command
    return None


def test_the_libc_walks_as_the_model_does(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.touch()
    command = namespaces(f'mount --bind {file} /etc/resolv.conf; exec "$0" "$@"')
    if command is None:
        pytest.skip("this machine allows no namespaces, and its own resolv.conf is not to be changed")
    dice = random.Random(5)
    cases = [random_case(dice) for _ in range(CASES)]

    lines = "".join(f"{json.dumps(case)}\n" for case in cases)
    walked = subprocess.run(
        [*command, sys.executable, str(Path(__file__).parent / "walk.py"), str(file)],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )

    seen = [json.loads(line) for line in walked.stdout.splitlines()]
    assert len(seen) == CASES
    wrong = [(case, found) for case, found in zip(cases, seen, strict=True) if found != _once(_model(case))]
    assert not wrong, "\n".join(map(str, wrong[:5]))


def _model(case: dict[str, Any]) -> list[str]:
    return candidates(case["name"], case["searches"], case["ndots"])


def _once(names: list[str]) -> list[str]:
    """Leave out what comes twice in a row: on the wire it cannot be told from A and AAAA of one name."""
    return [name for before, name in zip(["", *names], names, strict=False) if name != before]


class _Recorded(dns.resolver.Resolver):
    """A resolver that tells which names it would ask for, instead of asking."""

    def walk(self, name: str) -> list[str]:
        return [each.to_text() for each in self._get_qnames_to_try(dns.name.from_text(name, None), search=True)]


def test_dnspython_walks_as_the_model_does() -> None:
    dice = random.Random(6)
    wrong: list[Any] = []
    for case in (random_case(dice, most_ndots=15) for _ in range(CASES)):  # it has no cap
        case["searches"] = [search for search in case["searches"] if search != "."] or ["one"]  # of which it thinks otherwise
        text = f"nameserver 127.0.0.1\nsearch {' '.join(case['searches'])}\noptions ndots:{case['ndots']}\n"
        found = _Recorded(io.StringIO(text)).walk(case["name"])
        if found != _model(case):
            wrong.append((case, found, _model(case)))

    assert not wrong, "\n".join(map(str, wrong[:5]))
