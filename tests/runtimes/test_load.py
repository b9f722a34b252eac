from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from pytest_podconform.errors import AdapterFault, UsageFault
from pytest_podconform.runtimes import load
from pytest_podconform.runtimes.simulated import SimulatedRuntime


def test_built_in_runtimes_have_names() -> None:
    assert load.load(load.find("simulated")) is SimulatedRuntime


def test_a_runtime_can_be_named_by_module_and_attribute() -> None:
    assert load.load(load.find("pytest_podconform.runtimes.simulated:SimulatedRuntime")) is SimulatedRuntime


def test_a_runtime_can_be_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = importlib.metadata.EntryPoint("acme", "acme.podconform:AcmeRuntime", load.GROUP)

    def entry_points(group: str) -> list[importlib.metadata.EntryPoint]:
        return [point] if group == load.GROUP else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)

    assert load.find("acme") == "acme.podconform:AcmeRuntime"


def test_an_unknown_name_is_met_with_the_closest_one() -> None:
    with pytest.raises(UsageFault, match=r"unknown runtime 'dokcer'; did you mean 'docker'\?"):
        load.find("dokcer")


DECLARES_WRONGLY = """
from msgspec.structs import replace
from pytest_podconform.runtimes.simulated import SimulatedRuntime
class X(SimulatedRuntime):
    capabilities = replace(SimulatedRuntime.capabilities, ipv6="no", node_config="x")
"""


@pytest.mark.parametrize(
    ("module", "name", "error", "says"),
    [
        ("", "absent_module:X", UsageFault, "no module 'absent_module'"),
        ("", "some_module:Absent", UsageFault, "has no 'Absent'"),
        ("import absent_inside", "some_module:X", AdapterFault, "cannot be imported: No module named 'absent_inside'"),
        ("X = 1", "some_module:X", AdapterFault, "is no subclass of"),
        (
            "from pytest_podconform.runtimes.interface import Runtime\nclass X(Runtime): ...",
            "some_module:X",
            AdapterFault,
            "declares no capabilities",
        ),
        (
            "from pytest_podconform.runtimes.interface import Capabilities\nX = Capabilities(ipv6=True)",
            "some_module:X",
            AdapterFault,
            r"some_module:X: Capabilities\(\.\.\.\): http_probes, .*, host_path must be given: True or False; node_config must",
        ),
        (
            DECLARES_WRONGLY,
            "some_module:X",
            AdapterFault,
            r"X: Capabilities\(ipv6='no', node_config='x'\): ipv6 must be True or False; node_config must be 'none'",
        ),
    ],
)
def test_a_wrong_name_or_a_wrong_module_says_whose_fault_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, error: type[Exception], says: str
) -> None:
    (tmp_path / "some_module.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "some_module", raising=False)

    with pytest.raises(error, match=says):
        load.load(load.find(name))
