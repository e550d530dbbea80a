"""Once per intent: one intent has one effect, whatever is clicked twice or delivered again, to whichever process.

An operation is journaled before it is carried out, and its outcome after. What a dying process left open is found by
another one and reported to the person who asked; it is never carried out later.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import stamina
import structlog

from bot.background import Background
from bot.errors import Repeated, may_have_happened
from bot.store.errors import StoreError, Unreachable
from bot.store.journal import AlreadyBegun, Journal
from bot.store.records import Entry, Operation, State

log = structlog.get_logger(__name__)

HEARTBEAT_INTERVAL = 1.0
SWEEP_INTERVAL = 2.0
SWEEPS_SKIPPED = 4
"""After the database was away: meanwhile nobody could show that they are alive."""
DOUBLE_CLICK = timedelta(seconds=10)
"""What comes again after that is no double click: someone wonders why nothing happens, and is told."""
UNDOES = {
    "lock": ("unlock",),
    "unlock": ("lock",),
    "record": ("record stop", "record pause", "record resume"),
    "record stop": ("record",),
    "record pause": ("record resume",),
    "record resume": ("record pause",),
    "watch": ("stop watching",),
    "stop watching": ("watch",),
}
"""What was undone may be asked for again at once, with the same button."""
FORGET_EVERY = 1800
"""Sweeps between two searches for what is too old."""
FORGET_FIRST = 30
"""Sweeps before the first one: a process that starts has other work."""


@dataclass(slots=True)
class Attempt:
    """An operation being carried out.

    Attributes:
        outcome: what came of it, in a few words, for the journal.
        state: how it ended, if no exception says so.
        people: those for whom it was done, by name; None where these are all who were meant.
    """

    outcome: str = ""
    state: State = State.DONE
    people: Sequence[str] | None = None


class Operations:
    """The operations of one process, in a journal that all processes share.

    Args:
        background: where an outcome that could not be written at once is written later.
        changed: hears of every operation and how it ended.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Callable[[], datetime],
        background: Background,
        changed: Callable[[Operation, State], Awaitable[None]],
    ) -> None:
        self._journal, self._clock, self._background, self._changed = journal, clock, background, changed
        self._running: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def once(self, operation: Operation) -> AsyncIterator[Attempt]:
        """Carry out an operation, unless any process has begun one of the same intent.

        An intent whose effect certainly did not happen may come again.

        Raises:
            Repeated: it was begun before.
            Unreachable: it could not be written down, so it must not be carried out.
        """
        try:
            entry_id = await self._journal.begin(operation, self._clock())
        except AlreadyBegun as begun:
            unknown = begun.state in (State.UNKNOWN, State.REPORTING, State.INTERRUPTED)
            late, running = self._clock() - begun.at > DOUBLE_CLICK, begun.state is State.OPEN
            raise Repeated(may_have_happened=unknown, on_purpose=late, running=running, by=begun.by) from None
        attempt = Attempt()
        ended = self._running[entry_id] = asyncio.Event()
        self._background.serve(self._send_heartbeats(entry_id, ended))
        try:
            yield attempt
        except asyncio.CancelledError:
            # The process leaves in the middle: whoever finds the open entry reports it.
            self._end(entry_id)
            raise
        except Exception as error:
            state = State.UNKNOWN if may_have_happened(error) else State.FAILED
            await self._finish(entry_id, operation, Attempt(type(error).__name__, state))
            raise
        await self._finish(entry_id, operation, attempt)

    async def latest(self, channel_id: str, what: Collection[str]) -> str:
        """The id of a channel's newest operation of these kinds that has ended; see `Journal.latest`."""
        return await self._journal.latest(channel_id, what)

    async def _report_change(self, operation: Operation, state: State) -> None:
        try:
            await self._changed(operation, state)
        except StoreError as error:
            log.warning("card not updated", error=str(error))

    def _end(self, entry_id: str) -> None:
        self._running.pop(entry_id).set()

    async def _send_heartbeats(self, entry_id: str, ended: asyncio.Event) -> None:
        """Show, while the operation takes its time, that this process is alive.

        Stopped by an event and not by a cancellation, which could cut a query in two.
        """
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), HEARTBEAT_INTERVAL)
                return
            try:
                await self._journal.beat(entry_id)
            except StoreError as error:
                log.warning("heartbeat not written", error=str(error))

    async def _finish(self, entry_id: str, operation: Operation, attempt: Attempt) -> None:
        """Record the outcome; if the database is away, keep trying while the person is told already."""
        undone = UNDOES.get(operation.what, ()) if attempt.state is State.DONE else ()
        finish = partial(
            self._journal.finish,
            *(entry_id, attempt.state, attempt.outcome, attempt.people),
            meeting_id=operation.meeting_id,
            undone=undone,
        )
        try:
            await finish()
        except StoreError:
            self._background.start(self._finish_later(entry_id, attempt.state, finish))
        else:
            self._end(entry_id)
        self._background.start(self._report_change(operation, attempt.state))

    async def _finish_later(self, entry_id: str, state: State, finish: Callable[[], Awaitable[None]]) -> None:
        try:
            async for attempt in stamina.retry_context(on=Unreachable, attempts=None, timeout=None, wait_max=1):
                with attempt:
                    await finish()
        except StoreError as error:
            log.warning("outcome not written", entry=entry_id, state=state.value, error=str(error))
        finally:
            self._end(entry_id)

    async def keep_house(
        self, tell: Callable[[Entry], Awaitable[None]], forget: Callable[[datetime], Awaitable[None]]
    ) -> None:
        """Tell people of abandoned operations, and now and then forget what is too old; until the process stops."""
        sweeps = skipped = 0
        while not self._background.stopping:
            try:
                if skipped > 0:
                    skipped -= 1
                else:
                    await self.sweep(tell)
                if sweeps % FORGET_EVERY == FORGET_FIRST:
                    await forget(self._clock())
            except StoreError as error:
                log.warning("journal not swept", error=str(error))
                skipped = SWEEPS_SKIPPED
            sweeps += 1
            await self._background.pause(SWEEP_INTERVAL)

    async def sweep(self, tell: Callable[[Entry], Awaitable[None]]) -> None:
        """Report what was left open. Raises `Unreachable`."""
        for entry in await self._journal.claim_abandoned(but=self._running.keys()):
            log.warning("operation interrupted", entry=entry.id, what=entry.what, user=entry.user_id)
            try:
                await tell(entry)
            except Exception:
                log.exception("interruption not reported", entry=entry.id)
            await self._journal.finish(entry.id, State.INTERRUPTED, "the process ended in the middle of it")
