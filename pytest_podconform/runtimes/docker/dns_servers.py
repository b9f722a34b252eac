"""The two DNS servers of a run: the cluster's CoreDNS with its API stub, and another one for the world outside."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import aiohttp
import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.fixtures.coredns import api_stub, corefile
from pytest_podconform.runtimes.driver import StartError

from .containers import Wanted

if TYPE_CHECKING:
    from .containers import Containers

ZONE: Final = "cluster.local"
STUB_COMMAND: Final = ("/podconform/python", "-B", "-S", "-m", "api_stub")
START_LIMIT: Final = 30.0  # seconds until a server answers; CoreDNS takes 1.2-1.6 s (measured)
REACH_LIMIT: Final = 5.0  # seconds for a first connection to a container's own address; here it takes milliseconds
ASK_AGAIN: Final = 0.05  # seconds between two tries


class DNSServers:
    """Three containers: the API stub, CoreDNS in its network namespace, and the upstream with an address of its own."""

    def __init__(self, containers: Containers, network: str, prefix: str) -> None:
        self._containers = containers
        self._network = network
        self._prefix = prefix
        self.address = ""
        self.upstream = ""

    @property
    def api(self) -> str:
        """The URL of the API stub."""
        return f"http://{self.address}:{api_stub.PORT}"

    async def start(self, coredns_image: str, target_image: str) -> None:
        """Start the servers and wait until they answer.

        Raises:
            EnvironmentFault: one of them does not start, or cannot be reached from here.

        """
        try:
            self.upstream, self.address = await asyncio.gather(
                self._coredns("upstream", coredns_image, corefile.upstream()), self._stub(target_image)
            )
            await _reach(self.api)
            config = corefile.cluster(ZONE, api_port=api_stub.PORT, upstream=self.upstream)
            await self._coredns("dns", coredns_image, config, joins=f"{self._prefix}-api")
        except StartError as error:
            raise EnvironmentFault(f"cluster DNS could not be started: {error.message}") from error
        await asyncio.gather(_answers(self.upstream, "api.example.com."), _answers(self.address, f"{ZONE}."))

    async def _coredns(self, name: str, image: str, config: str, joins: str = "") -> str:
        files = {"/Corefile": config}
        wanted = Wanted(
            name=f"{self._prefix}-{name}",
            image=image,
            args=["-conf", "/Corefile"],
            files=files,
            network=self._network,
            joins=joins,
        )
        return (await self._containers.start(wanted)).get(self._network, "")

    async def _stub(self, image: str) -> str:
        wanted = Wanted(name=f"{self._prefix}-api", image=image, entrypoint=STUB_COMMAND, network=self._network)
        return (await self._containers.start(wanted)).get(self._network, "")


async def _reach(url: str) -> None:
    """See whether containers' own addresses can be reached from here, for probes go there."""
    deadline = time.monotonic() + START_LIMIT
    timeout = aiohttp.ClientTimeout(total=REACH_LIMIT)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        while True:
            try:
                async with session.get(f"{url}/api/v1/namespaces"):
                    return
            except aiohttp.ClientConnectorError as error:
                refused = isinstance(error.os_error, ConnectionRefusedError)
                if not refused or time.monotonic() > deadline:  # refused: we got there, it does not listen yet
                    raise _unreachable(url) from error
            except TimeoutError as error:
                raise _unreachable(url) from error
            await asyncio.sleep(ASK_AGAIN)


def _unreachable(url: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"the engine's containers cannot be reached from here ({url} does not answer)",
        do=[
            "run on the Linux machine that runs the engine: probes go to the addresses of Pods",
            "Docker Desktop and remote engines are not supported yet",
        ],
    )


async def _answers(server: str, name: str) -> None:
    """Wait until a server answers a query: `ready` answers a moment before port 53 is bound."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        try:
            reply = await dns.asyncquery.udp(dns.message.make_query(name, "A"), server, timeout=1)
        except (dns.exception.DNSException, OSError):
            await asyncio.sleep(ASK_AGAIN)
            continue
        if reply.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            return
        await asyncio.sleep(ASK_AGAIN)
    raise EnvironmentFault(f"the DNS server at {server} does not answer within {START_LIMIT:g} s")
