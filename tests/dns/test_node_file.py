"""How the node's own resolv.conf is read."""

from __future__ import annotations

import pytest

from pytest_podconform.dns.node_file import parse
from pytest_podconform.dns.policy import ResolvConf

# `TestParseResolvConf`, pkg/kubelet/network/dns/dns_test.go (v1.34), has these facts among others.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ResolvConf()),
        ("nameserver 192.0.2.1 trailing", ResolvConf(nameservers=("192.0.2.1",))),
        (" nameserver 192.0.2.1\n\tnameserver 192.0.2.2\n", ResolvConf(nameservers=("192.0.2.1", "192.0.2.2"))),
        ("#nameserver 192.0.2.1\n;nameserver 192.0.2.2", ResolvConf()),
        ("search a.example\nsearch b.example c.example.", ResolvConf(searches=("b.example", "c.example"))),
        ("search a.example\nsearch", ResolvConf()),
        ("search . a.example", ResolvConf(searches=("a.example",))),
        ("domain a.example", ResolvConf()),
        ("options ndots:5 rotate\noptions ndots:1", ResolvConf(options=("ndots:1", "rotate"))),
    ],
)
def test_each_line_counts_as_the_kubelet_has_it(text: str, expected: ResolvConf) -> None:
    assert parse(text) == expected


def test_a_nameserver_without_an_address_is_an_error() -> None:
    with pytest.raises(ValueError, match="nameserver without an address"):
        parse("nameserver\n")
