"""Find a container engine and talk to it."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import aiodocker
import aiohttp
import msgspec

from pytest_podconform.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ANSWER_LIMIT = 10.0  # seconds; an engine that hangs is no engine


class Candidate(msgspec.Struct, frozen=True):
    """An address at which an engine may answer, and where it was found."""

    host: str
    found_in: str


def candidates(environment: Mapping[str, str], home: Path) -> Iterator[Candidate]:
    """Name where an engine may be, in the order in which Docker's own tools look, then podman's socket."""
    chosen = environment.get("DOCKER_HOST")
    if chosen:
        yield Candidate(chosen, "DOCKER_HOST")
        return  # who names an engine means that one
    context = _context_host(environment, home)
    if context is not None:
        yield context
    yield Candidate("unix:///var/run/docker.sock", "the default socket")
    runtime_dir = environment.get("XDG_RUNTIME_DIR")
    if runtime_dir:
        yield Candidate(f"unix://{runtime_dir}/docker.sock", "rootless Docker's socket")
        yield Candidate(f"unix://{runtime_dir}/podman/podman.sock", "rootless podman's socket")
    yield Candidate("unix:///run/podman/podman.sock", "podman's socket")


def _context_host(environment: Mapping[str, str], home: Path) -> Candidate | None:
    folder = Path(environment.get("DOCKER_CONFIG") or home / ".docker")
    name = environment.get("DOCKER_CONTEXT") or _read(folder / "config.json").get("currentContext")
    if not name or name == "default":
        return None
    for meta in sorted(folder.glob("contexts/meta/*/meta.json")):
        data = _read(meta)
        if data.get("Name") == name:
            return Candidate(data["Endpoints"]["docker"]["Host"], f"the docker context {name!r}")
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        return {}


class Engine(msgspec.Struct, frozen=True):
    """An engine that answers."""

    host: str
    api: aiodocker.Docker
    name: str
    """What it calls itself, with its version."""
    cpus: int
    """How many processors its containers share."""

    async def close(self) -> None:
        """Close the client with its connections."""
        await _close(self.api)


async def connect(environment: Mapping[str, str] = os.environ, home: Path | None = None) -> Engine:
    """Connect to the first engine that answers.

    Raises:
        EnvironmentFault: none does; says what was tried.

    """
    tried: list[str] = []
    denied = False
    for candidate in candidates(environment, home or Path.home()):
        try:
            return await _try(candidate)
        except (OSError, aiohttp.ClientError, aiodocker.DockerError, TimeoutError, ValueError) as error:
            reason = _reason(error)
            denied = denied or reason == os.strerror(errno.EACCES)
            tried.append(f"{candidate.host} ({candidate.found_in}): {reason}")
    if denied:
        do = ["add yourself to the group that owns the socket (often `docker`), or run as root"]
        raise EnvironmentFault("a container engine is there, but may not be used", tried=tried, do=do)
    do = ["start Docker, or `make engine` on Debian or Ubuntu as root"]
    raise EnvironmentFault("no container engine answered", tried=tried, do=do)


def _reason(error: BaseException) -> str:
    """Return the operating system's own words, which clients wrap several times."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, aiohttp.ClientConnectorError):
            inner = inner.os_error
        if isinstance(inner, TimeoutError):
            return "no answer in time"
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror
        inner = inner.__cause__ or inner.__context__
    return str(error) or type(error).__name__


async def _try(candidate: Candidate) -> Engine:
    api = open_api(candidate.host)
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            version: Mapping[str, Any] = await api.version()
            info = cast("dict[str, Any]", await api.system.info())
    except BaseException:
        await _close(api)
        raise
    podman = any("Podman" in component["Name"] for component in version.get("Components", ()))
    return Engine(candidate.host, api, f"{'podman' if podman else 'engine'} {version['Version']}", info["NCPU"])


async def _close(api: aiodocker.Docker) -> None:
    connector = api.session.connector
    await api.close()
    if connector is not None:
        await connector.close()  # the client closes no connector but one of its own


def open_api(host: str) -> aiodocker.Docker:
    """Open a client without a limit on connections: each followed log and each running exec holds one."""
    if host.startswith("unix://"):
        connector = aiohttp.UnixConnector(path=host.removeprefix("unix://"), limit=0)
        return aiodocker.Docker(url="http://docker", connector=connector)
    return aiodocker.Docker(url=host)
