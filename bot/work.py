"""What goes on after the acknowledgement: tasks that are kept, whose exceptions are seen, and that end before we do."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Work:
    """The running tasks of one process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._kept: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether nothing new is taken."""
        return self._stopped.is_set()

    @property
    def running(self) -> int:
        """How many tasks run that end."""
        return len(self._tasks)

    def stop(self) -> None:
        """Take nothing new from now on."""
        self._stopped.set()

    async def pause(self, seconds: float) -> None:
        """Wait for so long, or until the stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)

    async def pause_or(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for an event, for so long at the most, or until the stop."""
        waiting = [asyncio.ensure_future(one.wait()) for one in (event, self._stopped)]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    def start(self, job: Coroutine[Any, Any, None]) -> None:
        """Run this on its own; an exception in it is logged and goes no further."""
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a task failed", error=type(error).__name__, exc_info=error)

    def keep(self, job: Coroutine[Any, Any, None]) -> None:
        """Run this beside the work, on its own; it ends by itself at the stop."""
        task = asyncio.create_task(job)
        self._kept.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._kept.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a lasting task ended", exc_info=error)

    async def idle(self) -> None:
        """Wait until nothing runs."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def drain(self, seconds: float) -> None:
        """Take nothing new, let what runs finish for so long, then cancel the rest."""
        self.stop()
        try:
            async with asyncio.timeout(seconds):
                await self.idle()
                await asyncio.gather(*self._kept, return_exceptions=True)
        except TimeoutError:
            log.warning("tasks were cut off at the stop", tasks=len(self._tasks))
        left = [*self._tasks, *self._kept]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
