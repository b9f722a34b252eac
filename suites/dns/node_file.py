"""What a Pod gets of the node's own resolv.conf, which these cases choose."""

from __future__ import annotations

from pytest_podconform.judge.vocabulary import Case, NodeConfig, Place, case, file, first, resolv_conf
from pytest_podconform.model.build import RESOLV_CONF, container, pod

SHOWN = file(RESOLV_CONF)

PLAIN = NodeConfig(
    resolv_conf="""\
nameserver 192.0.2.11
nameserver 192.0.2.12
search first.example second.example
options timeout:3 rotate
"""
)

ODD = NodeConfig(
    resolv_conf="""\
# nameserver 192.0.2.13
nameserver 192.0.2.11
domain ignored.example
search forgotten.example
search first.example. . second.example first.example
  nameserver 192.0.2.12
options timeout:1 rotate
options timeout:3
"""
)
"""A comment, a domain, two search lines, a trailing dot, the root, a duplicate, a blank before a line, an option twice."""

MANY = NodeConfig(resolv_conf="nameserver 192.0.2.11\nsearch " + " ".join(f"s{n}.example" for n in range(28)) + "\n")

LONG = [f"{'a' * 60}.{'b' * 60}.{'c' * 60}.s{n}.example" for n in range(11)]
TOO_LONG = ".".join(["d" * 60] * 4 + ["too-long.example"])  # 254 characters and more, which is no name any more
LENGTHY = NodeConfig(resolv_conf=f"nameserver 192.0.2.11\nsearch {TOO_LONG} {' '.join(LONG)}\n")


@case("dns.policy.default", node=PLAIN)
def default_has_all_of_it() -> Case:
    """With the policy Default a Pod gets the node's nameservers, search list and options."""
    expected = resolv_conf(
        nameservers=["192.0.2.11", "192.0.2.12"],
        searches=["first.example", "second.example"],
        options=["timeout:3", "rotate"],
    )
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="Default"), first(SHOWN, expected))


@case("dns.policy.cluster-first", "dns.search.default", "dns.ndots.default", node=PLAIN)
def cluster_first_has_its_search_list(*, place: Place) -> Case:
    """With ClusterFirst the node's search domains follow the cluster's; of its nameservers and options nothing is left."""
    expected = resolv_conf(
        nameservers=place.cluster_dns,
        searches=[*place.cluster_searches, "first.example", "second.example"],
        options=["ndots:5"],
    )
    return Case.of(pod(container(show=[RESOLV_CONF])), first(SHOWN, expected))


@case("dns.policy.none", "dns.config.nameservers", node=PLAIN)
def none_has_nothing_of_it() -> Case:
    """With the policy None nothing of the node's file reaches the Pod."""
    config = {"nameservers": ["192.0.2.53"], "searches": ["a.example"]}
    expected = resolv_conf(nameservers=["192.0.2.53"], searches=["a.example"], options=[])
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="None", dnsConfig=config), first(SHOWN, expected))


@case("dns.config.nameservers", "dns.config.searches", "dns.config.options", node=PLAIN)
def dns_config_is_merged_into_it() -> Case:
    """With Default, too, what dnsConfig says is merged in: an option of the same name is replaced."""
    config = {
        "nameservers": ["192.0.2.53"],
        "searches": ["second.example", "a.example"],
        "options": [{"name": "timeout", "value": "1"}, {"name": "edns0"}],
    }
    expected = resolv_conf(
        nameservers=["192.0.2.11", "192.0.2.12", "192.0.2.53"],
        searches=["first.example", "second.example", "a.example"],
        options=["timeout:1", "rotate", "edns0"],
    )
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="Default", dnsConfig=config), first(SHOWN, expected))


@case("dns.limit.nameservers", node=PLAIN)
def three_nameservers_at_most() -> Case:
    """Of the node's and the Pod's nameservers together the first three are kept."""
    config = {"nameservers": ["192.0.2.53", "192.0.2.54"]}
    expected = resolv_conf(
        nameservers=["192.0.2.11", "192.0.2.12", "192.0.2.53"],
        searches=["first.example", "second.example"],
        options=["timeout:3", "rotate"],
    )
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="Default", dnsConfig=config), first(SHOWN, expected))


@case("dns.limit.searches", node=MANY)
def thirty_two_search_domains_at_most(*, place: Place) -> Case:
    """Of the cluster's, the node's and the Pod's search domains together the first 32 are kept."""
    expected = resolv_conf(
        nameservers=place.cluster_dns,
        searches=[*place.cluster_searches, *(f"s{n}.example" for n in range(28)), "a.example"],
        options=["ndots:5"],
    )
    config = {"searches": ["a.example", "b.example", "c.example"]}
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsConfig=config), first(SHOWN, expected))


@case("dns.limit.merged-characters", node=LENGTHY)
def two_thousand_characters_at_most(*, place: Place) -> Case:
    """What is no name any more is left out where it stands; then whole entries are dropped from the end until 2048 do."""
    searches = [*place.cluster_searches, *LONG]
    while len(" ".join(searches)) > 2048:  # noqa: PLR2004 - the rule itself
        searches.pop()
    expected = resolv_conf(nameservers=place.cluster_dns, searches=searches, options=["ndots:5"])
    return Case.of(pod(container(show=[RESOLV_CONF])), first(SHOWN, expected))


@case("dns.node-file.parsed", node=ODD)
def odd_lines() -> Case:
    """The last search line counts, without trailing dots and the root; options add up by name; domain is nothing.

    A duplicate stays: the kubelet looks for them only where it merges lists.
    """
    expected = resolv_conf(
        nameservers=["192.0.2.11", "192.0.2.12"],
        searches=["first.example", "second.example", "first.example"],
        options=["timeout:3", "rotate"],
    )
    return Case.of(pod(container(show=[RESOLV_CONF]), dnsPolicy="Default"), first(SHOWN, expected))


@case("dns.node-file.parsed", node=ODD)
def no_duplicates_where_lists_are_merged(*, place: Place) -> Case:
    """With ClusterFirst each search domain stands in the list once."""
    expected = resolv_conf(
        nameservers=place.cluster_dns,
        searches=[*place.cluster_searches, "first.example", "second.example"],
        options=["ndots:5"],
    )
    return Case.of(pod(container(show=[RESOLV_CONF])), first(SHOWN, expected))
