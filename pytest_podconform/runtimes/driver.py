"""Drive one Pod: the Pod machine decides, a world does it, and the machine is told what happened.

The reference runtime and the simulated one differ in their worlds only.
"""

from __future__ import annotations

import abc
import asyncio
import functools
from typing import TYPE_CHECKING, Any

from pytest_podconform.errors import HarnessFault
from pytest_podconform.podmachine import PodMachine
from pytest_podconform.podmachine import events as e

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from pytest_podconform.model.pod import Container, Pod, ProbeResult
    from pytest_podconform.model.status import PodStatus
    from pytest_podconform.podmachine import Policy, Relists


class StartError(Exception):
    """Raised when a container cannot be started; `reason` is Kubernetes' word for it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


class NeverStartedError(Exception):
    """Raised when a Pod asks for what no sandbox can be: it stays as it is until it is deleted."""


class World(abc.ABC):
    """Where one Pod's containers run; an instance of a container is named by the container and a restart number."""

    @abc.abstractmethod
    async def make_sandbox(self) -> str:
        """Make what the containers share, and return the Pod's address; raises NeverStartedError."""

    @abc.abstractmethod
    async def start(self, container: Container, instance: int) -> None:
        """Start an instance; raises StartError."""

    @abc.abstractmethod
    async def exit_code(self, name: str, instance: int) -> int:
        """Wait until a started instance ends and return its exit code."""

    @abc.abstractmethod
    async def signal(self, name: str, instance: int, signal: str) -> None:
        """Send TERM or KILL; nothing happens where the instance has ended."""

    @abc.abstractmethod
    async def probe(self, action: e.RunProbe, address: str) -> ProbeResult:
        """Execute a probe."""

    @abc.abstractmethod
    async def hook(self, action: e.RunHook) -> None:
        """Run a preStop hook for as long as it may take."""

    @abc.abstractmethod
    def log(self, name: str, instance: int) -> AsyncIterator[bytes]:
        """Follow the standard output of one instance to its end."""

    @abc.abstractmethod
    async def remove(self) -> None:
        """Remove all that has been made; no container runs any more."""


class PodDriver:
    """A Pod that lives; `changed` is called whenever its status is another. `now` is a steady clock in Unix seconds."""

    def __init__(
        self,
        pod: Pod,
        world: World,
        policy: Policy,
        *,
        now: Callable[[], float],
        relists: Relists,
        changed: Callable[[], None],
    ) -> None:
        self.pod = pod
        self.terminating = False
        self._world = world
        self._now = now
        self._changed = changed
        self._machine = PodMachine(pod, policy, now(), relists=relists)
        self._inbox: asyncio.Queue[e.Event] = asyncio.Queue()
        self._running: dict[str, int] = {}
        self._news = asyncio.Condition()
        self._failure: BaseException | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._life = self._spawn(self._live())

    @property
    def status(self) -> PodStatus:
        """The status of the Pod; raises what went wrong in here, so that it does not look like a bad Pod."""
        if self._failure is not None:
            msg = f"the world of Pod {self.pod.metadata.name} failed: {type(self._failure).__name__}: {self._failure}"
            raise HarnessFault(msg) from self._failure
        return self._machine.status

    @property
    def address(self) -> str:
        """The Pod's address; empty until it has one."""
        return self._machine.pod_ip

    async def logs(self, container: str) -> AsyncIterator[bytes]:
        """Follow a container's standard output over all its instances, until the Pod ends."""
        instance = 0
        while True:
            async with self._news:
                await self._news.wait_for(functools.partial(self._has_started, container, instance))
            if self._life.done():
                return
            async for piece in self._world.log(container, instance):
                yield piece
            instance += 1

    def _has_started(self, container: str, instance: int) -> bool:
        return self._life.done() or self._running.get(container, -1) >= instance

    async def delete(self, grace: float | None) -> None:
        """End the Pod within that many seconds, its own where none are given, and remove all that it consists of."""
        self.terminating = True
        self._changed()
        own = float(self.pod.spec.termination_grace_period_seconds)
        self._inbox.put_nowait(e.DeleteAsked(own if grace is None else grace))
        await asyncio.wait([self._life])
        await self.abandon()
        async with self._news:
            self._news.notify_all()
        await self._world.remove()

    async def abandon(self) -> None:
        """Stop all that is done for the Pod, probes above all, and leave its containers to whoever sweeps."""
        for task in (self._life, *self._work):
            task.cancel()
        await asyncio.gather(self._life, *self._work, return_exceptions=True)

    async def _live(self) -> None:
        try:
            self._machine.pod_ip = await self._world.make_sandbox()
        except NeverStartedError:
            while not isinstance(await self._inbox.get(), e.DeleteAsked):
                pass  # nothing has started, and nothing will
            return
        event: e.Event = e.Tick()
        while True:
            for action in self._machine.handle(event, self._now()):
                if isinstance(action, e.PodEnded):
                    return
                self._do(action)
            event = await self._next_event()

    async def _next_event(self) -> e.Event:
        due = self._machine.due()
        timeout = None if due is None else max(due - self._now(), 0)
        try:
            async with asyncio.timeout(timeout):  # not `wait_for`: before Python 3.12 it may swallow a cancellation
                return await self._inbox.get()
        except TimeoutError:
            return e.Tick()

    def _do(self, action: e.Action) -> None:
        match action:
            case e.StartContainer(container, instance):
                self._spawn(self._start(container, instance))
            case e.SendSignal(name, instance, signal):
                self._spawn(self._world.signal(name, instance, signal))
            case e.RunProbe():
                self._spawn(self._probe(action))
            case e.RunHook():
                self._spawn(self._hook(action))
            case _:
                self._changed()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._worked)
        return task

    def _worked(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failure = self._failure or task.exception()
            self._life.cancel()

    async def _start(self, container: Container, instance: int) -> None:
        try:
            await self._world.start(container, instance)
        except StartError as error:
            self._inbox.put_nowait(e.StartFailed(container.name, instance, error.reason, error.message))
            return
        self._inbox.put_nowait(e.ContainerStarted(container.name, instance))
        async with self._news:
            self._running[container.name] = instance
            self._news.notify_all()
        exit_code = await self._world.exit_code(container.name, instance)
        self._inbox.put_nowait(e.ContainerExited(container.name, instance, exit_code))

    async def _probe(self, action: e.RunProbe) -> None:
        result = await self._world.probe(action, self.address)
        self._inbox.put_nowait(e.ProbeFinished(action.container.name, action.kind, result))

    async def _hook(self, action: e.RunHook) -> None:
        await self._world.hook(action)
        self._inbox.put_nowait(e.HookFinished(action.name, action.instance))
