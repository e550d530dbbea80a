"""The once-only rule: one intent has one effect, whatever is clicked twice or delivered again, to whichever process.

A deed is journalled before it is carried out and its outcome after. What a dying process left open is found by the next
one and reported to the person who asked; it is never carried out later.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import stamina
import structlog

from bot.errors import Refusal, Repeated
from bot.realtimekit.errors import RealtimeKitError
from bot.store.errors import StoreError, Unreachable
from bot.store.journal import Journal, Taken
from bot.store.records import Deed, Entry, State
from bot.work import Work

log = structlog.get_logger(__name__)

BEAT_SECONDS = 1.0
SWEEP_SECONDS = 2.0
PAUSE_SWEEPS = 4
"""Sweeps left out after the database was gone."""
FORGET_EVERY = 1800
"""Sweeps between two looks for names that are too old."""


@dataclass(slots=True)
class Attempt:
    """A deed being carried out.

    Attributes:
        outcome: what came of it, in a few words, for the journal.
    """

    outcome: str = ""


class Operations:
    """The side effects of one process, in a journal that all share.

    Args:
        work: where an outcome that could not be written at once is written later.
        changed: hears of every deed, and of what came of it.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Callable[[], datetime],
        work: Work,
        changed: Callable[[Deed, State], Awaitable[None]],
    ) -> None:
        self._journal, self._clock, self._work, self._changed = journal, clock, work, changed
        self._held: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def once(self, deed: Deed) -> AsyncIterator[Attempt]:
        """Carry out a deed, unless its intent was begun before, by whatever process.

        An intent whose effect certainly did not happen may come again.

        Raises:
            Repeated: it was begun before.
            Unreachable: it could not be written down, so it must not be carried out.
        """
        try:
            entry_id = await self._journal.begin(deed, self._clock())
        except Taken as taken:
            raise Repeated(unsure=taken.state in (State.UNSURE, State.INTERRUPTED)) from None
        attempt = Attempt()
        self._held[entry_id] = asyncio.Event()
        self._work.keep(self._beat(entry_id, self._held[entry_id]))
        try:
            yield attempt
        except asyncio.CancelledError:
            # The process leaves in the middle: whoever finds the open entry reports it.
            self._let_go(entry_id)
            raise
        except Exception as error:
            certain = isinstance(error, Refusal) or (
                isinstance(error, RealtimeKitError) and not error.may_have_happened
            )
            state = State.FAILED if certain else State.UNSURE
            await self._finish(entry_id, state, type(error).__name__)
            self._work.start(self._tell_of_change(deed, state))
            raise
        await self._finish(entry_id, State.DONE, attempt.outcome)
        self._work.start(self._tell_of_change(deed, State.DONE))

    async def _tell_of_change(self, deed: Deed, state: State) -> None:
        try:
            await self._changed(deed, state)
        except StoreError as error:
            log.warning("a card will show a deed later", error=str(error))

    def _let_go(self, entry_id: str) -> None:
        self._held.pop(entry_id).set()

    async def _beat(self, entry_id: str, let_go: asyncio.Event) -> None:
        """Show, while the deed takes its time, that this process lives.

        Ended by an event and not by a cancellation, which could cut a query off in the middle.
        """
        while not let_go.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(let_go.wait(), BEAT_SECONDS)
                return
            try:
                await self._journal.beat(entry_id)
            except StoreError as error:
                log.warning("a sign of life was not written", error=str(error))

    async def _finish(self, entry_id: str, state: State, outcome: str) -> None:
        """Write the outcome down; where the database is gone, keep trying while the person is told already."""
        try:
            await self._journal.finish(entry_id, state, outcome)
        except StoreError:
            self._work.start(self._finish_later(entry_id, state, outcome))
        else:
            self._let_go(entry_id)

    async def _finish_later(self, entry_id: str, state: State, outcome: str) -> None:
        try:
            async for attempt in stamina.retry_context(on=Unreachable, attempts=None, timeout=600, wait_max=1):
                with attempt:
                    await self._journal.finish(entry_id, state, outcome)
        except StoreError as error:
            log.warning("an outcome was not written", entry=entry_id, state=state.value, error=str(error))
        finally:
            self._let_go(entry_id)

    async def watch(self, tell: Callable[[Entry], Awaitable[None]], days: int) -> None:
        """Look after the journal until the process stops.

        Args:
            tell: tells the person who asked for a deed that a dying process left open.
            days: after which names and reasons are taken out.
        """
        sweeps = pause = 0
        while not self._work.stopping:
            try:
                if pause > 0:
                    pause -= 1
                else:
                    await self.sweep(tell)
                if sweeps % FORGET_EVERY == 0 and (count := await self._journal.forget_people(self._clock(), days)):
                    log.info("old names were taken out of the journal", entries=count)
            except StoreError as error:
                log.warning("the journal cannot be looked after", error=str(error))
                # While the database was gone nobody could show life: give everyone time for it.
                pause = PAUSE_SWEEPS
            sweeps += 1
            await self._work.pause(SWEEP_SECONDS)

    async def sweep(self, tell: Callable[[Entry], Awaitable[None]]) -> None:
        """Report what was left behind. Raises `Unreachable`."""
        for entry in await self._journal.take_over(but=self._held.keys()):
            log.warning("a deed was interrupted", entry=entry.id, what=entry.what, user=entry.user_id)
            try:
                await tell(entry)
            except Exception:
                log.exception("an interrupted deed could not be told", entry=entry.id)
            await self._journal.finish(entry.id, State.INTERRUPTED, "the process ended in the middle of it")
