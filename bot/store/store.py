"""All that Usher remembers."""

import os
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from bot.store.aftermaths import Aftermaths
from bot.store.bans import Bans
from bot.store.calls import Calls
from bot.store.cards import Cards
from bot.store.engine import Database
from bot.store.hosts import Hosts
from bot.store.journal import Journal
from bot.store.leases import Leases
from bot.store.links import Links
from bot.store.places import Places
from bot.store.sheets import Sheets
from bot.store.webhook_events import WebhookEvents

log = structlog.get_logger(__name__)

KEPT = timedelta(days=30)
"""How long what nobody uses any more is kept."""


class Store:
    """The table families of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.links, self.hosts, self.journal = Links(database), Hosts(database), Journal(database)
        self.cards, self.bans, self.webhook_events = Cards(database), Bans(database), WebhookEvents(database)
        owner = f"{os.getpid()}-{uuid4().hex}"[:32]
        self.leases, self.places = Leases(database, owner), Places(database, owner)
        self.calls, self.aftermaths, self.sheets = Calls(database), Aftermaths(database), Sheets(database)

    async def forget_old(self, now: datetime, journal_days: int, default_meeting: str | None) -> None:
        """Forget the names in old entries of the journal, and what nobody uses any more. Raises `StoreError`."""
        await self.webhook_events.forget_old()
        await self.cards.forget_before(now - KEPT)
        await self.aftermaths.forget_before(now - KEPT)
        if count := await self.journal.redact_people(now, journal_days):
            log.info("journal redacted", entries=count)
        if count := await self.places.purge(now - KEPT, default_meeting):
            log.info("places forgotten", places=count)
