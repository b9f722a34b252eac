"""HTTP probes.

https://kubernetes.io/docs/concepts/workloads/pods/probes/#http-probes
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from .outcome import MOST_OUTPUT, USER_AGENT, Outcome, failure, success, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_podconform.model.pod import HTTPGetAction, HTTPHeader

MOST_REDIRECTS: Final = 10
"""The tenth redirect in a row fails (`pkg/probe/http`, `RedirectChecker`); the documentation says otherwise."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: a final status, or why there is none."""

    status: int | None = None
    refused_redirect: str | None = None
    """Where an answer redirected to that is not followed, for it lies on another host."""
    body_error: str | None = None
    """Why the body could not be read after a status had come."""
    error: str | None = None


def outcome(exchange: Exchange) -> Outcome:
    """Derive the outcome of an exchange.

    "Any code greater than or equal to 200 and less than 400 indicates success. Any other code indicates failure."
    https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
    """
    status = exchange.status
    if status is None:
        return failure(exchange.error or "no answer")
    if exchange.body_error is not None:
        return unknown(f"status {status}, but {exchange.body_error}")
    if exchange.refused_redirect is not None:
        return success(f"redirect to {exchange.refused_redirect} not followed", warning=True)
    if is_success(status):
        return success(f"status {status}", warning=status >= 300)  # noqa: PLR2004 - a redirect that leads nowhere
    return failure(f"HTTP probe failed with statuscode: {status}")


def is_success(status: int) -> bool:
    """Tell whether a status means success."""
    return 200 <= status < 400  # noqa: PLR2004 - the documented range


def new_session() -> aiohttp.ClientSession:
    """Make the client of a prober: a new connection for each probe, no proxy, no certificate checked, no cookies kept."""
    connector = aiohttp.TCPConnector(force_close=True, limit=0, ssl=False)
    skipped = ("Accept", "Accept-Encoding", "User-Agent")
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=skipped,
        timeout=aiohttp.ClientTimeout(total=None),  # a probe has a deadline of its own
        trust_env=False,
    )


async def get(
    session: aiohttp.ClientSession,
    action: HTTPGetAction,
    host: str,
    port: int,
    timeout: float,  # noqa: ASYNC109
) -> Exchange:
    """Run a probe; `timeout`, in seconds, is for all of it: connection, redirects and body."""
    url = probe_url(action, action.host or host, port)
    deadline = asyncio.get_running_loop().time() + timeout
    try:
        return await _follow(session, url, _headers(action.http_headers), deadline)
    except TimeoutError:
        return Exchange(error=f"no answer within {timeout:g} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Exchange(error=f"{type(error).__name__}: {error}")


async def _follow(session: aiohttp.ClientSession, url: URL, headers: CIMultiDict[str], deadline: float) -> Exchange:
    host = url.host
    for _ in range(MOST_REDIRECTS):
        async with asyncio.timeout_at(deadline):
            response = await session.get(url, headers=headers, allow_redirects=False)
        async with response:
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or not location:
                return Exchange(status=response.status, body_error=await _read(response, deadline))
        target = URL(location, encoded=True)
        url = url.join(target)
        if url.host != host:
            return Exchange(status=response.status, refused_redirect=location)
        if target.absolute:
            headers.pop("Host", None)  # net/http keeps a custom Host over relative redirects only
    return Exchange(error=f"stopped after {MOST_REDIRECTS} redirects")


async def _read(response: aiohttp.ClientResponse, deadline: float) -> str | None:
    """Read as much of the body as a probe reads; return why it could not be read, if so."""
    try:
        async with asyncio.timeout_at(deadline):
            await response.content.readexactly(MOST_OUTPUT)
    except asyncio.IncompleteReadError:
        return None
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"its body could not be read: {type(error).__name__}"
    return None


def probe_url(action: HTTPGetAction, host: str, port: int) -> URL:
    """Build the URL of a probe; the path goes out as it is written, with a slash before it."""
    path = action.path if action.path.startswith("/") else f"/{action.path}"
    bracketed = f"[{host}]" if ":" in host else host
    return URL(f"{action.scheme.lower()}://{bracketed}:{port}{path}", encoded=True)


def _headers(given: Iterable[HTTPHeader]) -> CIMultiDict[str]:
    """Merge the given headers with the two defaults; an empty value takes a default away.

    https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#http-probes
    """
    headers: CIMultiDict[str] = CIMultiDict()
    for header in given:
        headers.add(header.name, header.value)
    for name, default in (("User-Agent", USER_AGENT), ("Accept", "*/*")):
        if name not in headers:
            headers.add(name, default)
        elif not headers[name]:
            del headers[name]
    return headers
