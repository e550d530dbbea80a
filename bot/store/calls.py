"""How many calls to RealtimeKit all processes made within five minutes: they share one account's limit."""

from sqlalchemy import Integer, cast, delete, func, select

from bot.store.engine import Database
from bot.store.tables import calls, seconds_now

SLOT_SECONDS = 10
SLOTS = 30


class Calls:
    """The count. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, number: int) -> int:
        """Add to the count; how many there are within five minutes."""
        slot = cast(seconds_now() / SLOT_SECONDS, Integer)
        if number:
            put = self._database.insert(calls).values(slot=slot, number=number)
            put = put.on_conflict_do_update(index_elements=["slot"], set_={"number": calls.c.number + number})
            async with self._database.writing() as connection:
                await connection.execute(put)
                await connection.execute(delete(calls).where(calls.c.slot < slot - SLOTS))
        query = select(func.coalesce(func.sum(calls.c.number), 0)).where(calls.c.slot > slot - SLOTS)
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())
