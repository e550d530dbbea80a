"""What goes on after the acknowledgment: tasks that are kept, whose exceptions are seen, and that end before we do."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Background:
    """The running tasks of one process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._services: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether nothing new is accepted."""
        return self._stopped.is_set()

    @property
    def running(self) -> int:
        """How many tasks run, services aside."""
        return len(self._tasks)

    def stop(self) -> None:
        """Accept nothing new from now on."""
        self._stopped.set()

    async def pause(self, seconds: float) -> None:
        """Wait that long, or until the stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)

    async def pause_or(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for an event, that long at most, or until the stop."""
        waiting = [asyncio.ensure_future(one.wait()) for one in (event, self._stopped)]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    def start(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a task; an exception in it is logged and goes no further."""
        self._keep(self._tasks, job)

    def serve(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a service: a task that ends on its own when the process stops."""
        self._keep(self._services, job)

    def _keep(self, tasks: set[asyncio.Task[None]], job: Coroutine[Any, Any, None]) -> None:
        def done(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            if not task.cancelled() and (error := task.exception()):
                log.error("task failed", error=type(error).__name__, exc_info=error)

        task = asyncio.create_task(job)
        tasks.add(task)
        task.add_done_callback(done)

    async def idle(self) -> None:
        """Wait until no task runs."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def drain(self, seconds: float) -> None:
        """Accept nothing new, let what runs finish for that long, then cancel the rest."""
        self.stop()
        try:
            async with asyncio.timeout(seconds):
                await self.idle()
                await asyncio.gather(*self._services, return_exceptions=True)
        except TimeoutError:
            log.warning("tasks cut off", tasks=len(self._tasks))
        left = [*self._tasks, *self._services]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def gather(jobs: Iterable[Coroutine[Any, Any, T]], limit: int = 1000) -> list[T]:
    """The results of jobs that run at the same time, in order.

    If one fails, the others are cancelled before its exception is raised. `asyncio.gather` would leave them running.

    Args:
        limit: how many run at once.
    """
    slots = asyncio.Semaphore(limit)

    async def run(job: Coroutine[Any, Any, T]) -> T:
        async with slots:
            return await job

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(job)) for job in jobs]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
