from __future__ import annotations

from typing import Any

import pytest

from pytest_podconform.evidence.status import PodIPAssigned, PodIPDetails
from pytest_podconform.evidence.target import DNSQuery, FileDetails, FileShown, NameResolved
from pytest_podconform.judge.vocabulary import address_of_pod, names_in_order, resolv_conf, same_answer

from .making import queried, resolved, shown

FILE = "# comment\nsearch a.example\nsearch x.svc svc\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions edns0 ndots:5\n"


def queries(*names: str) -> list[DNSQuery]:
    return [queried(*name.split("/")) for name in names]


def test_resolv_conf_compares_lists_in_order_and_options_as_a_set() -> None:
    check = resolv_conf(nameservers=["192.0.2.1", "192.0.2.2"], searches=["x.svc", "svc"], options=["ndots:5", "edns0"])

    assert check.look(shown(FILE))[0]


@pytest.mark.parametrize(
    "different",
    [
        {"nameservers": ["192.0.2.2", "192.0.2.1"]},
        {"nameservers": ["192.0.2.1"]},
        {"searches": ["svc", "x.svc"]},
        {"searches": ["x.svc"]},
        {"options": ["ndots:5"]},
        {"options": []},
    ],
)
def test_resolv_conf_sees_each_difference(different: dict[str, Any]) -> None:
    expected: Any = {
        "nameservers": ["192.0.2.1", "192.0.2.2"],
        "searches": ["x.svc", "svc"],
        "options": ["ndots:5", "edns0"],
    }

    assert not resolv_conf(**{**expected, **different}).look(shown(FILE))[0]


def test_what_is_no_resolv_conf_is_quoted() -> None:
    check = resolv_conf(nameservers=[], searches=[], options=[])

    cut = FileShown(at=1, data=FileDetails("/etc/resolv.conf", left_out={"text": 1048576}))

    assert check.of(shown("\0\1"))[1] == "no directive in '\\x00\\x01'"
    assert check.of(cut) == (False, "text of 1048576 bytes, more than a line holds")


def test_an_empty_file_is_no_resolv_conf() -> None:
    assert not resolv_conf(nameservers=["192.0.2.1"], searches=[], options=[]).look(shown(""))[0]


@pytest.mark.parametrize(
    ("seen", "fits"),
    [
        (("a./A", "a./AAAA", "b./A", "b./AAAA"), True),
        (("a./AAAA", "a./A", "b./A", "b./AAAA"), True),
        (("b./A", "b./AAAA", "a./A", "a./AAAA"), False),
        (("a./A", "a./AAAA"), False),
        (("a./A", "b./A"), False),
        (("a./A", "a./AAAA", "a./A", "a./AAAA", "b./A", "b./AAAA"), False),
        (("a./A", "a./AAAA", "b./A", "b./AAAA", "c./A", "c./AAAA"), False),
        ((), False),
    ],
)
def test_names_in_order(seen: tuple[str, ...], fits: bool) -> None:  # noqa: FBT001
    assert names_in_order("a.", "b.").look(queries(*seen))[0] is fits


def lookups(**found: list[str]) -> list[NameResolved]:
    return [resolved(name, *addresses) for name, addresses in found.items()]


def test_same_answer_is_neither_empty_nor_everybodys() -> None:
    check = same_answer("web", like="full", unlike="other")

    assert check.look(lookups(web=["10.0.0.1"], full=["10.0.0.1"], other=["10.0.0.2"]))[0]
    assert not check.look(lookups(web=["10.0.0.1"], full=["10.0.0.1"], other=["10.0.0.1"]))[0]
    assert not check.look(lookups(web=[], full=[], other=["10.0.0.2"]))[0]
    assert not check.look(lookups(web=["10.0.0.2"], full=["10.0.0.1"], other=["10.0.0.2"]))[0]
    assert not check.look(lookups(full=["10.0.0.1"]))[0]


def test_address_of_pod() -> None:
    check = address_of_pod("name")
    address = PodIPAssigned(at=1, data=PodIPDetails("10.0.0.1"))

    assert check.look(address, resolved("name", "10.0.0.1"))[0]
    assert not check.look(address, resolved("name", "10.0.0.1", "10.0.0.2"))[0]
    assert not check.look(address, resolved("name"))[0]
