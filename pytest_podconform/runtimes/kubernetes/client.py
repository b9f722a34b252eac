"""Requests to an API server, and what its refusals mean.

A request that the server answers with 401 is sent once more, with credentials that are loaded anew; watches and logs that are
being followed go on.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

import aiohttp
import msgspec
from yarl import URL

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.model.manifest import Manifest
from pytest_podconform.model.refusal import Refused

from . import kubeconfig
from .credentials import Credentials

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


class _RequestOptions(TypedDict, total=False):
    """What aiohttp makes a request of, beside what the client itself adds."""

    params: Mapping[str, str]
    json: Manifest | None
    timeout: aiohttp.ClientTimeout


class Client:
    """An open connection to an API server; of its requests, those that only wait (watches, logs) have no limit."""

    def __init__(
        self, session: aiohttp.ClientSession, credentials: Credentials, server: str, tls_name: str | None = None
    ) -> None:
        self._session = session
        self._credentials = credentials
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
                answer = await self._request("GET", path, params=query, timeout=timeout)
            async with answer:
                await _raise_for(answer)
                yield answer
        except aiohttp.ClientError as error:
            raise self._unreachable(error) from error

    async def _request(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Unpack[_RequestOptions]
    ) -> aiohttp.ClientResponse:
        """Send a request, and once more as somebody whose credentials are fresh if the server does not accept these."""
        identity = await self._credentials.get()
        for again in (True, False):
            answer = await self._session.request(
                method,
                f"{self._below}{path}",  # some servers stand below a path of their own
                headers=[*identity.headers, *(headers or {}).items()],
                ssl=identity.tls,
                server_hostname=self._tls_name,
                **more,
            )
            if answer.status != UNAUTHORIZED or not again:
                return answer
            answer.release()
            identity = await self._credentials.renew(identity)
        raise AssertionError

    async def _answer(self, method: str, path: str, body: Manifest | None = None, accept: str = "") -> Manifest:
        for tries in range(1, MOST_TRIES + 1):
            try:
                headers = {"Accept": accept} if accept else {}
                async with await self._request(method, path, headers=headers, json=body) as answer:
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
        UsageFault: the kubeconfig has no such context.

    """
    access = kubeconfig.load(context)
    credentials = Credentials(access)
    await credentials.get()
    cluster = access.cluster
    session = aiohttp.ClientSession(
        base_url=URL(cluster.server).origin(),
        connector=aiohttp.TCPConnector(limit=0),
        headers={"User-Agent": "pytest-podconform"},
        timeout=aiohttp.ClientTimeout(total=ANSWER_LIMIT),
        proxy=cluster.proxy_url,
        read_bufsize=2**20,
    )
    return Client(session, credentials, cluster.server, cluster.tls_server_name)
