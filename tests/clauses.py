"""The table of clauses and what stands for each of them, as `docs/clauses.md` shows it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.requirements import Requirement, load_requirements

PROBES = {
    "OUT": ("Outcomes of an execution", 6),
    "NET": ("Addressing and ports", 9),
    "HTTP": ("HTTP", 27),
    "TCP": ("TCP", 4),
    "EXEC": ("Exec", 12),
    "GRPC": ("gRPC", 10),
    "TIM": ("Scheduling and timing", 14),
    "THR": ("Thresholds", 9),
    "GATE": ("Startup gating", 7),
    "LIV": ("Consequences of liveness and startup", 11),
    "GP": ("Grace periods", 5),
    "RDY": ("Readiness and status", 8),
    "TERM": ("Termination of the Pod", 4),
    "SID": ("Sidecars", 6),
    "VAL": ("Defaults and validation", 15),
}
"""The families of clauses about probes, and how many each has: numbered from 1, all of them accounted for."""

DNS = {
    "D-POL": ("DNS policies", 21),
    "D-CFG": ("dnsConfig", 12),
    "D-LIM": ("Limits", 11),
    "D-FILE": ("The file itself", 8),
    "D-EXP": ("Search expansion", 20),
    "D-RES": ("Resolvers", 21),
    "D-HOST": ("Hostname and /etc/hosts", 18),
    "D-REC": ("Records", 33),
    "D-NEG": ("Negative answers", 9),
    "D-RDY": ("Readiness in DNS", 6),
    "D-PROTO": ("Protocol", 7),
}
"""Likewise about DNS."""

GAPS = {"D-RES-09"}
"""Numbers that no clause has."""

HEAD = """\
# Every clause, and what stands for it

What the pages and the kubelet's code say of probes and of DNS, clause by clause: the requirement that stands for it, who
says so (`documented` decides conformance; what the `kubelet` alone does is reported as `differs` where a runtime does
otherwise), and the number of cases, or why there is none. `make generate` writes this table, and a test sees that no clause
is missing.
"""


def expected() -> list[str]:
    """Name all clauses."""
    return [name for family, (_, count) in (PROBES | DNS).items() for name in _names(family, count)]


def _names(family: str, count: int) -> list[str]:
    width = 2 if family in DNS else 1
    names = [f"{family}-{number:0{width}}" for number in range(1, count + 1)]
    return [name for name in names if name not in GAPS]


def by_clause() -> dict[str, list[Requirement]]:
    """Return the requirements that stand for each clause."""
    found: dict[str, list[Requirement]] = {}
    for requirement in load_requirements().values():
        for clause in requirement.clauses:
            found.setdefault(clause, []).append(requirement)
    return found


def render() -> str:
    """Render the table."""
    return "\n".join([HEAD, *_lines(), ""])


def _lines() -> Iterator[str]:
    requirements = load_requirements()
    cases = [name for case in load_cases(requirements).values() for name in case.requirements]
    clauses = by_clause()
    judged = [stands for stands in clauses.values() if any(each.id in cases for each in stands)]
    yield f"{len(clauses)} clauses: {len(judged)} are judged, {len(clauses) - len(judged)} are excluded, each with its reason."
    for family, (title, count) in (PROBES | DNS).items():
        yield f"\n## {family}: {title}\n"
        yield "| clause | requirement | says | class | cases |"
        yield "|---|---|---|---|---|"
        for clause in _names(family, count):
            for each in clauses.get(clause, ()):
                why = f"none: {each.excluded}" if each.excluded else cases.count(each.id) or "none yet"
                yield f"| {clause} | `{each.id}` | {each.title} | {each.basis} | {why} |"
