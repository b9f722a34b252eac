"""The cluster and the user that a kubeconfig names, or the service account of a Pod.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/; the fields are those of
https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/. No library is used: kr8s keeps its reader private and ignores
`tokenFile` and the expiry of an exec plugin's answer; kubernetes_asyncio brings 48 MB of generated client, and does not renew
certificates.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pytest_podconform.errors import EnvironmentFault, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api"""

DEFAULT: Final = Path("~/.kube/config")


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A part of a kubeconfig; fields that are of no use here are ignored."""


class ClusterEntry(_Part, frozen=True):
    """Where an API server is, and how to trust it."""

    server: str
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool = False
    certificate_authority: str | None = None
    certificate_authority_data: str | None = None
    proxy_url: str | None = None


class Variable(_Part, frozen=True):
    """An environment variable of an exec plugin."""

    name: str
    value: str


class ExecPlugin(_Part, frozen=True, rename="camel"):
    """A program that logs in; https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins."""

    command: str
    api_version: str
    args: tuple[str, ...] | None = None
    env: tuple[Variable, ...] | None = None
    install_hint: str | None = None
    provide_cluster_info: bool = False
    interactive_mode: str | None = None


class AuthProvider(_Part, frozen=True):
    """A way to log in that Kubernetes no longer has; it is recognized to be refused."""

    name: str = ""


class UserEntry(_Part, frozen=True):
    """Who asks, and how that is proved."""

    token: str | None = None
    token_file: str | None = msgspec.field(name="tokenFile", default=None)
    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    exec: ExecPlugin | None = None
    username: str | None = None
    auth_provider: AuthProvider | None = None
    as_: str | None = msgspec.field(name="as", default=None)
    as_uid: str | None = None
    as_groups: tuple[str, ...] | None = None
    as_user_extra: dict[str, tuple[str, ...]] | None = None


class ContextEntry(_Part, frozen=True):
    """Names of a cluster and of a user."""

    cluster: str = ""
    user: str = ""


class _NamedCluster(_Part, frozen=True):
    name: str
    cluster: ClusterEntry


class _NamedUser(_Part, frozen=True):
    name: str
    user: UserEntry


class _NamedContext(_Part, frozen=True):
    name: str
    context: ContextEntry


class _File(_Part, frozen=True):
    clusters: tuple[_NamedCluster, ...] | None = None
    users: tuple[_NamedUser, ...] | None = None
    contexts: tuple[_NamedContext, ...] | None = None
    current_context: str | None = None


class Access(NamedTuple):
    """An API server, and as whom to speak to it."""

    cluster: ClusterEntry
    user: UserEntry


def load(context: str = "", environment: Mapping[str, str] = os.environ, account: Path = SERVICE_ACCOUNT) -> Access:
    """Return the access that the kubeconfig gives in this context, or that the service account of this Pod has.

    Paths in it are absolute, or relative to the working directory only where the kubeconfig's own path is.

    Raises:
        EnvironmentFault: there is neither, or a file is damaged; says what to do.
        UsageFault: there is no such context.

    """
    paths = _paths(environment)
    merged = _merge([_read(path) for path in paths if path.is_file()])
    if merged.contexts:
        return _access(merged, context)
    if not context and (found := _service_account(environment, account)) is not None:
        return found
    do = ["`podconform cluster up` starts a cluster here (Debian or Ubuntu, as root)", "or name a kubeconfig: KUBECONFIG=FILE"]
    where = os.pathsep.join(map(str, paths))
    tried = [f"kubeconfig {where}", f"context {context or '(the current one)'}", "the service account of a Pod"]
    raise EnvironmentFault("no cluster: no kubeconfig with a context was found", tried=tried, do=do)


def _paths(environment: Mapping[str, str]) -> list[Path]:
    named = [Path(part) for part in environment.get("KUBECONFIG", "").split(os.pathsep) if part]
    return [path.expanduser() for path in named or [DEFAULT]]


def _read(path: Path) -> _File:
    try:
        data = path.read_bytes()
        found = msgspec.yaml.decode(data, type=_File) if data.strip() else _File()
    except OSError as error:
        raise EnvironmentFault(f"no cluster: kubeconfig {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        do = ["see whether `kubectl config view` reads it"]
        raise EnvironmentFault(f"no cluster: kubeconfig {path}: {error}", do=do) from error
    clusters = [msgspec.structs.replace(each, cluster=_rooted(each.cluster, path.parent)) for each in found.clusters or ()]
    users = [msgspec.structs.replace(each, user=_rooted_user(each.user, path.parent)) for each in found.users or ()]
    return msgspec.structs.replace(found, clusters=tuple(clusters), users=tuple(users))


def _rooted(cluster: ClusterEntry, folder: Path) -> ClusterEntry:
    return msgspec.structs.replace(cluster, certificate_authority=_below(folder, cluster.certificate_authority))


def _rooted_user(user: UserEntry, folder: Path) -> UserEntry:
    plugin = user.exec
    if plugin is not None and os.path.dirname(plugin.command):  # noqa: PTH120 - pathlib drops the `./` that makes it a path
        plugin = msgspec.structs.replace(plugin, command=str(folder / plugin.command))
    return msgspec.structs.replace(
        user,
        token_file=_below(folder, user.token_file),
        client_certificate=_below(folder, user.client_certificate),
        client_key=_below(folder, user.client_key),
        exec=plugin,
    )


def _below(folder: Path, path: str | None) -> str | None:
    return str(folder / path) if path else None


def _merge(files: list[_File]) -> _File:
    """Merge as kubectl does: of two entries of one name, the one that comes first counts."""
    return _File(
        clusters=tuple({each.name: each for file in reversed(files) for each in reversed(file.clusters or ())}.values()),
        users=tuple({each.name: each for file in reversed(files) for each in reversed(file.users or ())}.values()),
        contexts=tuple({each.name: each for file in reversed(files) for each in reversed(file.contexts or ())}.values()),
        current_context=next((file.current_context for file in files if file.current_context), None),
    )


def _access(merged: _File, wanted: str) -> Access:
    contexts = {each.name: each.context for each in merged.contexts or ()}
    clusters = {each.name: each.cluster for each in merged.clusters or ()}
    users = {each.name: each.user for each in merged.users or ()}
    name = wanted or merged.current_context or ""
    if not name:
        do = [f"name one with --podconform-context: {', '.join(sorted(contexts))}"]
        raise EnvironmentFault("no cluster: the kubeconfig has no current context", do=do)
    if name not in contexts:
        raise unknown("context", name, contexts)
    context = contexts[name]
    if context.cluster not in clusters or (context.user and context.user not in users):
        kind, missing = ("user", context.user) if context.cluster in clusters else ("cluster", context.cluster)
        raise EnvironmentFault(
            f"no cluster: context {name} of the kubeconfig names the {kind} {missing!r}, which it does not have"
        )
    return Access(clusters[context.cluster], users.get(context.user, UserEntry()))


def _service_account(environment: Mapping[str, str], account: Path) -> Access | None:
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    token = account / "token"
    if not (host and port and token.is_file()):
        return None
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return Access(
        ClusterEntry(server=server, certificate_authority=str(account / "ca.crt")),
        UserEntry(token_file=str(token)),
    )
