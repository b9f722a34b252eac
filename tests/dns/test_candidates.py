from __future__ import annotations

import pytest

from pytest_podconform.dns.candidates import candidates, ndots_of
from pytest_podconform.dns.resolvers import DNSPYTHON, GLIBC, GO, MUSL, Outcome, Profile

SEARCHES = ("ns.svc.z", "svc.z", "z")


@pytest.mark.parametrize(
    ("name", "ndots", "expected"),
    [
        ("web", 5, ["web.ns.svc.z.", "web.svc.z.", "web.z.", "web."]),
        ("a.b.c.d", 5, ["a.b.c.d.ns.svc.z.", "a.b.c.d.svc.z.", "a.b.c.d.z.", "a.b.c.d."]),
        ("a.b.c.d.e.f", 5, ["a.b.c.d.e.f.", "a.b.c.d.e.f.ns.svc.z.", "a.b.c.d.e.f.svc.z.", "a.b.c.d.e.f.z."]),
        ("api.example.com", 2, ["api.example.com.", *(f"api.example.com.{search}." for search in SEARCHES)]),
        ("api.example.com.", 5, ["api.example.com."]),
        ("web.", 5, ["web."]),
    ],
)
def test_the_order_of_candidates(name: str, ndots: int, expected: list[str]) -> None:
    assert candidates(name, SEARCHES, ndots) == expected


def test_a_search_domain_of_one_dot_is_the_name_itself_in_its_place() -> None:
    assert candidates("web", (".", "z."), 5) == ["web.", "web.z."]


def test_ndots_is_capped_at_fifteen() -> None:
    name = ".".join("x" * 16)

    assert candidates(name, ("z",), 99)[0] == f"{name}."


def test_without_a_search_list_there_is_the_name_itself() -> None:
    assert candidates("web", (), 5) == ["web."]


@pytest.mark.parametrize(
    ("profile", "outcome", "expected"),
    [
        (GLIBC, "NODATA", ["web.a.", "web.b.", "web."]),
        (GLIBC, "SERVFAIL", ["web.a.", "web.b.", "web."]),
        (GLIBC, "REFUSED", ["web.a.", "web."]),
        (GLIBC, "timeout", ["web.a.", "web."]),
        (GLIBC, "found", ["web.a."]),
        (MUSL, "NXDOMAIN", ["web.a.", "web.b.", "web."]),
        (MUSL, "NODATA", ["web.a."]),
        (GO, "REFUSED", ["web.a.", "web.b.", "web."]),
        (DNSPYTHON, "SERVFAIL", ["web.a."]),
    ],
)
def test_what_a_resolver_makes_of_an_answer(profile: Profile, outcome: Outcome, expected: list[str]) -> None:
    assert candidates("web", ("a", "b"), 5, profile=profile, answers={"web.a.": outcome}) == expected


def test_musl_searches_for_no_name_that_has_enough_dots() -> None:
    assert candidates("a.b", SEARCHES, 1, profile=MUSL) == ["a.b."]


@pytest.mark.parametrize(("length", "tried"), [(247, 2), (248, 1)])
def test_musl_reads_no_search_line_of_more_than_254_bytes(length: int, tried: int) -> None:
    assert len(candidates("web", ["x" * length], 5, profile=MUSL)) == tried


def test_a_root_among_the_search_domains_is_three_things() -> None:
    assert candidates("web", (".", "z"), 5, profile=MUSL) == ["web.z.", "web."]
    assert candidates("web", (".", "z"), 5, profile=DNSPYTHON) == ["web.", "web.z.", "web."]


def test_ndots_of_options() -> None:
    assert ndots_of(("edns0", "ndots:2", "ndots:4")) == 4
    assert ndots_of(()) == 1
