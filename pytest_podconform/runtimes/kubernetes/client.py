"""Requests to an API server, and what its refusals mean.

kr8s reads the kubeconfig (contexts, exec plugins, service accounts); the requests are aiohttp's. kr8s would answer a
forbidden Pod by logging in anew, which ends every watch and every log that is being followed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
import msgspec
from yarl import URL

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.model.manifest import Manifest
from pytest_podconform.model.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

ANSWER_LIMIT: Final = 30.0  # seconds for one answer; an API server's own limit is 60
BUSY: Final = frozenset({429, 500, 503, 504})
"""The server cannot answer now; https://kubernetes.io/docs/concepts/cluster-administration/flow-control/."""
MOST_TRIES: Final = 5
FORBIDDEN: Final = 403
UNAUTHORIZED: Final = 401
NOT_FOUND: Final = 404
REFUSALS: Final = frozenset({400, 422})
ADDED: Final = ("admission webhook", "ValidatingAdmissionPolicy")
"""By these words the server names who has denied a request in its place."""


class APIError(Exception):
    """Raised when the server answers with an error; `status` is the Status object that it sent."""

    def __init__(self, code: int, status: Manifest) -> None:
        super().__init__(f"{code} {status.get('reason', '')}: {status.get('message', '')}")
        self.code = code
        self.reason: str = status.get("reason") or ""
        self.message: str = status.get("message") or ""
        self.causes: list[Manifest] = (status.get("details") or {}).get("causes") or []

    @property
    def is_refusal(self) -> bool:
        """Whether the API's own rules refuse an object; a policy that somebody has added to the cluster is none of them."""
        added = any(words in self.message for words in ADDED)
        return self.code in REFUSALS and not added

    def refusal(self) -> Refused:
        """Return the refusal of an object, with the field at fault where the server names one."""
        field = self.causes[0].get("field", "") if self.causes else ""
        return Refused(self.message, field)


class Client:
    """An open connection to an API server; of its requests, those that only wait (watches, logs) have no limit."""

    def __init__(self, session: aiohttp.ClientSession, server: str, tls_name: str | None = None) -> None:
        self._session = session
        self.server = server
        self._tls_name = tls_name
        self._below = URL(server).path.rstrip("/")

    async def get(self, path: str, accept: str = "application/json") -> Manifest:
        """Return what lies at a path, in that form."""
        return await self._answer("GET", path, accept=accept)

    async def text(self, path: str) -> str:
        """Return what lies at a path, as it is."""
        async with self.stream(path, {}, ANSWER_LIMIT) as answer:
            return await answer.text()

    async def post(self, path: str, made: Manifest) -> Manifest:
        """Create an object."""
        return await self._answer("POST", path, made)

    async def delete(self, path: str, grace: float | None = None) -> None:
        """Ask for the end of an object; nothing happens where there is none."""
        options: Manifest = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        if grace is not None:
            options["gracePeriodSeconds"] = int(grace)
        with contextlib.suppress(NotFoundError):
            await self._answer("DELETE", path, options)

    @asynccontextmanager
    async def stream(
        self, path: str, query: Mapping[str, str], limit: float | None = None, *, first: float | None = None
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Open an answer that comes bit by bit: `limit` is for all of it, `first` for its beginning, in seconds."""
        timeout = aiohttp.ClientTimeout(total=limit, sock_connect=ANSWER_LIMIT)
        try:
            async with asyncio.timeout(first):
                call = self._session.get(self._at(path), params=query, timeout=timeout, server_hostname=self._tls_name)
                answer = await call
            async with answer:
                await _raise_for(answer)
                yield answer
        except aiohttp.ClientError as error:
            raise self._unreachable(error) from error

    def _at(self, path: str) -> str:
        """Return a path on the server; some servers stand below a path of their own."""
        return f"{self._below}{path}"

    async def _answer(self, method: str, path: str, body: Manifest | None = None, accept: str = "") -> Manifest:
        for tries in range(1, MOST_TRIES + 1):
            try:
                headers = {"Accept": accept} if accept else {}
                call = self._session.request(method, self._at(path), headers=headers, json=body, server_hostname=self._tls_name)
                async with call as answer:
                    await _raise_for(answer)
                    return dict(await answer.json())
            except APIError as error:
                if error.code not in BUSY or tries == MOST_TRIES:
                    raise
                await asyncio.sleep(tries)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise self._unreachable(error) from error
        raise AssertionError

    def _unreachable(self, error: Exception) -> EnvironmentFault:
        said = str(error) or type(error).__name__
        if isinstance(error, aiohttp.ClientConnectorCertificateError) or "certificate" in said:
            do = ["look at `certificate-authority-data` of the cluster in the kubeconfig, and at this machine's clock"]
            return EnvironmentFault(f"no trust in the API server {self.server}: {said}", do=do)
        do = [
            "see whether `kubectl version` answers from here",
            "choose another cluster with KUBECONFIG or --podconform-context",
        ]
        return EnvironmentFault(f"the API server {self.server} does not answer: {said}", do=do)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()


class NotFoundError(APIError):
    """Raised where there is no such object."""


async def _raise_for(answer: aiohttp.ClientResponse) -> None:
    if answer.status < 400:  # noqa: PLR2004 - HTTP
        return
    status = _status(await answer.text())
    if answer.status == UNAUTHORIZED:
        do = ["log in to the cluster anew: the kubeconfig's certificate or token has expired, or is another cluster's"]
        raise EnvironmentFault(f"the API server does not accept these credentials: {status.get('message')}", do=do)
    if answer.status == NOT_FOUND:
        raise NotFoundError(answer.status, status)
    error = APIError(answer.status, status)
    if answer.status == FORBIDDEN:
        raise _forbidden(error)
    raise error


def _status(text: str) -> Manifest:
    """Decode the Status object of an error; proxies before the server send something else."""
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError:
        return {"message": text.strip()}


def _forbidden(error: APIError) -> EnvironmentFault:
    """Say what forbids it: rights, a quota, or the rules for Pods; none of that is the runtime's fault."""
    if "exceeded quota" in error.message:
        do = ["give the namespaces of a run more room: `kubectl get resourcequota -A`"]
    elif "violates PodSecurity" in error.message:
        do = ["the namespaces of a run ask for the level `privileged`; let no policy of the cluster override that"]
    elif any(words in error.message for words in ADDED):
        do = ["let that policy spare the namespaces `podconform-*`"]
    else:
        do = ["give this user that right: docs/kubernetes.md lists all that a run needs"]
    return EnvironmentFault(f"forbidden by the cluster: {error.message}", do=do)


async def connect(context: str = "") -> Client:
    """Connect as the kubeconfig says, or as the service account of the Pod that this runs in.

    Raises:
        EnvironmentFault: there is no kubeconfig, it is damaged, or its login fails; says what to do.

    """
    try:
        # Not `kr8s.api()`: that opens a client of its own, which nobody could close.
        from kr8s._auth import KubeAuth  # noqa: PLC0415 - an extra, only for this runtime
    except ImportError as error:
        do = ["pip install 'pytest-podconform[kubernetes]'"]
        raise EnvironmentFault("the runtime `kubernetes` needs the package kr8s", do=do) from error
    before = _scratch_files()
    try:
        auth = await KubeAuth(context=context or None)
        trust = await auth.ssl_context()
    except Exception as error:  # the library raises whatever it meets
        where = os.environ.get("KUBECONFIG", "~/.kube/config")
        do = [
            "`podconform cluster up` starts a cluster here (Debian or Ubuntu, as root)",
            "or name a kubeconfig: KUBECONFIG=FILE",
        ]
        tried = [f"kubeconfig {where}", f"context {context or '(the current one)'}", "the service account of a Pod"]
        raise EnvironmentFault(f"no cluster: {str(error) or type(error).__name__}", tried=tried, do=do) from error
    used = {Path(str(path)) for path in (auth.client_cert_file, auth.client_key_file, auth.server_ca_file) if path}
    _remove(used & (_scratch_files() - before))  # copies that the library has made of the kubeconfig's data
    headers = {"Authorization": f"Bearer {auth.token.strip()}"} if auth.token else {}
    session = aiohttp.ClientSession(
        base_url=URL(auth.server).origin(),
        connector=aiohttp.TCPConnector(limit=0, ssl=trust if isinstance(trust, ssl.SSLContext) else True),
        headers={**headers, "User-Agent": "pytest-podconform"},
        timeout=aiohttp.ClientTimeout(total=ANSWER_LIMIT),
        proxy=auth.proxy,
        read_bufsize=2**20,
    )
    return Client(session, auth.server, auth.tls_server_name)


def _scratch_files() -> set[Path]:
    return set(Path(tempfile.gettempdir()).iterdir())


def _remove(paths: set[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
