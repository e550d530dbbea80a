"""When to look at which meeting: webhook events in, looks out, by one process at a time.

An event only marks a meeting; the look itself is taken from the API (`reporter.py`), at most once in some seconds
however many events come. Without events a watched meeting is looked at now and then, less often while nothing changes.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.metrics import Metrics
from bot.realtimekit import webhooks
from bot.realtimekit.errors import RateLimited, RealtimeKitError
from bot.report import LONGEST_WAIT, Report
from bot.reporter import Reporter
from bot.store.cards import Cards
from bot.store.deliveries import Deliveries
from bot.store.errors import StoreError
from bot.store.records import Room
from bot.store.rooms import Rooms
from bot.work import Work

log = structlog.get_logger(__name__)

CALLS_LEAST = 2
"""A look at a session and at the newest of its people."""
LOOKS_AT_ONCE = 5
PATIENCE_TRIES, PATIENCE_PAUSE = 50, 0.1
"""How long, and how often (s), somebody who watches waits for another process's look to end."""
TRIES = 4
"""Looks in a row that are tried again soon after they failed."""
HOUSEKEEPING = 3600
CARDS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is looked, in seconds.

    Attributes:
        gap: between two looks at one meeting, at the least.
        window, calls: in so many seconds a meeting costs at most so many calls to RealtimeKit.
        soon: until the next look where nothing is heard, after something has changed; grows while nothing does.
        longest: it does not grow beyond this.
        unwatched: the same where a meeting is not watched, but its starts and ends are told.
        tick: between two looks at the queue.
        look: a look takes no longer.
        lease: for so long no other process looks; a process that dies leaves its meetings to the others after it.
    """

    gap: float = 3.0
    window: float = 10.0
    calls: int = 10
    soon: float = 15.0
    longest: float = 55.0
    unwatched: float = 300.0
    tick: float = 1.0
    look: float = 20.0
    lease: float = 25.0

    def allowed(self, spent: Sequence[tuple[float, int]], now: float) -> int:
        """How many calls a look at this moment may make."""
        return self.calls - sum(calls for at, calls in spent if now - at < self.window)

    def next_look(self, quiet: int, *, watched: bool, rooms: int) -> float:
        """Seconds until somebody looks though nothing is heard.

        Args:
            rooms: how many meetings are looked at: all of them together must leave the API to those who wait.
        """
        longest = max(self.longest if watched else self.unwatched, 0.4 * rooms)
        return min(longest, self.soon * 1.5 ** min(quiet, 20))


class Live:
    """Looks after all meetings that somebody is interested in, together with the other processes."""

    def __init__(
        self,
        *,
        reporter: Reporter,
        rooms: Rooms,
        cards: Cards,
        deliveries: Deliveries,
        work: Work,
        clock: Callable[[], datetime],
        pace: Pace,
        metrics: Metrics,
    ) -> None:
        self._reporter, self._rooms, self._cards, self._deliveries = reporter, rooms, cards, deliveries
        self._work, self._clock, self._pace, self._metrics = work, clock, pace, metrics
        self._woken = asyncio.Event()
        self._places = asyncio.Semaphore(LOOKS_AT_ONCE)

    async def take(self, raw: bytes, uuid: str | None) -> None:
        """Take a signed delivery: it is written down when this returns.

        Raises:
            Malformed: it is no JSON.
            StoreError: it could not be written down, so it must be delivered again.
        """
        event = webhooks.event_in(raw)
        if event is None:
            self._metrics.deliveries.labels("of no use").inc()
            return
        new = await self._deliveries.take(
            raw,
            uuid,
            event.name,
            event.meeting_id,
            custom_id=event.custom_id,
            joins=event.name == webhooks.JOINED,
            starts_or_ends=event.name in (webhooks.STARTED, webhooks.ENDED),
        )
        self._metrics.deliveries.labels("repeated" if new is None else "new" if new else "known").inc()
        if new:
            self._woken.set()

    async def changed(self, meeting_id: str) -> None:
        """Something was done in a meeting: its cards are to show it soon, if it has any."""
        await self._rooms.touch_known(meeting_id)
        self._woken.set()

    async def look_soon(self, meeting_id: str) -> None:
        """Somebody has begun to be interested in a meeting. Raises `StoreError`."""
        await self._rooms.touch(meeting_id)
        self._woken.set()

    async def follow(self, meeting_id: str) -> Mapping[str, str] | None:
        """Look at a meeting at once, which somebody has just begun to be interested in.

        Returns:
            Slack's code, by channel, where a card could not be posted; None where it was not looked yet.

        Raises:
            RealtimeKitError, StoreError: as the look itself.
        """
        room = await self._seize(meeting_id)
        if room is None:
            await self.look_soon(meeting_id)
            return None
        try:
            return (await self._look(room, CALLS_LEAST)).refused
        except TimeoutError:
            return None

    async def _seize(self, meeting_id: str) -> Room | None:
        """The meeting, as soon as nobody else looks at it; None where that takes too long for somebody who waits."""
        for _ in range(PATIENCE_TRIES):
            if room := await self._rooms.seize(self._pace.lease, meeting_id):
                return room
            await self._work.pause(PATIENCE_PAUSE)
        return None

    async def run(self) -> None:
        """Look after the queue until the process stops."""
        loop = asyncio.get_running_loop()
        tidied = -float(HOUSEKEEPING)
        while not self._work.stopping:
            self._woken.clear()
            try:
                if loop.time() - tidied > HOUSEKEEPING:
                    tidied = loop.time()
                    await self._deliveries.forget_old()
                    await self._cards.forget_before(self._clock() - CARDS_KEPT)
                await self._look_at_what_is_due()
            except StoreError as error:
                log.warning("the live cards cannot be looked after", error=str(error))
            await self._work.pause_or(self._woken, self._pace.tick)

    async def _look_at_what_is_due(self) -> None:
        while not self._work.stopping:
            await self._places.acquire()
            try:
                room = await self._rooms.claim(self._pace.lease)
            except BaseException:
                self._places.release()
                raise
            if room is None:
                self._places.release()
                return
            self._work.start(self._look_and_leave(room))

    async def _look_and_leave(self, room: Room) -> None:
        try:
            with contextlib.suppress(TimeoutError, RealtimeKitError, StoreError):
                await self._look(room)
        finally:
            self._places.release()

    async def _look(self, room: Room, least: int = 0) -> Report:
        """Look, and say when to look again.

        Args:
            least: calls that are allowed in any case.
        """
        pace = self._pace
        allowed = max(least, pace.allowed(room.spent, room.now))
        if allowed < CALLS_LEAST:
            await self._leave(room, Report(wanted=True, watched=True, partial=True), failed=False)
            return Report()
        report = Report(watched=True)
        try:
            async with asyncio.timeout(pace.look):
                await self._reporter.look(room.meeting_id, allowed, report)
        except Exception as error:  # whatever it is: the meeting must be looked at again, and not by chance
            log.warning("a meeting could not be looked at", meeting=room.meeting_id, error=type(error).__name__)
            if isinstance(error, RateLimited):
                report.retry_after = min(LONGEST_WAIT, error.retry_after or 0.0)
            self._metrics.looks.labels(type(error).__name__).inc()
            await self._leave(room, report, failed=True)
            raise
        self._metrics.looks.labels("changed" if report.changed else "same").inc()
        # A room that is too large for one look is not looked at more often for that.
        report.partial = report.partial and allowed < pace.calls
        await self._leave(room, report, failed=False)
        return report

    async def _leave(self, room: Room, report: Report, *, failed: bool) -> None:
        pace = self._pace
        if not (report.wanted or report.again or failed):
            await self._rooms.drop(room)
            return
        spent = [(at, calls) for at, calls in room.spent if room.now - at < pace.window]
        if report.calls:
            spent.append((room.now, report.calls))
        quiet = 0 if report.changed else room.quiet + 1
        again = report.again or (failed and room.quiet < TRIES)
        pause = max(pace.gap, report.retry_after)
        if again and not report.retry_after:
            # What failed is tried again soon, and then ever later.
            pause = max(pause, min(pace.longest, pace.gap * 2**room.quiet))
        if pace.allowed(spent, room.now + pause) < CALLS_LEAST:
            pause = max(pause, pace.window)
        due = pace.next_look(quiet, watched=report.watched, rooms=await self._rooms.number())
        if report.partial:
            due = pace.window
        await self._rooms.release(room, pause=pause, due=max(due, pause), quiet=quiet, spent=spent, again=again)
