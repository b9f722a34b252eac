"""A scripted target without a container: the same script, the same lines, in virtual time."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING, Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from pytest_podconform.dns.candidates import candidates, ndots_of
from pytest_podconform.dns.resolvers import DNSPYTHON, GLIBC, Outcome
from pytest_podconform.evidence.target import (
    AnswerDetails,
    ClosedDetails,
    ExitDetails,
    FileDetails,
    HeartbeatDetails,
    HitDetails,
    HostnameDetails,
    ListeningDetails,
    QueryDetails,
    ResolvedDetails,
    StartDetails,
    TargetDetails,
    TermDetails,
)
from pytest_podconform.evidence.target_log import Line
from pytest_podconform.model.validation import is_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from pytest_podconform.dns.policy import ResolvConf
    from pytest_podconform.dns.records import Answer as Found
    from pytest_podconform.fixtures.target.program.script import Answer, Attempt, End, Lookup, Question, Route

STARTS_IN: Final = 0.1  # seconds from the start of a container to its program's first line
LISTENS_IN: Final = 0.1  # seconds from then until it listens
BEAT: Final = 0.25  # seconds between two signs of life
KILLED: Final = 137  # the exit code of a process that KILL ended


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a target sees of a probe's request."""

    argv: list[str] | UnsetType = UNSET
    env: dict[str, str] | UnsetType = UNSET
    service: str | UnsetType = UNSET


class SimTarget:
    """One instance of a container."""

    def __init__(
        self,
        name: str,
        attempt: Attempt,
        number: int,
        *,
        address: str,
        names: list[str],
        files: dict[str, str],
        resolv_conf: ResolvConf,
        lookup: Callable[[str, str], Found],
    ) -> None:
        self._name = name
        self._attempt = attempt
        self._number = number
        self._address = address
        self._names = names
        self._files = files
        self._resolv_conf = resolv_conf
        self._lookup = lookup
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._seq = 0
        self._hits: dict[str, int] = {}
        self._shut_until: dict[str, float] = {}
        self._exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._play = asyncio.create_task(self._live())
        self.listens = False

    async def exit_code(self) -> int:
        """Wait for its end."""
        return await asyncio.shield(self._exited)

    @property
    def has_ended(self) -> bool:
        """Whether its process is no more."""
        return self._exited.done()

    async def log(self) -> AsyncIterator[bytes]:
        """Yield its lines until it has ended."""
        while (line := await self._lines.get()) is not None:
            yield line

    def hit(self, route: Route, request: Request) -> Answer:
        """Take a request of a probe."""
        n = self._hits[route.name] = self._hits.get(route.name, 0) + 1
        answer = route.answer(n)
        argv, env, service = request.argv, request.env, request.service
        self._write(HitDetails(route.name, n, route.via, answer.value, argv=argv, env=env, service=service))
        if answer.exits is not None:
            self._exit(answer.exits)
        if route.via == "tcp":
            self._write(ClosedDetails(route.name, received=0))
        if answer.shut is not None:
            self._shut_until[route.name] = asyncio.get_running_loop().time() + answer.shut
        return answer

    def route(self, *, port: int = 0, name: str = "") -> Route | None:
        """Return the route that a probe reaches: by its port, or by its name where the helper calls."""
        routes = self._attempt.routes if self.listens and not self._exited.done() else ()
        now = asyncio.get_running_loop().time()
        for route in routes:
            if now < self._shut_until.get(route.name, 0):
                continue
            if route.via == "exec" and route.name == name:
                return route
            if route.via not in {"exec", "nothing"} and route.port == port:
                return route
        return None

    def signal(self, signal: str) -> None:
        """Obey a signal, as the script says."""
        if signal == "KILL":
            self._end(KILLED)
        elif not self._exited.done():
            self._write(TermDetails())
            if self._attempt.on_term is not None:
                self._exit_after(self._attempt.on_term)

    def _write(self, details: TargetDetails) -> None:
        self._seq += 1
        now = asyncio.get_running_loop().time()
        line = Line.of(details, run=f"{self._name}-{self._number}", seq=self._seq, now=now)
        self._lines.put_nowait(msgspec.json.encode(line) + b"\n")

    def _exit_after(self, end: End) -> None:
        asyncio.get_running_loop().call_later(end.after, self._exit, end.code)

    def _exit(self, code: int) -> None:
        if not self._exited.done():
            self._write(ExitDetails(code))
            self._end(code)

    def _end(self, code: int) -> None:
        if not self._exited.done():
            self._exited.set_result(code)
            self._play.cancel()
            self._lines.put_nowait(None)

    async def _live(self) -> None:
        attempt = self._attempt
        await asyncio.sleep(STARTS_IN)
        self._write(StartDetails(self._name, self._number, STARTS_IN))
        if attempt.hostname:
            self._write(HostnameDetails(self._names[-1], fqdn=self._names[0]))
        for path in attempt.show:
            self._write(FileDetails(path, self._files.get(path, "(No such file or directory)")))
        await asyncio.sleep(LISTENS_IN)
        self.listens = True
        self._write(ListeningDetails(STARTS_IN + LISTENS_IN))
        if attempt.exits is not None:
            self._exit_after(attempt.exits)
        await asyncio.gather(self._beat(), self._resolve_all(attempt))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            self._write(HeartbeatDetails(late=0.0))

    async def _resolve_all(self, attempt: Attempt) -> None:
        for question in attempt.questions:
            told = self._ask(question)
            while question.until and not told.records:
                await asyncio.sleep(BEAT)
                told = self._ask(question)
            self._write(answer_to(question, told))
        await self._look_up(attempt.lookups)

    def _ask(self, question: Question) -> Found:
        """Fill in what only the Pod knows, as the real target does, and ask."""
        name = question.name.replace("{dashed}", self._address.replace(".", "-"))
        if question.type == "PTR":
            addresses = addresses_of(self._lookup(name, "A"))
            name = ipaddress.ip_address(addresses[0]).reverse_pointer if addresses else name
        return self._lookup(name, question.type)

    async def _look_up(self, lookups: tuple[Lookup, ...]) -> None:
        for lookup in lookups:
            found = self._resolve(lookup.name, lookup.client)
            while lookup.every is None and lookup.until and not found:
                await asyncio.sleep(BEAT)
                found = self._resolve(lookup.name, lookup.client)
            if lookup.every is None:
                self._write(found_or_not(lookup.name, found))
        await asyncio.gather(*(self._watch(lookup.name, lookup.every) for lookup in lookups if lookup.every is not None))

    async def _watch(self, name: str, every: float) -> None:
        last: list[str] | None = None
        while True:
            found = self._resolve(name)
            if found != last:
                self._write(found_or_not(name, found))
                last = found
            await asyncio.sleep(every)

    def _resolve(self, name: str, client: str = "libc") -> list[str]:
        """Walk the candidates of a name, as glibc or dnspython would; a recorder of its own sees each of them."""
        if is_address(name):
            return [name]
        records = self._attempt.records
        answers: Mapping[str, Outcome] = {known: outcome_of(what) for known, what in (records or {}).items()}
        file = self._resolv_conf
        profile, kinds = (DNSPYTHON, ["A"]) if client == "dnspython" else (GLIBC, ["A", "AAAA"])
        for candidate in candidates(name, file.searches, ndots_of(file.options), profile=profile, answers=answers):
            if records is None:
                found = addresses_of(self._lookup(candidate, "A"))
            else:
                known = records.get(candidate, ())
                found = [] if isinstance(known, str) else list(known)
                for kind in kinds:
                    self._write(QueryDetails(candidate, kind, protocol="udp"))
            if found:
                return sorted(found)
        return []


def outcome_of(known: Sequence[str] | str) -> Outcome:
    """Return what a resolver gets for a name that a recorder knows."""
    return cast("Outcome", known) if isinstance(known, str) else "found"


def addresses_of(found: Found) -> list[str]:
    """Return the addresses in an answer's records."""
    return [record.removeprefix("A ") for record in found.records if record.startswith("A ")]


def answer_to(question: Question, found: Found) -> AnswerDetails:
    """Return what a question's answer tells."""
    return AnswerDetails(
        name=question.name,
        type=question.type,
        tcp=question.tcp,
        rcode=found.rcode,
        records=list(found.records),
        addresses=addresses_of(found),
        error=None,
    )


def found_or_not(name: str, found: list[str]) -> ResolvedDetails:
    """Return what a lookup tells: addresses, or the error that a libc gives."""
    return ResolvedDetails(name=name, addresses=found, error=None if found else "EAI_NONAME")
