"""No string-keyed mapping of `Any` or `object`, and no struct with a field that is one, crosses a package boundary.

Only Kubernetes manifests do (`Manifest`), and what comes raw from outside before it is decoded. Whatever else is allowed
stands here with its reason; an entry that is not needed any more is an error.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

from .annotations import Modules

ROOT = Path(__file__).parents[1]
PACKAGE = "pytest_podconform"
MANIFEST: Final = f"{PACKAGE}.model.manifest.Manifest"

OF_A_MANIFEST: Final = "fields of a manifest as keyword arguments, in the API's words; each becomes a part of a `Manifest`"
OF_A_CASE: Final = "by the name of a parameter, the arguments of the case's own function, whatever that takes"
OF_CLICK: Final = "arguments of click's own class, passed on to it as they are"
OF_PYTEST: Final = "arguments of pytest's own class, passed on to it as they are"

EXCEPTIONS: Final[dict[str, str]] = {
    "commands.groups:LazyGroup.__init__.more": OF_CLICK,
    "commands.groups:LazyGroup.main.more": OF_CLICK,
    "judge.case:case.params": OF_A_CASE,
    "judge.case:infos.params": OF_A_CASE,
    "model.build:container.fields": OF_A_MANIFEST,
    "model.build:pod.spec": OF_A_MANIFEST,
    "model.build:recorded.spec": OF_A_MANIFEST,
    "model.build:service.more": OF_A_MANIFEST,
    "model.build:sidecar.fields": OF_A_MANIFEST,
    "session.items:CaseItem.__init__.more": OF_PYTEST,
    "session.items:Registry.__init__.more": OF_PYTEST,
    "suites.dns.records:server.spec": OF_A_MANIFEST,
}
"""What is allowed, as `module:qualified.name`, and why."""

PROGRAMS: Final[dict[str, str]] = {
    "fixtures.target.program": "runs in the target image with the standard library alone, so it cannot import our types",
    "fixtures.coredns.api_stub": "runs in the target image with the standard library alone; its objects are manifests",
}
"""Modules, packages with all that is in them, that are not judged by this rule, and why."""


@functools.cache
def found() -> frozenset[str]:
    """Return what is found in all modules, `fixtures` and `suites` by the names by which they are imported."""
    texts: dict[str, str] = {}
    packages: set[str] = set()
    for folder, _, files in os.walk(ROOT / PACKAGE, followlinks=True):
        for path in (Path(folder, file) for file in files if file.endswith(".py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            texts[name] = path.read_text(encoding="utf-8")
            if parts[-1] == "__init__":
                packages.add(name)
    modules = Modules(texts, packages=frozenset(packages), allowed=frozenset({MANIFEST}))
    return frozenset(each.removeprefix(f"{PACKAGE}.") for each in modules.found())


def is_in(module: str, name: str) -> bool:
    return name.startswith((f"{module}:", f"{module}."))


def test_no_mapping_of_anything_crosses_a_package_boundary() -> None:
    judged = {name for name in found() if not any(is_in(program, name) for program in PROGRAMS)}

    assert sorted(judged - EXCEPTIONS.keys()) == [], "decode it into a struct, or make the name private"


def test_no_exception_is_stale_and_each_has_a_reason() -> None:
    assert sorted(EXCEPTIONS.keys() - found()) == []
    assert [program for program in PROGRAMS if not any(is_in(program, name) for name in found())] == []
    assert all((EXCEPTIONS | PROGRAMS).values())


def test_manifests_are_defined_once() -> None:
    defined = [
        str(path.relative_to(ROOT))
        for folder in (PACKAGE, "fixtures", "suites")
        for path in sorted((ROOT / folder).glob("**/*.py"))
        if re.search(r"^Manifest\b.*=", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert defined == ["pytest_podconform/model/manifest.py"]


# ---- the walker itself

HEAD = """
import collections
import collections.abc as abc
import types
import typing
import typing as t
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Annotated, ClassVar, Final, Literal, NamedTuple, NewType, Optional, TypeAlias, TypedDict, TypeVar, Union
import msgspec
from package.manifest import Manifest
from package.other import Data, Plain, Renamed, _Hidden
"""
MODULES = {
    "package": "from .manifest import Manifest as Again",
    "package.manifest": "from typing import Any\nManifest = dict[str, Any]",
    "package.other": """
from typing import Any
from .third import Deep as Renamed
Data = dict[str, Any]
Plain = dict[str, int]
class _Hidden:
    data: dict[str, Any]
""",
    "package.third": "import typing\nDeep = list[typing.Mapping[str, object]]",
}
IN_OTHERS = {"package.other:Data", "package.third:Deep"}


def walk(text: str) -> set[str]:
    modules = {**MODULES, "package.sample": HEAD + dedent(text)}
    walked = Modules(modules, packages=frozenset({"package"}), allowed=frozenset({"package.manifest.Manifest"})).found()
    return {name.removeprefix("package.sample:") for name in walked} - IN_OTHERS


@pytest.mark.parametrize(
    "kind",
    [
        "dict[str, Any]",
        "dict[str, object]",
        "dict",
        "Mapping",
        "Mapping[str, Any]",
        "MutableMapping[str, object]",
        "typing.Mapping[str, typing.Any]",
        "t.Dict[str, t.Any]",
        "abc.Mapping[str, Any]",
        "defaultdict[str, Any]",
        "collections.defaultdict[str, Any]",
        "OrderedDict[str, object]",
        "MappingProxyType[str, Any]",
        "types.MappingProxyType[str, Any]",
        "collections.ChainMap[str, Any]",
        "'dict[str, Any]'",
        "list['dict[str, Any]']",
        "dict['str', 'Any']",
        "dict[str, Any] | None",
        "None | int | dict[str, Any]",
        "Optional[dict[str, Any]]",
        "Union[int, Mapping[str, Any]]",
        "Sequence[dict[str, Any]]",
        "tuple[int, dict[str, Any]]",
        "tuple[dict[str, Any], ...]",
        "dict[str, dict[str, Any]]",
        "dict[int, dict[str, Any]]",
        "dict[str, Any | None]",
        "dict[str, Optional[Any]]",
        "dict[str, list[Any]]",
        "dict[str, list[object] | int]",
        "dict[str | int, Any]",
        "dict[Any, Any]",
        "dict[Literal['a', 'b'], Any]",
        "Iterable[tuple[str, Any]]",
        "Callable[[dict[str, Any]], bool]",
        "Callable[..., dict[str, Any]]",
        "Annotated[dict[str, Any], 'text']",
        "type[dict[str, Any]]",
        "Data",
        "Sequence[Data]",
        "'Data | None'",
        "Renamed",
        "_Hidden",
        "list[_Hidden]",
        "dict[str, Anything]",
        "dict[Name, Any]",
        "dict[NewName, object]",
        "Typed",
        "Extended",
        "Private",
        "Inherits",
        "Items",
        "Made",
        "Bound",
        "Generic[Any]",
    ],
)
def test_each_spelling_is_found(kind: str) -> None:
    before = """
    Anything = Any
    class Name(str): ...
    NewName = NewType("NewName", str)
    class _Typed(TypedDict):
        a: Any
    Typed = _Typed
    class _Extended(_Typed):
        b: int
    Extended = _Extended
    class _Private(msgspec.Struct):
        inner: list[dict[str, Any]]
    Private = _Private
    class _Inherits(_Private):
        c: int
    Inherits = _Inherits
    class _Items(dict[str, Any]): ...
    Items = _Items
    Made = NewType("Made", dict[str, Any])
    Bound = TypeVar("Bound", bound=Mapping[str, Any])
    Key = TypeVar("Key")
    Generic = dict[str, Any] | Key
    """
    text = before + f"\n    def use(argument: {kind}) -> None: ...\n"

    assert "use.argument" in walk(text)


@pytest.mark.parametrize(
    "kind",
    [
        "Manifest",
        "Sequence[Manifest] | None",
        "dict[str, Manifest]",
        "'Manifest'",
        "Plain",
        "dict[str, int]",
        "dict[str, str | list[str]]",
        "Mapping[str, Callable[[Any], object]]",
        "dict[str, type[Any]]",
        "dict[int, Any]",
        "dict[tuple[str, str], Any]",
        "tuple[str, int]",
        "tuple[Any, ...]",
        "tuple[str, Any, int]",
        "list[Any]",
        "Any",
        "object",
        "Literal['dict']",
        "Annotated[int, dict]",
        "Point",
        "Public",
        "Unknown",
        "Itself",
    ],
)
def test_nothing_else_is_found(kind: str) -> None:
    text = f"""
    class Point(NamedTuple):
        x: int
    class Public(msgspec.Struct):  # it is found where it is defined
        data: Mapping[str, Any]
    Itself: TypeAlias = "list[Itself] | int"
    def use(argument: {kind}) -> None: ...
    """

    assert walk(text) == {"Public.data"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def use() -> dict[str, Any]: ...", "use"),
        ("async def use() -> dict[str, Any]: ...", "use"),
        ("def use(*parts: dict[str, Any]): ...", "use.parts"),
        ("def use(*, part: dict[str, Any]): ...", "use.part"),
        ("def use(part: dict[str, Any], /): ...", "use.part"),
        ("def use(**details: Any): ...", "use.details"),
        ("def use(**details: object): ...", "use.details"),
        ("def use(**details: 'Any'): ...", "use.details"),
        ("def use(**details): ...", "use.details"),
        ("def use(**details: dict[str, Any]): ...", "use.details"),
        ("data: dict[str, Any] = {}", "data"),
        ("DATA: Final[dict[str, Any]] = {}", "DATA"),
        ("Alias = dict[str, Any]", "Alias"),
        ("Alias: TypeAlias = dict[str, Any]", "Alias"),
        ("Alias: TypeAlias = 'int | dict[str, Any]'", "Alias"),
        ("Alias = Mapping", "Alias"),
        ("if True:\n    Alias = dict[str, Any]", "Alias"),
        ("try:\n    def use() -> dict[str, Any]: ...\nexcept OSError: ...", "use"),
        ("New = NewType('New', dict[str, Any])", "New"),
        ("Functional = TypedDict('Functional', {'a': Any})", "Functional"),
        ("Functional = NamedTuple('Functional', [('a', dict[str, Any])])", "Functional"),
        ("class Typed(TypedDict):\n    a: object", "Typed.a"),
        ("class Typed(TypedDict):\n    a: dict[str, Any]", "Typed.a"),
        ("class Struct(msgspec.Struct):\n    data: dict[str, Any]", "Struct.data"),
        ("class Struct(msgspec.Struct):\n    data: ClassVar[dict[str, Any]]", "Struct.data"),
        ("@dataclass\nclass Data:\n    data: Mapping[str, object]", "Data.data"),
        ("class Row(NamedTuple):\n    data: dict[str, Any] | None", "Row.data"),
        ("class Items(dict[str, Any]): ...", "Items"),
        ("class Items(dict): ...", "Items"),
        ("class _Base:\n    data: dict[str, Any]\nclass Derived(_Base): ...", "Derived"),
        ("class Outer:\n    class Inner:\n        data: dict[str, Any]", "Outer.Inner.data"),
        ("class Box:\n    def get(self) -> dict[str, Any]: ...", "Box.get"),
        ("class Box:\n    def __init__(self, data: dict[str, Any]): ...", "Box.__init__.data"),
        ("class Box:\n    def __call__(self, **more: Any): ...", "Box.__call__.more"),
        ("class Box:\n    @property\n    def data(self) -> dict[str, Any]: ...", "Box.data"),
        ("class Box:\n    def __init__(self):\n        self.data: dict[str, Any] = {}", "Box.data"),
    ],
)
def test_each_place_is_looked_at(text: str, name: str) -> None:
    assert name in walk(text)


@pytest.mark.parametrize(
    "text",
    [
        "def _use(argument: dict[str, Any]) -> dict[str, Any]: ...",
        "class _Private:\n    data: dict[str, Any]\n    def get(self) -> dict[str, Any]: ...",
        "class Box:\n    _data: dict[str, Any]\n    def _get(self) -> dict[str, Any]: ...",
        "class Box:\n    def __init__(self):\n        self._data: dict[str, Any] = {}",
        "_data: dict[str, Any] = {}",
        "_Alias = dict[str, Any]",
        "def use():\n    data: dict[str, Any] = {}\n    def inner(data: dict[str, Any]): ...",
        "def use(**details: int): ...",
        "VALUE = dict(a=1)",
        "VALUE = collections.OrderedDict()",
        "from package.manifest import Manifest as Other\ndef use(argument: Other): ...",
        "from package import Again\ndef use(argument: Again): ...",
        "from . import Again\ndef use(argument: Again): ...",
        "from . import manifest\ndef use(argument: manifest.Manifest): ...",
    ],
)
def test_what_does_not_cross_is_left_alone(text: str) -> None:
    assert walk(text) == set()


def test_what_is_imported_is_followed_through_modules_and_packages() -> None:
    text = """
    from . import other
    from .other import Data as Mine
    def use(argument: other.Data, more: Mine, whole: other.Renamed): ...
    """

    assert walk(text) == {"use.argument", "use.more", "use.whole"}
