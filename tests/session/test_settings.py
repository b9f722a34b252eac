"""What was asked for, without a command line around it."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

import pytest

from pytest_podconform.runtimes.kubernetes.options import ExternalName, KubernetesOptions, external_name
from pytest_podconform.runtimes.options import RuntimeOptions, spelling, spellings, text
from pytest_podconform.session.settings import Settings, all_options, had_slow_cases, path


def test_the_configuration_has_every_option_as_text() -> None:
    options = KubernetesOptions(node="n1", outside=ExternalName("www.example.com", "192.0.2.11"))

    found = Settings(runtime="kubernetes", replay=Path("old.json"), strict=True, of_runtime=options).configuration()

    assert found.keys() == set(all_options())
    assert {name: value for name, value in found.items() if value} == {
        "--podconform-runtime": "kubernetes",
        "--podconform-profile": "documented",
        "--podconform-replay": "old.json",
        "--podconform-report": "podconform-report",
        "--podconform-node": "n1",
        "--podconform-outside": "www.example.com=192.0.2.11",
        "--podconform-slow": "no",
        "--podconform-strict": "yes",
    }


def test_a_report_keeps_the_same_options_whatever_the_runtime() -> None:
    assert Settings().configuration().keys() == Settings(of_runtime=KubernetesOptions(node="n1")).configuration().keys()


@pytest.mark.parametrize("slow", [True, False])
def test_a_configuration_says_whether_slow_cases_were_run(*, slow: bool) -> None:
    assert had_slow_cases(Settings(slow=slow).configuration()) is slow


def test_a_harness_on_a_node_is_asked_for_the_same() -> None:
    chosen = Settings(profile="dns", slow=True, of_runtime=KubernetesOptions(nodes="all", pull_policy="Never"))

    assert chosen.for_harness() == ["--podconform-profile=dns", "--podconform-pull-policy=Never", "--podconform-slow"]


def test_what_is_given_is_what_differs_from_the_default() -> None:
    assert KubernetesOptions().given() == []
    assert KubernetesOptions(context="kind", pull_policy="Never").given() == [
        "--podconform-context",
        "--podconform-pull-policy",
    ]
    assert RuntimeOptions().given() == []


def test_every_field_of_a_runtimes_options_is_an_option() -> None:
    assert spellings(KubernetesOptions) == [spelling(field.name) for field in fields(KubernetesOptions)]


@pytest.mark.parametrize("parse", [text, path, external_name])
def test_an_empty_value_is_refused(parse: object) -> None:
    assert callable(parse)
    with pytest.raises(argparse.ArgumentTypeError, match="needs a value"):
        parse("")


@pytest.mark.parametrize("given", ["www.example.com", "=192.0.2.11", ".=192.0.2.11", "a b=192.0.2.11", "a=192.0.2", "a=x"])
def test_what_is_no_external_name_is_refused(given: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no NAME=ADDRESS"):
        external_name(given)


def test_an_external_name_may_be_absolute() -> None:
    assert external_name("www.example.com.=192.0.2.11") == ("www.example.com.", "192.0.2.11")
