"""What an adapter constructs is checked where it is constructed."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from pytest_podconform.model.validated import InvalidFieldsError
from pytest_podconform.runtimes.interface import Capabilities, Facts, Refused
from pytest_podconform.runtimes.simulated import SimulatedRuntime

CLAIMED: dict[str, Any] = msgspec.structs.asdict(SimulatedRuntime.capabilities)
FACTS: dict[str, Any] = {
    "name": "acme 1.0",
    "target_image": "target:1",
    "cluster_domain": "cluster.local",
    "cluster_dns": ("10.96.0.10",),
    "node_nameservers": ("192.0.2.1", "fe80::1%eth0"),
    "node_searches": (),
    "node_options": ("timeout:5",),
    "status_latency": 1.0,
    "max_pods": 100,
    "starts_at_once": 2,
    "shares_clock": True,
}
YES_OR_NO = "must be True or False"
STRING = "must be a string that is not empty"
STRINGS = "must be a tuple or list of strings that are not empty"
ADDRESSES = "must be a tuple or list of IP addresses"
COUNT = "must be a whole number, 1 or more"
SECONDS = "must be a finite number of seconds, 0 or more"
NAMES = "must be a tuple or list of two different names"
PAIR = "must be None, or a tuple or list of a name and its IP address"


def text(error: pytest.ExceptionInfo[InvalidFieldsError]) -> str:
    return str(error.value)


@pytest.mark.parametrize("value", ["yes", 1, 0, None, "True"])
@pytest.mark.parametrize("name", [name for name in CLAIMED if name != "node_config"])
def test_a_capability_is_true_or_false(name: str, value: Any) -> None:
    with pytest.raises(InvalidFieldsError) as error:
        Capabilities(**(CLAIMED | {name: value}))

    assert text(error) == f"Capabilities({name}={value!r}): {name} {YES_OR_NO}"


@pytest.mark.parametrize("value", [True, "all", None])
def test_node_config_names_its_values(value: Any) -> None:
    with pytest.raises(InvalidFieldsError) as error:
        Capabilities(**(CLAIMED | {"node_config": value}))

    assert text(error) == f"Capabilities(node_config={value!r}): node_config must be 'none', 'per-start' or 'per-pod'"


def test_capabilities_that_are_missing_are_all_named() -> None:
    given = {name: value for name, value in CLAIMED.items() if name not in {"ipv6", "pvc", "node_config"}}

    with pytest.raises(InvalidFieldsError) as error:
        Capabilities(**given)

    assert text(error) == (
        "Capabilities(...): ipv6, pvc must be given: True or False; node_config must be given: 'none', 'per-start' or 'per-pod'"
    )


def test_an_unknown_name_is_met_with_the_closest_one() -> None:
    given: dict[str, Any] = {**CLAIMED, "http_probe": True, "quantum": False}

    with pytest.raises(InvalidFieldsError) as error:
        Capabilities(**given)

    assert text(error) == (
        "Capabilities(http_probe=True, quantum=False): http_probe is unknown, did you mean http_probes?; quantum is unknown"
    )


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("name", "", STRING),
        ("name", b"acme", STRING),
        ("cluster_domain", "", STRING),
        ("target_image", None, STRING),
        ("cluster_dns", "10.0.0.1", ADDRESSES),
        ("cluster_dns", ("dns.example",), ADDRESSES),
        ("cluster_dns", (10,), ADDRESSES),
        ("node_nameservers", ("192.0.2.1:53",), ADDRESSES),
        ("node_nameservers", None, ADDRESSES),
        ("node_searches", "node.example", STRINGS),
        ("node_searches", ("",), STRINGS),
        ("node_options", (5,), STRINGS),
        ("status_latency", -0.1, SECONDS),
        ("status_latency", math.inf, SECONDS),
        ("status_latency", math.nan, SECONDS),
        ("status_latency", "1", SECONDS),
        ("status_latency", True, SECONDS),
        ("max_pods", "100", COUNT),
        ("max_pods", 0, COUNT),
        ("max_pods", True, COUNT),
        ("max_pods", 100.0, COUNT),
        ("starts_at_once", 0, COUNT),
        ("starts_at_once", None, COUNT),
        ("shares_clock", 1, YES_OR_NO),
        ("namespaces", ("a", "a"), NAMES),
        ("namespaces", ("a", ""), NAMES),
        ("namespaces", ("a",), NAMES),
        ("namespaces", "ab", NAMES),
        ("musl_image", None, "must be a string"),
        ("tells_endpoints", "yes", YES_OR_NO),
        ("outside", ("example.org", "nowhere"), PAIR),
        ("outside", ("", "192.0.2.1"), PAIR),
        ("outside", "example.org=192.0.2.1", PAIR),
        ("outside", (), PAIR),
    ],
)
def test_a_fact_of_the_wrong_kind_says_what_is_accepted(name: str, value: Any, rule: str) -> None:
    with pytest.raises(InvalidFieldsError) as error:
        Facts(**(FACTS | {name: value}))

    assert text(error) == f"Facts({name}={value!r}): {name} {rule}"


def test_all_wrong_fields_stand_in_one_error() -> None:
    given = {name: value for name, value in FACTS.items() if name != "name"}
    given |= {"cluster_dns": "10.0.0.1", "max_pods": "100", "starts_at_once": 0, "max_pod": 1}

    with pytest.raises(InvalidFieldsError) as error:
        Facts(**given)

    assert text(error) == (
        "Facts(cluster_dns='10.0.0.1', max_pods='100', starts_at_once=0, max_pod=1): "
        f"cluster_dns {ADDRESSES}; max_pods, starts_at_once {COUNT}; max_pod is unknown, did you mean max_pods?; "
        "name must be given: a string that is not empty"
    )


def test_what_is_given_is_shown_at_a_readable_length() -> None:
    given: dict[str, Any] = FACTS | {"cluster_dns": "10.0.0.1 " * 1000}

    with pytest.raises(InvalidFieldsError) as error:
        Facts(**given)

    assert len(text(error)) < 150


def test_what_is_right_is_kept_and_lists_are_stored_as_tuples() -> None:
    given: dict[str, Any] = FACTS | {
        "cluster_dns": ["10.96.0.10"],
        "outside": ["example.org", "192.0.2.1"],
        "status_latency": 1,
    }

    facts = Facts(**given)

    assert facts == Facts(**FACTS, outside=("example.org", "192.0.2.1"))
    assert (type(facts.cluster_dns), type(facts.outside), type(facts.status_latency)) == (tuple, tuple, float)
    assert msgspec.structs.asdict(Capabilities(**CLAIMED)) == CLAIMED


def test_a_copy_with_changes_is_checked_too() -> None:
    with pytest.raises(InvalidFieldsError, match="max_pods must be"):
        msgspec.structs.replace(Facts(**FACTS), max_pods=0)


def test_what_is_decoded_obeys_the_same_rules() -> None:
    data = {**FACTS, "cluster_dns": ["10.96.0.10"]}

    assert msgspec.convert(data, Facts) == Facts(**FACTS)
    with pytest.raises(msgspec.ValidationError, match="starts_at_once must be a whole number, 1 or more"):
        msgspec.convert({**data, "starts_at_once": 0}, Facts)


def test_a_refusal_is_made_of_strings() -> None:
    given: Any = (ValueError("no"), None)

    with pytest.raises(InvalidFieldsError) as error:
        Refused(*given)

    assert text(error) == "Refused(reason=ValueError('no'), field=None): reason, field must be a string"
