"""What the bot registers with Bolt, for tests that go through all of it."""

import asyncio
from contextlib import AsyncExitStack

from bot.app import Usher, utc_now
from bot.live.timing import Intervals
from bot.settings import load
from bot.slack.listeners import Listeners
from bot.slack.request import Kind
from bot.store.engine import Database
from bot.store.store import Store
from sandbox.stage import environment


async def _listeners() -> Listeners:
    settings = load(**environment("http://localhost", "http://localhost"))
    async with AsyncExitStack() as stack:
        return Usher(settings, Store(Database(settings.database_url)), stack, Intervals(), utc_now).listeners


LISTENERS = asyncio.run(_listeners())


def names(kind: Kind) -> set[str]:
    """The action ids, callback ids and so on of one kind of listeners."""
    return {name for of_kind, name in LISTENERS.names if of_kind is kind}
