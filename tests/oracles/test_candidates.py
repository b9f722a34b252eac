"""The model of the search walk, and real resolvers: this machine's glibc, musl, Go, and dnspython."""

from __future__ import annotations

import json
import os
import platform
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_podconform.dns.candidates import candidates
from pytest_podconform.dns.resolvers import DNSPYTHON, GLIBC, MUSL, PROFILES, Outcome, Profile

CASES = 1000
LABELS = ("a", "b", "web", "prod", "svc", "x-1")
SOMETIMES, HALF = 0.2, 0.5
CLIENTS = Path(__file__).parent / "clients"
SEARCHES: tuple[str, ...] = (
    "ns.svc.cluster.local",
    "svc.cluster.local",
    "cluster.local",
    "corp.example",
    "a.b",
    "dotted.example.",
    "one",
)


ODD: tuple[Outcome, ...] = ("found", "NODATA", "SERVFAIL", "REFUSED", "timeout")


def random_case(dice: random.Random, profile: Profile) -> dict[str, Any]:
    """Throw a name, a search list and ndots, and now and then an answer for one of the candidates that is not NXDOMAIN."""
    name = ".".join(dice.choices(LABELS, k=dice.choice([1, 2, 3, 4, 5, 6, 7, 16, 17, 18]))) + dice.choice(["", "", "", "."])
    searches = dice.choices(SEARCHES, k=dice.randint(1, 6))
    if profile is not MUSL and dice.random() < SOMETIMES:  # 1.2.3 hangs on a root, see kubernetes #112135
        searches.insert(dice.randint(0, len(searches)), ".")
    if dice.random() < SOMETIMES:
        searches += [f"{letter * 60}.example" for letter in dice.sample("abcdef", k=4)]
    ndots = dice.randint(0, 20)
    odd = dice.choices(ODD, weights=[40, 40, 2, 1, 1])[0]  # the last ones take a second each
    among = candidates(name, searches, ndots, profile=profile)
    return {
        "name": name,
        "searches": searches,
        "ndots": ndots,
        "answers": {dice.choice(among): odd} if dice.random() < HALF else {},
    }


def namespaces(script: str) -> list[str] | None:
    """Return how to run a command in namespaces of its own, where resolv.conf may be another; None where that is forbidden."""
    unshare = shutil.which("unshare")
    for words in (["-nm"], ["-rnm"]):
        command = [str(unshare), *words, "sh", "-ec", script]
        if unshare and subprocess.run([*command, "true"], input=b"", capture_output=True, check=False).returncode == 0:
            return command
    return None


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """Build what resolves by musl and by Go, where that can be built."""
    return Clients(tmp_path_factory.mktemp("clients"))


class Clients:
    """The programs that resolve a name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, profile: Profile) -> str:
        """Return what walk.py takes for a client; skips where it cannot be built here."""
        if profile is GLIBC and platform.libc_ver()[0] != "glibc":
            pytest.skip("this machine's libc is not glibc")
        if profile is GLIBC:
            return "libc"
        if profile is DNSPYTHON:
            return "dnspython"
        made = str(self._folder / profile.name)
        if profile is MUSL:
            command = ["musl-gcc", "-static", "-o", made, str(CLIENTS / "client.c")]
        else:
            command = ["go", "build", "-o", made, "."]
        if shutil.which(command[0]) is None:
            pytest.skip(f"no {command[0]} on this machine")
        subprocess.run(command, cwd=CLIENTS / "go", check=True, env={**os.environ, "CGO_ENABLED": "0"})
        return made


def walked(client: str, cases: list[dict[str, Any]], folder: Path) -> list[list[str]]:
    """Let a resolver look up the names, each with a resolv.conf of its own; return what it asked for."""
    file = folder / "resolv.conf"
    file.touch()
    command = namespaces(f'mount --bind {file} /etc/resolv.conf; exec "$0" "$@"')
    if command is None:
        pytest.skip("this machine allows no namespaces, and its own resolv.conf is not to be changed")
    done = subprocess.run(
        [*command, sys.executable, str(Path(__file__).parent / "walk.py"), str(file), client],
        input="".join(f"{json.dumps(case)}\n" for case in cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_resolvers_walk_as_the_model_does(profile: Profile, clients: Clients, tmp_path: Path) -> None:
    dice = random.Random(5)
    cases = [random_case(dice, profile) for _ in range(CASES)]

    seen = walked(clients.path(profile), cases, tmp_path)

    assert len(seen) == CASES
    wrong = [
        (case, found, model) for case, found in zip(cases, seen, strict=True) if found != (model := modelled(case, profile))
    ]
    assert not wrong, f"{len(wrong)}: " + "\n".join(map(str, wrong[:5]))


def modelled(case: dict[str, Any], profile: Profile) -> list[str]:
    """Return what the model says; what comes twice in a row cannot be told on the wire from A and AAAA of one name."""
    names = candidates(case["name"], case["searches"], case["ndots"], profile=profile, answers=case["answers"])
    return [name for before, name in zip(["", *names], names, strict=False) if name != before]
