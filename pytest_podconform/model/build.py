"""Manifests for cases: Pods whose containers are scripted targets.

A case says how its target answers and how it is probed; the paths, ports and scripts that this takes are filled in
here. What comes out are plain Kubernetes objects. Names and the image are filled in when a case is instantiated.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from pytest_podconform.fixtures.target.program.script import Answer as Answer  # noqa: PLC0414 - suites import it from here
from pytest_podconform.fixtures.target.program.script import Lookup as Lookup  # noqa: PLC0414 - likewise
from pytest_podconform.fixtures.target.program.script import Question as Question  # noqa: PLC0414 - likewise

from .manifest import Manifest as Manifest  # noqa: PLC0414 - likewise
from .pod import PROBE_TYPES, ProbeType

IMAGE: Final = "podconform-target"
"""Stands for the target image until a runtime's own name for it is known."""

MUSL_IMAGE: Final = "podconform-musl"
"""Stands for the image of the musl client."""

PORTS: Final[dict[ProbeType, int]] = {"startup": 8001, "liveness": 8002, "readiness": 8003}
"""Each probe has a port of its own, so whatever it sends there is evidence of that probe and no other."""

PORT_STEP: Final = 10
"""What lies between the ports of two containers of one Pod at least."""

ATTEMPTS: Final = "/podconform/attempts"
CALL: Final = "/podconform/call"
RESOLV_CONF: Final = "/etc/resolv.conf"

Via = Literal["http", "https", "tcp", "deaf", "grpc", "exec", "nothing"]

Reply = int | str | Answer
"""What a request gets: a status, an exit code or a serving status; as an `Answer` what else the target's script can say."""


End = Mapping[str, float]
"""An end of the process: exit code, and after how many seconds."""


class Route(msgspec.Struct, frozen=True):
    """How a target answers one probe, and the action by which the probe gets there; `{port}` and `{call}` are open."""

    via: Via
    replies: tuple[Reply, ...]
    action: Manifest
    address: str = ""
    """Where alone the target listens; empty: everywhere."""


class ProbeSpec(msgspec.Struct, frozen=True):
    """A probe of a container, with the routes that its instances play one after the other."""

    kind: ProbeType
    routes: tuple[Route, ...]
    fields: dict[str, int]


def http(*statuses: Reply, port: str | None = None, headers: Sequence[tuple[str, str]] = (), **fields: str) -> Route:
    """Answer HTTP probes with these statuses, one after the other; `port` is a name that the container declares.

    Further fields of the action (`path`, `host`) in the API's words.
    """
    action: Manifest = {"port": port or "{port}", **fields}
    if headers:
        action["httpHeaders"] = [{"name": name, "value": value} for name, value in headers]
    return Route("http", statuses, {"httpGet": action})


def https(*statuses: Reply, headers: Sequence[tuple[str, str]] = (), **fields: str) -> Route:
    """Answer HTTPS probes, with a certificate that no client should trust; see `http` for further fields."""
    route = http(*statuses, headers=headers, scheme="HTTPS", **fields)
    return msgspec.structs.replace(route, via="https")


def tcp(*replies: Reply, port: str | None = None, **fields: str) -> Route:
    """Accept TCP probes; see `shut` and `HANG_UP` for other replies."""
    return Route("tcp", replies or ("accept",), {"tcpSocket": {"port": port or "{port}", **fields}})


HANG_UP: Final = "hang up"
"""The reply of a TCP target that closes each connection at once."""


def shut(seconds: float) -> Answer:
    """Accept this TCP connection, and from then on refuse all others for so many seconds."""
    return Answer("accept", shut=seconds)


def deaf_tcp(*, full: bool = False) -> Route:
    """Listen and never accept; where the backlog is full, not even the kernel answers."""
    return Route("deaf", ("full" if full else "accept",), {"tcpSocket": {"port": "{port}"}})


def closed_tcp() -> Route:
    """Probe a port on which nobody listens."""
    return Route("nothing", (0,), {"tcpSocket": {"port": "{port}"}})


def grpc(*statuses: Reply, service: str | None = None) -> Route:
    """Answer gRPC health checks with these serving statuses."""
    action: Manifest = {"port": "{port}"}
    if service is not None:
        action["service"] = service
    return Route("grpc", statuses, {"grpc": action})


def execute(*codes: Reply, arguments: Sequence[str] = ()) -> Route:
    """Answer exec probes with these exit codes; the probe's command asks the container's main process.

    It tells the arguments that it got, those that are given here behind its own two.
    """
    return Route("exec", codes, {"exec": {"command": ["{call}", *arguments]}})


def run(*command: str) -> Route:
    """Have an exec probe run a command that the target knows nothing of."""
    return Route("nothing", (0,), {"exec": {"command": list(command)}})


def mismatch(served: Route, probed: Route) -> Route:
    """Serve one thing and probe another."""
    return msgspec.structs.replace(served, action=probed.action)


def only_at(address: str, route: Route) -> Route:
    """Listen at that address of the Pod alone."""
    return msgspec.structs.replace(route, address=address)


def raw(text: str, *, holds: bool = False) -> Answer:
    """Give an HTTP client this in place of a response; with `holds`, leave the connection open then."""
    return Answer("raw", raw=text, holds=holds)


def slow(reply: int | str, seconds: float) -> Answer:
    """Give a reply only after that many seconds."""
    return Answer(reply, delay=seconds)


EXEC_TIMEOUT: Final = 5
"""Seconds, where a case says nothing of them: a command that an engine under load has not started within the default of one
second fails and leaves no trace, so what the target counts is no longer what was executed."""


def _probe(kind: ProbeType, routes: tuple[Route, ...], fields: dict[str, int]) -> ProbeSpec:
    if any(route.via == "exec" for route in routes):
        fields = {"timeout": EXEC_TIMEOUT, **fields}
    return ProbeSpec(kind, routes, {_camel(name): value for name, value in fields.items()})


def _camel(name: str) -> str:
    seconds = {"initial_delay", "period", "timeout"}
    head, *tail = (f"{name}_seconds" if name in seconds else name).split("_")
    return head + "".join(map(str.title, tail))


def ends(code: int = 0, *, after: float = 0) -> End:
    """End by itself with that exit code, so many seconds after it has begun to listen."""
    return {"after": after, "code": code}


def startup(*routes: Route, **fields: int) -> ProbeSpec:
    """Declare a startup probe; with several routes, each instance plays the next. Fields: `period`, `timeout` ..."""
    return _probe("startup", routes, fields)


def liveness(*routes: Route, **fields: int) -> ProbeSpec:
    """Declare a liveness probe; see `startup`."""
    return _probe("liveness", routes, fields)


def readiness(*routes: Route, **fields: int) -> ProbeSpec:
    """Declare a readiness probe; see `startup`."""
    return _probe("readiness", routes, fields)


def container(
    *probes: ProbeSpec,
    name: str = "app",
    exits: End | Sequence[End | None] | None = None,
    ignores_term: bool = False,
    term_takes: float = 0,
    term_code: int = 0,
    ports_from: int = 0,
    show: Sequence[str] = (),
    hostname: bool = False,
    records: Mapping[str, Sequence[str] | str] | None = None,
    lookups: Sequence[str | Lookup] = (),
    questions: Sequence[Question] = (),
    **fields: Any,
) -> Manifest:
    """Build a container that plays a script.

    Args:
        probes: its probes, with the answers they get.
        name: the container's name.
        exits: how it ends by itself, see `ends`; with several, each instance plays the next, and None goes on.
        ignores_term: whether it goes on when it gets TERM.
        term_takes: how many seconds it takes to obey TERM.
        term_code: the exit code with which it then ends.
        ports_from: what is added to the ports of its probes, where several containers of a Pod have some.
        show: paths of files whose text it tells.
        hostname: whether it tells its own names.
        records: what its own DNS recorder knows of absolute names: addresses, or `NODATA`, `SERVFAIL`, `REFUSED`, `timeout`.
        lookups: names that it resolves with its libc; `Lookup(name, every=seconds)` to go on watching one,
            `Lookup(name, client="dnspython")` for another resolver.
        questions: what it asks its DNS server for, see `question`.
        fields: further fields of the container, in the API's words.

    """
    shared: dict[str, Any] = {"show": list(show), "hostname": hostname}
    if ignores_term or term_takes or term_code:
        shared["on_term"] = None if ignores_term else {"after": term_takes, "code": term_code}
    if records is not None:
        shared["records"] = {key: value if isinstance(value, str) else list(value) for key, value in records.items()}
    shared["lookups"] = [{"name": lookup} if isinstance(lookup, str) else _said(lookup) for lookup in lookups]
    shared["questions"] = [_said(question) for question in questions]
    endings = list(exits) if isinstance(exits, Sequence) else [exits]
    attempts = max(len(endings), *(len(probe.routes) for probe in probes), 1)
    ports: dict[ProbeType, int] = {kind: port + ports_from for kind, port in PORTS.items()}
    sections = [{**shared, **_section(probes, endings, number, ports)} for number in range(attempts)]
    manifest: Manifest = {
        "name": name,
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": ["serve", _argument({"name": name, "attempts": sections})],
        **{f"{probe.kind}Probe": _manifest(probe, name, ports[probe.kind]) for probe in probes},
        **fields,
    }
    if attempts > 1:
        manifest["volumeMounts"] = [*manifest.get("volumeMounts", ()), {"name": "attempts", "mountPath": ATTEMPTS}]
    return manifest


def moved(made: Manifest, *, name: str, ports_from: int) -> Manifest:
    """Return a container of `container` under another name and with other ports, so that it can stand beside its like."""
    copied = copy.deepcopy(made)
    script = json.loads(copied["args"][1])
    copied["name"] = script["name"] = name
    routes = [route for attempt in script["attempts"] for route in attempt["routes"].values()]
    for reached in (*routes, *_actions(copied)):
        if "port" in reached:
            reached["port"] += ports_from
        if reached.get("command", ())[:1] == [CALL]:
            reached["command"][1] = name
    copied["args"][1] = _argument(script)
    return copied


def _actions(made: Manifest) -> list[Manifest]:
    probes = [made[f"{kind}Probe"] for kind in PROBE_TYPES if f"{kind}Probe" in made]
    return [part for probe in probes for part in probe.values() if isinstance(part, dict)]


def sidecar(*probes: ProbeSpec, name: str = "sidecar", ports_from: int = PORT_STEP, **fields: Any) -> Manifest:
    """Build an init container that is a sidecar, by `container`; by default its ports are none of an app container's."""
    return container(*probes, name=name, ports_from=ports_from, restartPolicy="Always", **fields)


def _argument(script: object) -> str:
    """Render a script as an argument; Kubernetes would expand `$(X)` in it."""
    return json.dumps(script, separators=(",", ":")).replace("$", "\\u0024")


def _section(
    probes: Sequence[ProbeSpec], endings: Sequence[End | None], attempt: int, ports: Mapping[ProbeType, int]
) -> dict[str, Any]:
    routes: dict[str, Any] = {}
    for probe in probes:
        route = probe.routes[min(attempt, len(probe.routes) - 1)]
        routes[probe.kind] = {"via": route.via, "port": ports[probe.kind], "answers": list(map(_reply, route.replies))}
        if route.address:
            routes[probe.kind]["address"] = route.address
    ending = endings[min(attempt, len(endings) - 1)]
    return {"routes": routes} | ({"exits": dict(ending)} if ending is not None else {})


def _reply(reply: Reply) -> int | str | dict[str, Any]:
    return _said(reply) if isinstance(reply, Answer) else reply


def _said(part: Answer | Lookup | Question) -> dict[str, Any]:
    """Render a part of a script without what is its default anyway: a script is an argument, and is short."""
    values = {field.name: (getattr(part, field.name), field.default) for field in dataclasses.fields(part)}
    return {name: value for name, (value, default) in values.items() if value != default}


def _manifest(probe: ProbeSpec, container_name: str, port: int) -> Manifest:
    ((mechanism, action),) = probe.routes[0].action.items()
    filled = dict(action)
    if filled.get("port") == "{port}":
        filled["port"] = port
    if filled.get("command", ())[:1] == ["{call}"]:
        filled["command"] = [CALL, container_name, probe.kind, *filled["command"][1:]]
    return {mechanism: filled, **probe.fields}


def pod(*containers: Manifest, name: str = "pod", labels: Mapping[str, str] | None = None, **spec: Any) -> Manifest:
    """Build a Pod; further fields of its spec in the API's words. It ends within a second when it is deleted."""
    volumes = list(spec.pop("volumes", ()))
    parts = (*containers, *spec.get("initContainers", ()))
    mounted = {mount["name"] for part in parts for mount in part.get("volumeMounts", ())}
    if "attempts" in mounted:
        volumes.append({"name": "attempts", "emptyDir": {}})
    manifest: Manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": dict(labels or {})},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": list(containers), **spec},
    }
    if volumes:
        manifest["spec"]["volumes"] = volumes
    return manifest


def musl_client(*names: str) -> Manifest:
    """Build a container that looks names up with musl, as soon as a recorder listens in its Pod."""
    return {"name": "musl", "image": MUSL_IMAGE, "imagePullPolicy": "IfNotPresent", "args": list(names)}


def recorded(*clients: Manifest, name: str = "pod", **spec: Any) -> Manifest:
    """Build a Pod whose clients ask a recorder in it, by the search list and options that the runtime gave it.

    An init container copies the runtime's resolv.conf to a volume, with 127.0.0.1 for its nameservers; the clients mount
    that file over their own. So all but the nameservers is the runtime's, and every query stays in the Pod.
    """
    shared = {"name": "resolv-conf", "mountPath": "/shared"}
    copy = {
        "name": "resolv-conf",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": ["resolv-conf", RESOLV_CONF, "/shared/resolv.conf"],
        "volumeMounts": [shared],
    }
    over = {"name": "resolv-conf", "mountPath": RESOLV_CONF, "subPath": "resolv.conf"}
    asking = [{**client, "volumeMounts": [*client.get("volumeMounts", ()), over]} for client in clients]
    return pod(*asking, name=name, initContainers=[copy], volumes=[{"name": "resolv-conf", "emptyDir": {}}], **spec)


def question(name: str, kind: str = "A", *, tcp: bool = False, until: bool = False, edns: bool = False) -> Question:
    """Ask the Pod's DNS server for an absolute name and a record type; over `tcp`, with `edns`, or `until` there is a record.

    `{dashed}` in the name is the Pod's own address with dashes; for PTR the name stands for its address.
    """
    return Question(name, kind, tcp=tcp, until=until, edns=edns)


def service(
    name: str, *, namespace: str | None = None, headless: bool = False, app: str | None = None, **more: Any
) -> Manifest:
    """Build a Service with one port; without `app` it selects nothing. Further fields of its spec in the API's words."""
    ports = [{"name": "http", "port": 80, "targetPort": PORTS["readiness"]}]
    spec: Manifest = {"ports": ports, **more}
    if headless:
        spec["clusterIP"] = "None"
    if app is not None:
        spec["selector"] = {"app": app}
    metadata = {"name": name} | ({"namespace": namespace} if namespace is not None else {})
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


assert set(PORTS) == set(PROBE_TYPES)
