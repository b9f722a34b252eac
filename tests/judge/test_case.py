from __future__ import annotations

import pytest

from pytest_podconform.judge.case import Case, Place, case, infos
from pytest_podconform.judge.moment import READY
from pytest_podconform.judge.vocabulary import eventually

POD = {"kind": "Pod", "metadata": {"name": "pod"}, "spec": {}}


def some_case(value: str, *, place: Place) -> Case:
    """Say what is true."""
    return Case.of({**POD, "metadata": {"name": place.name(value)}}, eventually(READY))


def test_an_id_is_where_the_case_stands() -> None:
    one, other = infos(some_case, ("r",), {"a": "x", "b": "y"}, ("slow",))

    assert (one.id, other.id) == ("judge/test-case/some-case[a]", "judge/test-case/some-case[b]")
    assert (one.title, one.requirements, one.marks) == ("Say what is true.", ("r",), ("slow",))


def test_a_case_is_built_for_its_place() -> None:
    (info,) = infos(some_case, ("r",), {"a": "web"}, ())

    assert info.build(Place(suffix="-7")).objects[0]["metadata"]["name"] == "web-7"


def test_two_cases_of_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_podconform.judge.case._catalogue", {})

    def twin() -> Case:
        return Case.of(POD)

    case("r")(twin)
    with pytest.raises(ValueError, match="two cases with the id"):
        case("r")(twin)


def test_the_search_list_of_a_place_is_the_documented_one() -> None:
    place = Place(namespace="ns", cluster_domain="z", node_searches=("node.example",))

    assert place.searches == ("ns.svc.z", "svc.z", "z", "node.example")
