"""Find annotations of public names that contain a string-keyed mapping of `Any` or `object`, in any spelling.

Read from the syntax, with aliases and imports followed through all modules that are given. What counts as one:

- a mapping type whose keys may be strings and whose values mention `Any` or `object`, or that has no parameters;
- `**more: Any`, `**more: object`, or no annotation at `**more`;
- a `TypedDict` with a field that mentions one of the two;
- a pair `tuple[str, Any]`, which is an item of such a mapping;
- whatever contains one of these: unions, sequences, callables, aliases, type variables, classes that derive from one,
  classes with a field that is one (those with a private name where they are used, the others where they are defined).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

MAPPINGS: Final = frozenset(
    {
        *(f"typing.{name}" for name in ("Dict", "Mapping", "MutableMapping", "DefaultDict", "OrderedDict", "ChainMap")),
        *(f"collections.abc.{name}" for name in ("Mapping", "MutableMapping", "ItemsView")),
        *(f"collections.{name}" for name in ("defaultdict", "OrderedDict", "ChainMap", "UserDict")),
        "builtins.dict",
        "types.MappingProxyType",
    }
)
OPEN: Final = frozenset({"typing.Any", "builtins.object"})
STRINGS: Final = frozenset(
    {"builtins.str", "enum.StrEnum", "typing.Literal", "typing.Hashable", "collections.abc.Hashable", *OPEN}
)
TUPLES: Final = frozenset({"builtins.tuple", "typing.Tuple"})
TYPED_DICTS: Final = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
SAME_AS: Final = {"typing_extensions": "typing"}
BUILTINS: Final = frozenset({"dict", "object", "str", "tuple"})
PAIR: Final = 2

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Place(NamedTuple):
    """A piece of syntax and the module whose names it uses."""

    module: str
    node: ast.AST


class Modules:
    """All modules by their names; `allowed` are the qualified names that are never looked into."""

    def __init__(self, sources: Mapping[str, str], *, packages: frozenset[str] = frozenset(), allowed: frozenset[str]) -> None:
        self._trees = {name: ast.parse(source) for name, source in sources.items()}
        self._packages = packages
        self._allowed = allowed
        self._names = {name: dict(self._defined(name, tree.body)) for name, tree in self._trees.items()}

    def found(self) -> Iterator[str]:
        """Yield what is wrong as `module:qualified.name`, a parameter or a field as its last part."""
        for module, tree in self._trees.items():
            if is_public(module):
                yield from (f"{module}:{name}" for name in self._in_body(module, tree.body, ""))

    # ---- what is annotated

    def _in_body(self, module: str, body: list[ast.stmt], prefix: str) -> Iterator[str]:
        for statement in _flat(body):
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef() if is_public(statement.name):
                    yield from (f"{prefix}{statement.name}{part}" for part in self._of_function(module, statement))
                case ast.ClassDef() if is_public(statement.name):
                    yield from self._of_class(module, statement, prefix)
                case ast.AnnAssign(target=ast.Name(id=name)) if is_public(name) and not self._is_allowed(f"{module}.{name}"):
                    is_alias = _is_alias(statement)
                    if self._is_wrong(module, statement.value if is_alias else statement.annotation):
                        yield f"{prefix}{name}"
                case ast.Assign(targets=[ast.Name(id=name)]) if is_public(name) and not self._is_allowed(f"{module}.{name}"):
                    if _looks_like_a_type(statement.value) and self._is_wrong(module, statement.value):
                        yield f"{prefix}{name}"
                case _ if type(statement).__name__ == "TypeAlias":  # `type X = ...`, which Python 3.11 cannot parse
                    name = statement.name.id  # type: ignore[attr-defined]
                    if is_public(name) and self._is_wrong(module, statement.value):  # type: ignore[attr-defined]
                        yield f"{prefix}{name}"
                case _:
                    continue

    def _of_class(self, module: str, defined: ast.ClassDef, prefix: str) -> Iterator[str]:
        name = f"{prefix}{defined.name}"
        if any(self._is_wrong(module, base) for base in defined.bases):
            yield name
        yield from self._in_body(module, defined.body, f"{name}.")
        if self._is_typed_dict(module, defined):
            yield from (f"{name}.{field}" for field, kind in _fields(defined) if self._mentions_open(module, kind, frozenset()))
        for method in defined.body:
            if isinstance(method, Function):
                yield from (f"{name}.{field}" for field, kind in _attributes(method) if self._is_wrong(module, kind))

    def _of_function(self, module: str, defined: Function) -> Iterator[str]:
        arguments = defined.args
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg):
            if each is not None and self._is_wrong(module, each.annotation):
                yield f".{each.arg}"
        more = arguments.kwarg
        if more is not None and (
            more.annotation is None
            or self._mentions_open(module, more.annotation, frozenset())
            or self._is_wrong(module, more.annotation)
        ):
            yield f".{more.arg}"
        if self._is_wrong(module, defined.returns):
            yield ""

    # ---- what is wrong

    def _is_wrong(self, module: str, node: ast.AST | None, seen: frozenset[str] = frozenset()) -> bool:  # noqa: PLR0911 - a branch for each kind of syntax
        """Tell whether a type contains such a mapping."""
        match node:
            case None:
                return False
            case ast.Constant(value=str(text)):
                return self._is_wrong(module, _parsed(text), seen)
            case ast.Name() | ast.Attribute():
                return self._is_wrong_name(module, node, seen)
            case ast.Subscript():
                return self._is_wrong_subscript(module, node, seen)
            case ast.Call():
                return self._is_wrong_call(module, node, seen)
            case ast.Dict():
                return any(self._is_wrong(module, value, seen) for value in node.values)
            case _:
                return any(self._is_wrong(module, child, seen) for child in ast.iter_child_nodes(node))

    def _is_wrong_name(self, module: str, node: ast.AST, seen: frozenset[str]) -> bool:
        name = self._qualified(module, node)
        if name in MAPPINGS:
            return True
        if name in seen or self._is_allowed(name):
            return False
        place = self._place(name)
        if place is None:
            return False
        if isinstance(place.node, ast.ClassDef):
            return not is_public(place.node.name) and self._is_wrong_class(place.module, place.node, seen | {name})
        return self._is_wrong(place.module, place.node, seen | {name})

    def _is_wrong_class(self, module: str, defined: ast.ClassDef, seen: frozenset[str]) -> bool:
        kinds = [kind for _, kind in _fields(defined)]
        open_fields = self._is_typed_dict(module, defined) and any(self._mentions_open(module, kind, seen) for kind in kinds)
        return open_fields or any(self._is_wrong(module, kind, seen) for kind in (*defined.bases, *kinds))

    def _is_wrong_subscript(self, module: str, node: ast.Subscript, seen: frozenset[str]) -> bool:
        base = self._qualified(module, node.value)
        parameters = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if base == "typing.Literal":
            return False
        if base == "typing.Annotated":
            return self._is_wrong(module, parameters[0], seen)
        if (base in MAPPINGS or base in TUPLES) and len(parameters) == PAIR:
            key, value = parameters
            if self._may_be_str(module, key, seen) and self._mentions_open(module, value, seen):
                return True
        generic = base not in MAPPINGS and self._is_wrong(module, node.value, seen)
        return generic or any(self._is_wrong(module, each, seen) for each in parameters)

    def _is_wrong_call(self, module: str, node: ast.Call, seen: frozenset[str]) -> bool:
        """Look into `NewType`, `TypeVar`, and the functional forms of `TypedDict` and `NamedTuple`."""
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        if self._qualified(module, node.func) in TYPED_DICTS:
            fields = [value for part in parts if isinstance(part, ast.Dict) for value in part.values]
            return any(self._mentions_open(module, field, seen) or self._is_wrong(module, field, seen) for field in fields)
        return any(self._is_wrong(module, part, seen) for part in parts[1:])

    def _mentions_open(self, module: str, node: ast.AST, seen: frozenset[str]) -> bool:  # noqa: PLR0911 - a branch for each kind of syntax
        """Tell whether `Any` or `object` stands in a type, apart from the types of a callable and the class of a class."""
        match node:
            case ast.Constant(value=str(text)):
                return self._mentions_open(module, _parsed(text), seen)
            case ast.Name() | ast.Attribute():
                name = self._qualified(module, node)
                place = None if name in seen or self._is_allowed(name) else self._place(name)
                if place is None or isinstance(place.node, ast.ClassDef):
                    return name in OPEN
                return self._mentions_open(place.module, place.node, seen | {name})
            case ast.Subscript():
                base = self._qualified(module, node.value)
                if base.rpartition(".")[2] in {"Callable", "type", "Type", "Literal", "Awaitable", "Coroutine", "Generator"}:
                    return False
                return self._mentions_open(module, node.value, seen) or self._mentions_open(module, node.slice, seen)
            case ast.Call():
                return False
            case _:
                return any(self._mentions_open(module, child, seen) for child in ast.iter_child_nodes(node))

    def _may_be_str(self, module: str, node: ast.AST, seen: frozenset[str]) -> bool:  # noqa: PLR0911 - a branch for each kind of syntax
        match node:
            case ast.Constant(value=str(text)):
                return self._may_be_str(module, _parsed(text), seen)
            case ast.Name() | ast.Attribute():
                name = self._qualified(module, node)
                place = None if name in seen else self._place(name)
                if place is None:
                    return name in STRINGS
                inside = place.node.bases if isinstance(place.node, ast.ClassDef) else [place.node]
                return any(self._may_be_str(place.module, each, seen | {name}) for each in inside)
            case ast.Subscript():
                base = self._qualified(module, node.value)
                if base in TUPLES:
                    return False
                return base == "typing.Literal" or self._may_be_str(module, node.slice, seen)
            case ast.Call():
                return any(self._may_be_str(module, each, seen) for each in node.args[1:])
            case ast.BinOp():
                return self._may_be_str(module, node.left, seen) or self._may_be_str(module, node.right, seen)
            case ast.Tuple():
                return any(self._may_be_str(module, each, seen) for each in node.elts)
            case _:
                return False

    def _is_typed_dict(self, module: str, defined: ast.ClassDef) -> bool:
        for base in defined.bases:
            name = self._qualified(module, base)
            place = self._place(name)
            if name in TYPED_DICTS or (
                place is not None and isinstance(place.node, ast.ClassDef) and self._is_typed_dict(place.module, place.node)
            ):
                return True
        return False

    # ---- what a name stands for

    def _is_allowed(self, name: str) -> bool:
        return name in self._allowed

    def _place(self, name: str) -> Place | None:
        module, _, attribute = name.rpartition(".")
        node = self._names.get(module, {}).get(attribute)
        return Place(module, node) if isinstance(node, ast.AST) else None

    def _qualified(self, module: str, node: ast.AST) -> str:
        """Return the name under which something is defined, imports followed; empty where it is no name."""
        match node:
            case ast.Name(id=name):
                return self._origin(module, name)
            case ast.Attribute(value=value, attr=name):
                return self._origin(self._qualified(module, value), name)
            case _:
                return ""

    def _origin(self, module: str, name: str) -> str:
        known = self._names.get(module)
        if known is None:
            return f"{SAME_AS.get(module, module)}.{name}"
        found = known.get(name)
        if isinstance(found, str):
            origin, _, attribute = found.rpartition(".")
            return (
                self._origin(origin, attribute)
                if origin in self._names and attribute in self._names[origin]
                else (f"{SAME_AS.get(origin, origin)}.{attribute}" if origin else found)
            )
        return f"builtins.{name}" if found is None and name in BUILTINS else f"{module}.{name}"

    def _defined(self, module: str, body: list[ast.stmt]) -> Iterator[tuple[str, ast.AST | str]]:
        """Yield the names of a module, with what they are: syntax, or the qualified name of what was imported."""
        for statement in _flat(body):
            match statement:
                case ast.Import():
                    for alias in statement.names:
                        top = alias.name.partition(".")[0]
                        yield (alias.asname, alias.name) if alias.asname else (top, top)
                case ast.ImportFrom():
                    origin = self._absolute(module, statement)
                    yield from ((alias.asname or alias.name, f"{origin}.{alias.name}") for alias in statement.names)
                case ast.ClassDef(name=name):
                    yield name, statement
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if _looks_like_a_type(value):
                    yield name, value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_alias(statement):
                    yield name, value
                case _:
                    continue

    def _absolute(self, module: str, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        parts = module.split(".")
        up = statement.level - (module in self._packages)
        return ".".join([*parts[: len(parts) - up], *([statement.module] if statement.module else [])])


def is_public(name: str) -> bool:
    """Tell whether a name can be used from outside: all of its parts begin with a letter, or are `__so__`."""
    return all(not part.startswith("_") or (part.startswith("__") and part.endswith("__")) for part in name.split("."))


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body, those below `if` and `try` included."""
    for statement in body:
        match statement:
            case ast.If():
                yield from _flat([*statement.body, *statement.orelse])
            case ast.Try():
                yield from _flat([*statement.body, *statement.orelse, *statement.finalbody])
            case _:
                yield statement


def _fields(defined: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for statement in _flat(defined.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.annotation


def _attributes(method: Function) -> Iterator[tuple[str, ast.expr]]:
    """Yield the public attributes that a method annotates: `self.x: int = 1`."""
    for node in ast.walk(method):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute) and is_public(node.target.attr):
            yield node.target.attr, node.annotation


def _is_alias(statement: ast.AnnAssign) -> bool:
    return ast.unparse(statement.annotation).rpartition(".")[2] == "TypeAlias"


def _looks_like_a_type(value: ast.expr) -> bool:
    match value:
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return True
        case ast.BinOp(op=ast.BitOr()):
            return True
        case ast.Call(func=func):
            return ast.unparse(func).rpartition(".")[2] in {"NewType", "TypeVar", "TypedDict", "NamedTuple", "TypeAliasType"}
        case _:
            return False


def _parsed(text: str) -> ast.AST:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return ast.Constant(None)
