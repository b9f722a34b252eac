"""HTTP probes.

https://kubernetes.io/docs/concepts/workloads/pods/probes/#http-probes
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

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

BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
PLAIN: Final = "/!$&'()*+,:;=@~[]"
"""What may stand in a path as it is, beside letters, digits and `-._`."""

FRAMING: Final = frozenset({"Content-Length", "Transfer-Encoding", "Trailer"})
"""Not to be given by hand: net/http leaves them out."""

SINGLE: Final = frozenset({"Host", "User-Agent"})
"""Of these the first one is sent."""

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
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=skipped,
        timeout=aiohttp.ClientTimeout(total=None),  # a probe has a deadline of its own
        trust_env=False,
    )
    # aiohttp asks a server that hangs up once more; an execution is one request. There is no public switch.
    session._retry_connection = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return session


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
    """Build the URL of a probe."""
    bracketed = f"[{host}]" if ":" in host else host
    return URL(f"{action.scheme.lower()}://{bracketed}:{port}{request_target(action.path)}", encoded=True)


def request_target(path: str) -> str:
    """Return what is asked for: a path that is no plain one is mended (`formatURL`, `pkg/probe/http/request.go`).

    Of a whole URL path and query are left; what may not stand in a path is escaped, and so is each `%` of a path with a
    broken escape.
    """
    if BROKEN_ESCAPE.search(path):
        asked = quote(path, safe=PLAIN)
    else:
        parts = urlsplit(path)
        asked = quote(parts.path, safe=PLAIN + "%") + (f"?{parts.query}" if parts.query else "")
    return asked if asked.startswith("/") else f"/{asked}"


def _headers(given: Iterable[HTTPHeader]) -> CIMultiDict[str]:
    """Merge the given headers with the two defaults; an empty value takes a default away.

    https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#http-probes
    Names are written as net/http writes them, and it frames the request itself.
    """
    headers: CIMultiDict[str] = CIMultiDict()
    for header in given:
        name = "-".join(map(str.capitalize, header.name.split("-")))
        if name not in FRAMING and not (name in SINGLE and name in headers):
            headers.add(name, header.value)
    for name, default in (("User-Agent", USER_AGENT), ("Accept", "*/*")):
        if name not in headers:
            headers.add(name, default)
        elif not headers[name]:
            del headers[name]
    return headers
