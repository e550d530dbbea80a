"""`python -m bot migrate`: the database's schema, for a release phase."""

import asyncio
from argparse import Namespace

from bot.settings import StoreSettings
from bot.store.engine import Database, close_quietly


def run(chosen: Namespace, settings: StoreSettings) -> int:
    """Bring the schema up to date, or back to a revision. Raises `StoreError`."""
    asyncio.run(_migrate(settings, chosen.to))
    return 0


async def _migrate(settings: StoreSettings, to: str | None) -> None:
    database = Database(settings.database_url)
    try:
        await (database.downgrade(to) if to else database.migrate())
    finally:
        await close_quietly(database)
