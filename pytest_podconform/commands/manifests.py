"""What counts for DNS in the Pods of a manifest: every workload kind, several documents, `kind: List`, YAML or JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import msgspec
import yaml

from pytest_podconform.errors import UsageFault
from pytest_podconform.model.pod import DNSPolicy, HostAlias, ObjectMeta, Pod, PodDNSConfig, PodSpec
from pytest_podconform.model.validation import validate_dns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_podconform.model.manifest import Manifest

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same loader, written in C, where libyaml is there

TEMPLATES: Final = {
    "Pod": "",
    "PodTemplate": "template",
    "CronJob": "spec.jobTemplate.spec.template",
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"), "spec.template"),
}
"""Where the Pod of a kind is; of any other kind a `spec.template` with containers counts, as Knative and Argo have it."""

AT: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*?)`)?$", re.DOTALL)


class Subject(NamedTuple):
    """A Pod of a manifest, with what counts for DNS, or why there is none."""

    title: str
    """Kind and name of the object."""
    place: str
    """File, document and line."""
    pod: Pod | None
    problem: str = ""


class _PodSpec(msgspec.Struct, rename="camel", frozen=True):
    """What counts of a Pod's spec; everything else is passed over."""

    dns_policy: DNSPolicy = "ClusterFirst"
    dns_config: PodDNSConfig = PodDNSConfig()
    host_network: bool = False
    host_aliases: tuple[HostAlias, ...] = ()
    hostname: str = ""
    subdomain: str = ""


class _Metadata(msgspec.Struct, frozen=True):
    namespace: str = ""
    name: str = ""
    generate_name: str = msgspec.field(default="", name="generateName")


class _Place(NamedTuple):
    """A part of a document: the file, the number of the document, and the YAML nodes by which a line is found."""

    file: str
    document: int
    node: Any

    def at(self, path: str) -> str:
        """Return file, document and line of a field, or of the nearest one above it."""
        return f"{self.file}, document {self.document}, line {_line(self.node, path)}"

    def below(self, key: str, index: int) -> _Place:
        """Return the place of an element of a list."""
        return self._replace(node=_child(_child(self.node, key), str(index)))


def subjects(text: bytes, file: str, namespace: str) -> Iterator[Subject]:
    """Yield what each object of a manifest is for DNS, in order; `namespace` is used where an object names none.

    Raises:
        UsageFault: it is broken; names file, document and line.

    """
    found = False
    for place, data in _documents(text, file):
        for each, manifest in _objects(data, place):
            found = True
            yield _subject(manifest, each, namespace)
    if not found:
        raise UsageFault(f"{file} holds no object")


def _documents(text: bytes, file: str) -> Iterator[tuple[_Place, Any]]:
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise UsageFault(f"{file}, line {line}: not UTF-8") from error
    document = 1
    try:
        loader = Loader(_without_json_tabs(decoded))
        while loader.check_node():
            node = loader.get_node()
            data = _without_nulls(loader.construct_document(node))
            if data is not None:
                yield _Place(file, document, node), data
            document += 1
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, decoded.rstrip().count("\n")) + 1 if mark else 1  # the end of the text counts as its last line
        raise UsageFault(f"{file}, document {document}, line {line}: broken YAML: {error.problem}") from error
    except RecursionError as error:
        raise UsageFault(f"{file}, document {document}: an alias contains itself") from error
    except yaml.reader.ReaderError as error:
        line = decoded.count("\n", 0, error.position) + 1
        raise UsageFault(f"{file}, document {document}, line {line}: broken YAML: {error.reason}") from error


def _without_json_tabs(text: str) -> str:
    """Replace the tabs of a JSON text, which no string of it can contain, by blanks: YAML indents with blanks only."""
    return text.replace("\t", " ") if text.lstrip()[:1] in {"{", "["} else text


def _without_nulls(data: Any) -> Any:
    """Return data without the fields that are null, which the API reads as not set."""
    mapping = _mapping(data)
    if mapping is not None:
        return {key: _without_nulls(value) for key, value in mapping.items() if value is not None}
    return [_without_nulls(each) for each in _list(data)] if isinstance(data, list) else data


def _mapping(data: Any) -> Manifest | None:
    return cast("Manifest", data) if isinstance(data, dict) else None


def _list(data: Any) -> list[Any]:
    is_list = isinstance(data, list)
    return cast("list[Any]", data) if is_list else []


def _objects(data: Any, place: _Place) -> Iterator[tuple[_Place, Manifest]]:
    """Yield an object, or those of a list of objects."""
    manifest = _mapping(data)
    if manifest is None:
        raise UsageFault(f"{place.at('')}: an object was expected, not {_kind_of(data)}")
    kind = manifest.get("kind")
    if not (isinstance(kind, str) and kind):
        raise UsageFault(f"{place.at('kind')}: the object has no kind")
    if not kind.endswith("List") or "spec" in manifest:
        yield place, manifest
        return
    own_kind = {} if kind == "List" else {"kind": kind.removesuffix("List")}  # the items of a PodList have none of their own
    for index, item in enumerate(_list(manifest.get("items"))):
        fields = _mapping(item)
        yield from _objects(item if fields is None else own_kind | fields, place.below("items", index))


def _kind_of(data: Any) -> str:
    return "a list" if isinstance(data, list) else "a text" if isinstance(data, str) else f"`{data}`"


def _subject(manifest: Manifest, place: _Place, namespace: str) -> Subject:
    kind = manifest["kind"]
    metadata = _converted(manifest.get("metadata", {}), _Metadata, place, "metadata")
    title = " ".join(filter(None, (kind, metadata.name or metadata.generate_name)))
    path = _path_of_pod(manifest)
    if path is None:
        return Subject(title, place.at(""), None, "has no resolv.conf: only Pods have one")
    at = ".".join(filter(None, (path, "spec")))
    spec = _converted(_required(manifest, at, place), _PodSpec, place, at)
    pod = Pod(
        # the Pods of a workload have names that are not known before they are created
        metadata=ObjectMeta(name=metadata.name if kind == "Pod" else "", namespace=metadata.namespace or namespace),
        spec=PodSpec(
            containers=(),
            dns_policy=spec.dns_policy,
            dns_config=spec.dns_config,
            host_network=spec.host_network,
            host_aliases=spec.host_aliases,
            hostname=spec.hostname,
            subdomain=spec.subdomain,
        ),
    )
    refused = validate_dns(pod.spec)
    if not refused:
        return Subject(title, place.at(""), pod)
    field = refused[0].field.removeprefix("spec.")
    return Subject(title, place.at(f"{at}.{field}"), None, f"is refused by the API server: {refused[0]}")


def _path_of_pod(manifest: Manifest) -> str | None:
    """Return where an object has its Pod: the path of what has `spec`; None where it has none."""
    if _api_group(manifest) in {"", "apps", "batch"} and manifest["kind"] in TEMPLATES:
        return TEMPLATES[manifest["kind"]]
    spec = _mapping(manifest.get("spec")) or {}
    template = _mapping(spec.get("template")) or {}
    return "spec.template" if "containers" in (_mapping(template.get("spec")) or {}) else None


def _api_group(manifest: Manifest) -> str:
    version = str(manifest.get("apiVersion", ""))
    return version.rpartition("/")[0]


def _required(manifest: Manifest, path: str, place: _Place) -> Any:
    """Return what is at a path, e.g. the spec of a template."""
    found: Any = manifest
    keys = path.split(".")
    for depth, key in enumerate(keys):
        fields = _mapping(found)
        if fields is None:
            raise UsageFault(f"{place.at(path)}: {'.'.join(keys[:depth])} is no object")
        if key not in fields:
            raise UsageFault(f"{place.at(path)}: {manifest['kind']} without {'.'.join(keys[: depth + 1])}")
        found = fields[key]
    return found


def _converted(data: Any, to: type[Any], place: _Place, path: str) -> Any:
    try:
        return msgspec.convert(data, to)
    except msgspec.ValidationError as error:
        match = AT.match(str(error))
        assert match is not None
        field = ".".join(filter(None, (path, match["path"])))
        raise UsageFault(f"{place.at(field)}: {field}: {match['what']}") from error


# ---- lines


def _child(node: Any, key: str) -> Any:
    """Return the YAML node of a field or of an element; None where there is none."""
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
        return node.value[int(key)]
    return None


def _line(node: Any, path: str) -> int:
    """Return the line of a field, counted from 1; where it is missing that of the nearest one above it."""
    line = node.start_mark.line if node is not None else 0
    for key in re.findall(r"[^.\[\]]+", path):
        if isinstance(node, yaml.MappingNode):
            line = next((name.start_mark.line for name, _ in node.value if name.value == key), line)
        node = _child(node, key)
        if node is None:
            break
        if isinstance(node, yaml.ScalarNode) or key.isdigit():
            line = node.start_mark.line
    return int(line) + 1
