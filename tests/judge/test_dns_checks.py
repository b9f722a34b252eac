from __future__ import annotations

from typing import Any

import pytest

from pytest_podconform.judge.dns_checks import address_of_pod, names_in_order, resolv_conf, same_answer

FILE = "# comment\nsearch a.example\nsearch x.svc svc\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions edns0 ndots:5\n"


def queries(*names: str) -> dict[str, Any]:
    return {"all": [{"name": name.partition("/")[0], "type": name.partition("/")[2]} for name in names]}


def test_resolv_conf_compares_lists_in_order_and_options_as_a_set() -> None:
    check = resolv_conf(nameservers=["192.0.2.1", "192.0.2.2"], searches=["x.svc", "svc"], options=["ndots:5", "edns0"])

    assert check.look({"text": FILE})[0]


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

    assert not resolv_conf(**{**expected, **different}).look({"text": FILE})[0]


def test_what_is_no_resolv_conf_is_quoted() -> None:
    check = resolv_conf(nameservers=[], searches=[], options=[])

    assert check.of({"text": "\0\1"})[1] == "no directive in '\\x00\\x01'"
    assert check.of({"left_out": {"text": 1048576}}) == (False, "text of 1048576 bytes, more than a line holds")


def test_an_empty_file_is_no_resolv_conf() -> None:
    assert not resolv_conf(nameservers=["192.0.2.1"], searches=[], options=[]).look({"text": ""})[0]


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


def lookups(**found: list[str]) -> dict[str, Any]:
    return {"all": [{"name": name, "addresses": addresses} for name, addresses in found.items()]}


def test_same_answer_is_neither_empty_nor_everybodys() -> None:
    check = same_answer("web", like="full", unlike="other")

    assert check.look(lookups(web=["10.0.0.1"], full=["10.0.0.1"], other=["10.0.0.2"]))[0]
    assert not check.look(lookups(web=["10.0.0.1"], full=["10.0.0.1"], other=["10.0.0.1"]))[0]
    assert not check.look(lookups(web=[], full=[], other=["10.0.0.2"]))[0]
    assert not check.look(lookups(web=["10.0.0.2"], full=["10.0.0.1"], other=["10.0.0.2"]))[0]
    assert not check.look(lookups(full=["10.0.0.1"]))[0]


def test_address_of_pod() -> None:
    check = address_of_pod("name")

    assert check.look({"all": [{"ip": "10.0.0.1"}, {"addresses": ["10.0.0.1"]}]})[0]
    assert not check.look({"all": [{"ip": "10.0.0.1"}, {"addresses": ["10.0.0.1", "10.0.0.2"]}]})[0]
    assert not check.look({"all": [{"ip": "10.0.0.1"}, {"addresses": []}]})[0]
