from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from pytest_podconform.evidence.status import (
    ContainerStateChanged,
    PhaseChanged,
    PhaseDetails,
    PodIPAssigned,
    PodIPDetails,
    StateDetails,
)
from pytest_podconform.judge.vocabulary import (
    all_different,
    from_elsewhere,
    has,
    header,
    header_written,
    metadata_like,
    phases,
    said_more_than,
    told,
)

from .making import probed


def state(**details: Any) -> ContainerStateChanged:
    return ContainerStateChanged(at=1, data=StateDetails("terminated", **details))


def test_header_wants_all_values_in_order() -> None:
    sent = probed(1, 1, headers=[["X-One", "a"], ["x-one", "b"], ["Other"]])

    assert header("X-One", "a", "b").look(sent)[0]
    assert header("Absent").look(sent)[0]
    assert not header("X-One", "b", "a").look(sent)[0]
    assert not header("X-One", "a").look(sent)[0]


def test_has_tells_what_it_saw() -> None:
    assert has("n", 1).look(probed(1, 2)) == (False, "n 2")


def test_told_wants_details_and_times_as_the_api_has_them() -> None:
    check = told("reason", "started_at")

    assert check.look(state(reason="Error", started_at="2026-11-22T20:16:40Z"))[0]
    assert not check.look(state(reason="Error"))[0]
    assert not check.look(state(reason="", started_at="2026-11-22T20:16:40Z"))[0]
    assert not check.look(state(reason="Error", started_at="2026-11-22 20:16"))[0]


@pytest.mark.parametrize(
    ("seen", "fits"),
    [
        (["Pending", "Running"], True),
        (["Running"], True),
        (["Pending"], False),
        (["Running", "Pending"], False),
        (["Pending", "Running", "Failed"], False),
        ([], False),
    ],
)
def test_phases_may_lack_the_first_one_only(seen: list[str], fits: bool) -> None:  # noqa: FBT001
    assert phases("Pending", "Running").look([PhaseChanged(at=1, data=PhaseDetails(phase)) for phase in seen])[0] is fits


def test_said_more_than_wants_another_reason() -> None:
    check = said_more_than("ContainerCreating")

    assert check.look([state(reason="ContainerCreating"), state(reason="ErrImagePull")])[0]
    assert not check.look([state(reason="ContainerCreating"), state()])[0]
    assert not check.look([])[0]


@pytest.mark.parametrize(
    ("peers", "fits"),
    [(["a:1", "a:2"], True), (["a:1", "a:1"], False), (["a:1"], False), ([None, "a:1"], False), ([], False)],
)
def test_all_different(peers: list[str | None], fits: bool) -> None:  # noqa: FBT001
    hits = [probed(1, 1, peer=UNSET if peer is None else peer) for peer in peers]

    assert all_different("peer").look(hits)[0] is fits


@pytest.mark.parametrize(
    ("peer", "fits"),
    [
        ("192.0.2.1:4000", True),
        ("ipv4:192.0.2.1:4000", True),
        ("192.0.2.7:4000", False),
        ("ipv4:192.0.2.7:4000", False),
        ("127.0.0.1:4000", False),
        ("", False),
    ],
)
def test_from_elsewhere(peer: str, fits: bool) -> None:  # noqa: FBT001
    address = PodIPAssigned(at=1, data=PodIPDetails("192.0.2.7"))

    assert from_elsewhere().look(address, probed(1, 1, peer=peer))[0] is fits


def test_a_header_in_its_own_letters() -> None:
    sent = probed(1, 1, headers=[["x-lower", "1"], ["X-Empty:"]])

    assert header_written("x-lower", "1").look(sent)[0]
    assert not header_written("X-Lower", "1").look(sent)[0]
    assert not header_written("X-Other", "").look(sent)[0]


def test_metadata() -> None:
    check = metadata_like("user-agent", r"kube-probe/\d+ .+")

    assert check.look(probed(1, 1, metadata=[["user-agent", "kube-probe/1 grpc"]]))[0]
    assert not check.look(probed(1, 1, metadata=[["user-agent", "grpc"]]))[0]
    assert not check.look(probed(1, 1, metadata=[]))[0]
