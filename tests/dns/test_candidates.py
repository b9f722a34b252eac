from __future__ import annotations

import pytest

from pytest_podconform.dns.candidates import candidates, ndots_of

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


def test_ndots_of_options() -> None:
    assert ndots_of(("edns0", "ndots:2", "ndots:4")) == 4
    assert ndots_of(()) == 1
