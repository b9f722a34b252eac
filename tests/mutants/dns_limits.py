"""Mistakes about the node's own file, and about how long lists may get."""

# pyright: basic, reportPrivateUsage=false
# (functions are put in the place of others, by name: what they take and return is not known here)

from __future__ import annotations

from typing import Any

import msgspec

from pytest_podconform.dns import node_file, policy
from pytest_podconform.dns.policy import ResolvConf
from pytest_podconform.model import validation
from pytest_podconform.runtimes.simulated import world

from .dns_core import files
from .mechanism import Broken, mutant


@mutant(caught_by=["dns.limit.nameservers"], spares=["dns.policy.none", "dns.limit.searches"])
def merged_nameservers_are_not_cut(runtime: Broken) -> None:
    """The limit of three is looked at where a Pod is created, and not when lists are merged."""
    runtime.constant(policy, "MAX_NAMESERVERS", 9, read_by=(world, "resolv_conf"))


@mutant(caught_by=["dns.limit.searches"], spares=["dns.policy.none", "dns.limit.nameservers"])
def merged_searches_are_not_cut(runtime: Broken) -> None:
    """The limit of 32 is looked at where a Pod is created, and not when lists are merged."""
    runtime.constant(policy, "MAX_SEARCHES", 99, read_by=(policy, "_fitting"))


@mutant(caught_by=["dns.limit.searches"], spares=["dns.limit.nameservers"])
def six_searches_as_of_old(runtime: Broken) -> None:
    """Six search domains are the limit (Kubernetes before 1.28)."""
    runtime.constant(validation, "MAX_SEARCHES", 6, read_by=(validation, "_searches"))
    runtime.constant(policy, "MAX_SEARCHES", 6, read_by=(policy, "_fitting"))


@mutant(caught_by=["dns.limit.nameservers"], spares=["dns.limit.searches"])
def any_number_of_nameservers(runtime: Broken) -> None:
    """A Pod may ask for four nameservers."""
    runtime.constant(validation, "MAX_NAMESERVERS", 4, read_by=(validation, "_nameservers"))


@mutant(caught_by=["dns.limit.search-characters"], spares=["dns.limit.searches"])
def one_character_too_many(runtime: Broken) -> None:
    """The blanks between search domains do not count."""
    runtime.constant(validation, "MAX_SEARCH_CHARACTERS", 2049, read_by=(validation, "_searches"))


@mutant(caught_by=["dns.limit.search-characters"], spares=["dns.limit.searches"])
def one_character_too_few(runtime: Broken) -> None:
    """`<` for `<=`: 2048 characters are too many."""
    runtime.constant(validation, "MAX_SEARCH_CHARACTERS", 2047, read_by=(validation, "_searches"))


@mutant(caught_by=["dns.limit.merged-characters"], spares=["dns.limit.searches"])
def an_entry_is_cut_in_the_middle(runtime: Broken) -> None:
    """The search line is cut at its 2048th character."""

    def cut(searches: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(" ".join(searches[:32])[:2048].split())

    runtime.replace(policy, "_fitting", cut)


@mutant(caught_by=["dns.node-file.parsed"], spares=["dns.policy.default"])
def the_first_search_line_counts(runtime: Broken) -> None:
    """Search lines after the first one are passed over."""
    runtime.wrap(node_file, "parse", lambda right: lambda text: right(_without_later_searches(text)))


def _without_later_searches(text: str) -> str:
    first, found, rest = text.partition("search ")
    kept, _, others = rest.partition("\n")
    return first + found + kept + "\n" + "".join(f"{line}\n" for line in others.splitlines() if "search" not in line)


@mutant(caught_by=["dns.policy.default"], spares=["dns.policy.none", "dns.policy.cluster-first"])
def default_forgets_the_options(runtime: Broken) -> None:
    """With Default a Pod gets the node's servers and search list, and no options."""

    def change(pod: Any, _node: object, right: ResolvConf) -> ResolvConf:
        return msgspec.structs.replace(right, options=()) if pod.spec.dns_policy == "Default" else right

    runtime.wrap(world, "resolv_conf", files(change))


@mutant(caught_by=["dns.search.default"], spares=["dns.policy.none", "dns.policy.default"])
def cluster_first_forgets_the_nodes_searches(runtime: Broken) -> None:
    """With ClusterFirst a Pod searches the cluster only."""

    def change(pod: Any, node: policy.Node, right: ResolvConf) -> ResolvConf:
        of_node = node.resolv_conf.searches if pod.spec.dns_policy == "ClusterFirst" else ()
        return msgspec.structs.replace(right, searches=tuple(each for each in right.searches if each not in of_node))

    runtime.wrap(world, "resolv_conf", files(change))
