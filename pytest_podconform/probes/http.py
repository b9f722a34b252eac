"""HTTP probes.

https://kubernetes.io/docs/concepts/workloads/pods/probes/#http-probes
"""

from __future__ import annotations

import asyncio
import functools
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from pytest_podconform.model.rules import implements

from .http_wire import ask, request
from .outcome import USER_AGENT, Outcome, failure, success, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: a final status, or why there is none."""

    status: int | None = None
    refused_redirect: str | None = None
    """Where an answer redirected to that is not followed, for it lies on another host."""
    body_error: str | None = None
    """Why the body could not be read after a status had come."""
    error: str | None = None


@implements("probe.http.success-range", "probe.http.redirect-elsewhere", "probe.http.body-error")
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


@implements("probe.http.success-range")
def is_success(status: int) -> bool:
    """Tell whether a status means success."""
    return 200 <= status < 400  # noqa: PLR2004 - the documented range


@implements("probe.field.timeout", "probe.field.timeout-whole")
async def get(action: HTTPGetAction, host: str, port: int, timeout: float) -> Exchange:  # noqa: ASYNC109
    """Run a probe; `timeout`, in seconds, is for all of it: connection, redirects and body."""
    deadline = asyncio.get_running_loop().time() + timeout
    try:
        return await _follow(action, first_request(action, host, port), deadline)
    except TimeoutError:
        return Exchange(error=f"no answer within {timeout:g} s")
    except (OSError, ValueError) as error:
        return Exchange(error=f"{type(error).__name__}: {error}")


@implements(
    "probe.http.redirect-local",
    "probe.http.redirect-elsewhere",
    "probe.http.redirect-limit",
    "probe.http.redirect-same-host",
    "probe.http.redirect-host",
)
async def _follow(action: HTTPGetAction, first: Request, deadline: float) -> Exchange:
    headers: dict[str, list[str]] = {}
    asked = first
    for _ in range(MOST_REDIRECTS):
        answer = await ask(asked.host, asked.port, asked.sent, deadline, tls=asked.tls)
        if answer.leads_to is None:
            return Exchange(status=answer.status, body_error=answer.body_error)
        url = urljoin(asked.url, answer.leads_to)
        if urlsplit(url).hostname != first.host:
            return Exchange(status=answer.status, refused_redirect=answer.leads_to, body_error=answer.body_error)
        if asked is first:  # not before: most probes are never redirected
            headers = _headers(action.http_headers)
        if urlsplit(answer.leads_to).netloc:
            headers.pop("Host", None)  # net/http keeps a custom Host over relative redirects only
        asked = _request(url, {**_referer(asked, url), **headers})
    return Exchange(error=f"stopped after {MOST_REDIRECTS} redirects")


def _referer(last: Request, url: str) -> dict[str, list[str]]:
    """Return the header that tells where a redirect came from; net/http tells nobody in plain text of what was TLS."""
    return {} if last.tls and url.startswith("http:") else {"Referer": [last.url]}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, where, and the bytes that ask for it."""

    url: str
    host: str
    port: int
    tls: bool
    sent: bytes


@functools.lru_cache(maxsize=1024)
@implements("probe.network.host")
def first_request(action: HTTPGetAction, host: str, port: int) -> Request:
    """Build the request of a probe: the same each period, so it is written once.

    Raises:
        ValueError: a header holds the end of a line.

    """
    return _request(probe_url(action, action.host or host, port), _headers(action.http_headers))


@implements("probe.http.host-header")
def _request(url: str, headers: Mapping[str, Sequence[str]]) -> Request:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        msg = f"unsupported protocol scheme {parts.scheme}"
        raise ValueError(msg)
    path = quote(parts.path or "/", safe=PLAIN + "%", errors="surrogateescape")
    target = path + (f"?{parts.query}" if parts.query else "")
    (host,) = headers.get("Host", [""])
    with_host = {**headers, "Host": [host or parts.netloc]}
    tls = parts.scheme == "https"
    return Request(
        url=url,
        host=parts.hostname or "",
        port=parts.port or (443 if tls else 80),
        tls=tls,
        sent=request(target, [(name, value) for name, values in with_host.items() for value in values]),
    )


@implements("probe.http.scheme-https", "probe.http.path")
def probe_url(action: HTTPGetAction, host: str, port: int) -> str:
    """Build the URL of a probe."""
    bracketed = f"[{host}]" if ":" in host else host
    return f"{action.scheme.lower()}://{bracketed}:{port}{request_target(action.path)}"


@implements("probe.http.path", "probe.http.path-forms")
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


@implements("probe.http.headers", "probe.http.default-headers", "probe.http.header-forms")
def _headers(given: Iterable[HTTPHeader]) -> dict[str, list[str]]:
    """Merge the given headers with the two defaults; an empty value takes a default away.

    https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#http-probes
    Names are written as net/http writes them, and it frames the request itself.
    """
    headers: dict[str, list[str]] = {}
    for header in given:
        name = "-".join(map(str.capitalize, header.name.split("-")))
        if name not in FRAMING and not (name in SINGLE and name in headers):
            headers.setdefault(name, []).append(header.value)
    for name, default in (("User-Agent", USER_AGENT), ("Accept", "*/*")):
        if not headers.setdefault(name, [default])[0]:
            del headers[name]
    return headers
