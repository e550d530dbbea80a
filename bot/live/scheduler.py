"""When to update which meeting: webhook events in, updates out, by one process at a time.

An event only marks a meeting; the update reads the API (`updater.py`), at most once every few seconds however many
events come. Without events a watched meeting is read now and then, less often while nothing changes.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.background import Background
from bot.live.result import MAX_RETRY_AFTER, UpdateResult
from bot.live.timing import MIN_CALLS, WHOLE_UPDATE, Intervals
from bot.live.updater import Updater
from bot.metrics import Metrics
from bot.realtimekit import webhooks
from bot.realtimekit.errors import RateLimited, RealtimeKitError
from bot.realtimekit.limits import OVER_BUDGET_RETRY_AFTER
from bot.store.errors import StoreError
from bot.store.records import Lease
from bot.store.store import Store

log = structlog.get_logger(__name__)

MAX_CONCURRENT_UPDATES = 5
ACQUIRE_TRIES, ACQUIRE_PAUSE = 50, 0.1
"""How often, and after which pause (s), someone who watches a meeting tries to take it over from another process."""


@dataclass(eq=False)
class Scheduler:
    """Keeps all messages about meetings up to date, together with the other processes."""

    updater: Updater
    store: Store
    background: Background
    clock: Callable[[], datetime]
    intervals: Intervals
    metrics: Metrics
    _woken: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_UPDATES), init=False)

    async def receive(self, raw: bytes, uuid: str | None) -> None:
        """Accept a verified delivery: it is stored when this returns. Raises `MalformedPayload`, `StoreError`."""
        event = webhooks.event_in(raw)
        if event is None:
            self.metrics.webhook_events.labels("ignored").inc()
            return
        if event.name in webhooks.LEFT_BEHIND:
            await self.store.aftermaths.wake(event.meeting_id, notes=event.name != webhooks.RECORDING)
        new = await self.store.webhook_events.take(
            raw,
            uuid,
            event.name,
            event.meeting_id,
            custom_id=event.custom_id,
            joins=event.name == webhooks.JOINED,
            starts_or_ends=event.name in (webhooks.STARTED, webhooks.ENDED),
        )
        self.metrics.webhook_events.labels("repeated" if new is None else "new" if new else "known").inc()
        if new:
            self._woken.set()

    async def changed(self, meeting_id: str) -> None:
        """Something was done in a meeting: its cards, if any, are to show it soon. Raises `StoreError`."""
        if await self.store.leases.mark_dirty_if_known(meeting_id):
            self._woken.set()

    async def refresh_soon(self, meeting_id: str) -> None:
        """Someone has begun to be interested in a meeting. Raises `StoreError`."""
        await self.store.leases.mark_dirty(meeting_id)
        self._woken.set()

    async def update_now(self, meeting_id: str) -> Mapping[str, str] | None:
        """Update a meeting at once.

        Returns:
            Slack's code, by channel, where a card could not be posted; None if the update comes later.

        Raises:
            RealtimeKitError, StoreError: as the update itself.
        """
        lease = await self._acquire(meeting_id)
        if lease is None:
            await self.refresh_soon(meeting_id)
            return None
        try:
            return (await self._update(lease, MIN_CALLS)).refused
        except TimeoutError:
            return None

    async def _acquire(self, meeting_id: str) -> Lease | None:
        """The meeting, as soon as no other process updates it; None if that takes too long for someone who waits."""
        for _ in range(ACQUIRE_TRIES):
            if lease := await self.store.leases.acquire(self.intervals.lease, meeting_id):
                return lease
            await self.background.pause(ACQUIRE_PAUSE)
        return None

    async def run(self) -> None:
        """Work through the queue until the process stops."""
        while not self.background.stopping:
            self._woken.clear()
            try:
                await self._update_due()
            except StoreError as error:
                log.warning("live cards not updated", error=str(error))
            await self.background.pause_or(self._woken, self.intervals.tick)

    async def _update_due(self) -> None:
        while not self.background.stopping:
            await self._slots.acquire()
            try:
                lease = await self.store.leases.claim(self.intervals.lease)
            except BaseException:
                self._slots.release()
                raise
            if lease is None:
                self._slots.release()
                return
            self.background.start(self._update_in_slot(lease))

    async def _update_in_slot(self, lease: Lease) -> None:
        try:
            with contextlib.suppress(TimeoutError, RealtimeKitError, StoreError):
                await self._update(lease)
        finally:
            self._slots.release()

    async def _update(self, lease: Lease, min_calls: int = 0) -> UpdateResult:
        """Update a meeting, and say when it is due again. `min_calls`: allowed in any case."""
        intervals = self.intervals
        allowed = max(min_calls, intervals.allowed(lease.spent, lease.now))
        if allowed < MIN_CALLS:
            await self._release(lease, UpdateResult(watched=True, partial=True), failed=False)
            return UpdateResult()
        if not min_calls and self.updater.realtimekit.available < WHOLE_UPDATE:
            # Half an update would spend calls and show nothing.
            wait = UpdateResult(watched=True, retry=True, retry_after=OVER_BUDGET_RETRY_AFTER)
            self.metrics.updates.labels("deferred").inc()
            await self._release(lease, wait, failed=False)
            return wait
        result = UpdateResult(watched=True)
        try:
            async with asyncio.timeout(intervals.update):
                await self.updater.update(lease.meeting_id, allowed, result)
        except Exception as error:  # whatever it is: the meeting must be updated again, and not by chance
            log.warning("meeting not updated", meeting=lease.meeting_id, error=type(error).__name__)
            if isinstance(error, RateLimited):
                result.retry_after = min(MAX_RETRY_AFTER, error.retry_after or 0.0)
            self.metrics.updates.labels(type(error).__name__).inc()
            await self._release(lease, result, failed=True)
            raise
        self.metrics.updates.labels("changed" if result.changed else "same").inc()
        # A meeting that is too large for one update is not updated more often for that.
        result.partial = result.partial and allowed < intervals.calls
        await self._release(lease, result, failed=False)
        return result

    async def _release(self, lease: Lease, result: UpdateResult, *, failed: bool) -> None:
        meetings = await self.store.leases.count()
        release = self.intervals.release(lease, result, failed=failed, meetings=meetings)
        await (self.store.leases.release(lease, release) if release else self.store.leases.drop(lease))
