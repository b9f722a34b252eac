"""What each request to an API server proves its sender with, loaded again when it expires or is refused."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import math
import os
import ssl
import tempfile
import time
import urllib.parse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import msgspec

from pytest_podconform.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .kubeconfig import Access, ClusterEntry, ExecPlugin, UserEntry

TOKEN_FILE_INTERVAL: Final = 60.0
"""Seconds after which a token file is read again, as client-go does; the kubelet replaces it long before it expires."""

PLUGIN_TIMEOUT: Final = 60.0  # seconds for an exec plugin, which may ask a server of its own
SUPPORTED_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


class Identity(NamedTuple):
    """What one request carries: headers, and a TLS context with the client's certificate."""

    headers: tuple[tuple[str, str], ...]
    tls: ssl.SSLContext | bool
    """`True` where the server speaks no TLS."""
    expires_at: float = math.inf
    """Seconds since the epoch."""


_Material: TypeAlias = "tuple[bytes | None, tuple[bytes, bytes] | None]"
"""An authority to trust, and a client's certificate with its key."""


class _Secret(NamedTuple):
    token: str = ""
    certificate: tuple[bytes, bytes] | None = None
    """A chain and its key, as PEM."""
    expires_at: float = math.inf


class _PluginStatus(msgspec.Struct, frozen=True, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None


class _PluginAnswer(msgspec.Struct, frozen=True, rename="camel"):
    api_version: str
    kind: str
    status: _PluginStatus


class Credentials:
    """Of one user, for one cluster."""

    def __init__(self, access: Access, now: Callable[[], float] = time.time) -> None:
        self._cluster, self._user = access
        self._now = now
        self._lock = asyncio.Lock()
        self._identity: Identity | None = None
        self._last: tuple[_Material, ssl.SSLContext] | None = None

    async def get(self) -> Identity:
        """Return an identity that has not expired.

        Raises:
            EnvironmentFault: a file cannot be read, or a plugin fails; says what to do.

        """
        async with self._lock:
            if self._identity is None or self._identity.expires_at <= self._now():
                self._identity = await self._load()
            return self._identity

    async def renew(self, refused: Identity) -> Identity:
        """Return another identity in place of one that the server has refused: files are read and plugins run again.

        Raises:
            EnvironmentFault: as `get`.

        """
        async with self._lock:
            if self._identity is None or self._identity is refused:
                self._identity = await self._load()
            return self._identity

    async def _load(self) -> Identity:
        secret = await self._secret()
        bearer = [("Authorization", f"Bearer {secret.token}")] if secret.token else []
        return Identity((*bearer, *_impersonation(self._user)), self._tls(secret.certificate), secret.expires_at)

    def _tls(self, certificate: tuple[bytes, bytes] | None) -> ssl.SSLContext | bool:
        """Return a TLS context, the same one while nothing has changed: connections are pooled by it."""
        if not self._cluster.server.startswith("https:"):
            return True
        material = _authority(self._cluster), certificate
        if self._last is None or self._last[0] != material:
            self._last = material, _context(*material, insecure=self._cluster.insecure_skip_tls_verify)
        return self._last[1]

    async def _secret(self) -> _Secret:
        user = self._user
        if user.username or user.auth_provider is not None:
            field = "username" if user.username else "auth-provider"
            do = ["log in by a token, a client certificate or an exec plugin"]
            raise EnvironmentFault(f"the kubeconfig logs in by `{field}`, which Kubernetes no longer has", do=do)
        certificate = _certificate(user)
        if user.token_file:
            token = _read(Path(user.token_file)).decode("ascii", "replace").strip()
            return _Secret(token, certificate, self._now() + TOKEN_FILE_INTERVAL)
        if user.token or user.exec is None:
            return _Secret((user.token or "").strip(), certificate)
        return await _run(user.exec, self._cluster, certificate)


def _impersonation(user: UserEntry) -> Iterator[tuple[str, str]]:
    """https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/."""
    if user.as_:
        yield "Impersonate-User", user.as_
    if user.as_uid:
        yield "Impersonate-Uid", user.as_uid
    for group in user.as_groups or ():
        yield "Impersonate-Group", group
    for key, values in (user.as_user_extra or {}).items():
        for value in values:
            yield f"Impersonate-Extra-{urllib.parse.quote(key, safe='')}", value


def _certificate(user: UserEntry) -> tuple[bytes, bytes] | None:
    chain = _content(user.client_certificate_data, user.client_certificate, "client-certificate-data")
    key = _content(user.client_key_data, user.client_key, "client-key-data")
    return (chain, key) if chain and key else None


def _content(data: str | None, path: str | None, field: str) -> bytes | None:
    """Return what stands in the kubeconfig itself, or else what lies at the path in it."""
    if not data:
        return _read(Path(path)) if path else None
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise EnvironmentFault(f"the kubeconfig's `{field}` is not base64: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFault(f"the kubeconfig names {path}: {error.strerror}") from error


def _authority(cluster: ClusterEntry) -> bytes | None:
    return _content(cluster.certificate_authority_data, cluster.certificate_authority, "certificate-authority-data")


def _context(authority: bytes | None, certificate: tuple[bytes, bytes] | None, *, insecure: bool) -> ssl.SSLContext:
    # Not `create_default_context`: since Python 3.13 it refuses authorities without key usage, which clusters do have.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if authority is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(cadata=authority.decode("ascii", "replace"))
        if certificate is not None:
            _load_chain(context, *certificate)
    except (ssl.SSLError, ValueError) as error:
        raise EnvironmentFault(f"the kubeconfig's certificates cannot be used: {error}") from error
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load_chain(context: ssl.SSLContext, chain: bytes, key: bytes) -> None:
    """Load a certificate; Python takes it from files only, which nobody else may read and which are gone at once."""
    with tempfile.TemporaryDirectory(prefix="podconform-") as folder:
        files = Path(folder, "chain.pem"), Path(folder, "key.pem")
        for path, content in zip(files, (chain, key), strict=True):
            path.touch(mode=0o600)
            path.write_bytes(content)
        context.load_cert_chain(*files, password="")  # none: a key that needs one is an error, not a question


async def _run(plugin: ExecPlugin, cluster: ClusterEntry, certificate: tuple[bytes, bytes] | None) -> _Secret:
    """Run an exec plugin; https://kubernetes.io/docs/reference/config-api/client-authentication.v1/."""
    if plugin.api_version not in SUPPORTED_VERSIONS or plugin.interactive_mode == "Always":
        reason = "asks questions on a terminal" if plugin.interactive_mode == "Always" else f"speaks {plugin.api_version}"
        do = [f"choose a plugin that asks nothing and speaks {SUPPORTED_VERSIONS[0]}"]
        raise EnvironmentFault(f"the kubeconfig's login plugin {plugin.command} {reason}", do=do)
    output = await _output(plugin, cluster)
    try:
        answer = msgspec.json.decode(output, type=_PluginAnswer)
    except msgspec.MsgspecError as error:
        raise _plugin_fault(plugin, f"printed no ExecCredential: {error}") from error
    status = answer.status
    if answer.api_version != plugin.api_version or not (status.token or status.client_certificate_data):
        problem = "no token and no certificate" if answer.api_version == plugin.api_version else f"version {answer.api_version}"
        raise _plugin_fault(plugin, f"answered with {problem}")
    if status.client_certificate_data and status.client_key_data:
        certificate = status.client_certificate_data.encode(), status.client_key_data.encode()
    expires = status.expiration_timestamp
    return _Secret((status.token or "").strip(), certificate, math.inf if expires is None else expires.timestamp())


async def _output(plugin: ExecPlugin, cluster: ClusterEntry) -> bytes:
    extra = {each.name: each.value for each in plugin.env or ()}
    environment = {**os.environ, **extra, "KUBERNETES_EXEC_INFO": json.dumps(_exec_info(plugin, cluster))}
    pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            plugin.command, *(plugin.args or ()), env=environment, stdin=none, stdout=pipe, stderr=pipe
        )
    except OSError as error:
        do = [plugin.install_hint or "install it, or add its folder to PATH"]
        raise EnvironmentFault(f"the kubeconfig's login plugin {plugin.command}: {error.strerror}", do=do) from error
    try:
        async with asyncio.timeout(PLUGIN_TIMEOUT):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise _plugin_fault(plugin, f"did not end within {PLUGIN_TIMEOUT:.0f} s") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        raise _plugin_fault(plugin, f"ended with {process.returncode}: {errors.decode(errors='replace').strip()}")
    return output


def _exec_info(plugin: ExecPlugin, cluster: ClusterEntry) -> dict[str, object]:
    """Return the ExecCredential that the plugin is given."""
    spec: dict[str, object] = {"interactive": False}
    if plugin.provide_cluster_info:
        authority = _authority(cluster)
        known = {
            "server": cluster.server,
            "tls-server-name": cluster.tls_server_name,
            "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
            "certificate-authority-data": authority and base64.b64encode(authority).decode(),
            "proxy-url": cluster.proxy_url,
        }
        spec["cluster"] = {name: value for name, value in known.items() if value}
    return {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}


def _plugin_fault(plugin: ExecPlugin, problem: str) -> EnvironmentFault:
    do = ["log in to the cluster anew", f"run it yourself: {' '.join([plugin.command, *(plugin.args or ())])}"]
    return EnvironmentFault(f"the kubeconfig's login plugin {plugin.command} {problem}", do=do)
