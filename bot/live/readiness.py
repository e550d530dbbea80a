"""Whether what Usher needs answers: for `/readyz`, and for managers on the Home tab."""

import asyncio
from collections.abc import Callable

import structlog
from async_lru import alru_cache

from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import RateLimited, RealtimeKitError
from bot.slack.directory import Directory
from bot.store.store import Store
from bot.views.home import Health

log = structlog.get_logger(__name__)

READY_TTL = 3.0


class Readiness:
    """Which of the things that Usher needs answer; remembered for a few seconds, since anyone may ask."""

    def __init__(self, directory: Directory, realtimekit: RealtimeKit, store: Store) -> None:
        self._directory, self._realtimekit, self._store = directory, realtimekit, store
        self.socket: Callable[[], bool] | None = None
        self.parts = alru_cache(ttl=READY_TTL)(self._parts)

    async def _parts(self) -> dict[str, bool]:
        """By name: `slack`, `realtimekit`, `database`; with Socket Mode also `socket`."""
        answers = await asyncio.gather(
            self._directory.ready(), self._realtimekit_answers(), self._store.database.answers()
        )
        parts = dict(zip(("slack", "realtimekit", "database"), answers, strict=True))
        return parts | ({"socket": self.socket()} if self.socket else {})

    async def _realtimekit_answers(self) -> bool:
        try:
            await self._realtimekit.meetings(per_page=1)
        except RateLimited:
            return True  # it answers, or we hold back by ourselves
        except RealtimeKitError as error:
            log.warning("realtimekit not ready", error=type(error).__name__, status=error.facts.status)
            return False
        return True

    async def health(self) -> Health:
        """The same, and when RealtimeKit last delivered a webhook event. Raises `StoreError`."""
        return Health(await self.parts(), await self._store.webhook_events.newest())
