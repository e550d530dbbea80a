"""What Usher remembers: one module per table family. Knows no Slack."""

import os
from uuid import uuid4

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


class Store:
    """The table families of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.links, self.hosts, self.journal = Links(database), Hosts(database), Journal(database)
        self.cards, self.bans, self.webhook_events = Cards(database), Bans(database), WebhookEvents(database)
        owner = f"{os.getpid()}-{uuid4().hex}"[:32]
        self.leases, self.places = Leases(database, owner), Places(database, owner)
        self.calls, self.aftermaths, self.sheets = Calls(database), Aftermaths(database), Sheets(database)
