"""Calls to RealtimeKit that all processes made within five minutes: they share one account's limit."""

from dataclasses import dataclass

from sqlalchemy import Integer, cast, delete, func, select

from bot.store.engine import Database
from bot.store.tables import calls, seconds_now

SLOT_SECONDS = 10
SLOTS = 30


@dataclass(frozen=True, slots=True)
class Calls:
    """The count. Every method raises `Unreachable`."""

    database: Database

    async def add(self, number: int) -> int:
        """Add to the count; the total within five minutes."""
        slot = cast(seconds_now() / SLOT_SECONDS, Integer)
        total = select(func.coalesce(func.sum(calls.c.number), 0)).where(calls.c.slot > slot - SLOTS)
        if not number:
            ((count,),) = await self.database.rows(total)
            return int(count)
        put = self.database.insert(calls).values(slot=slot, number=number)
        put = put.on_conflict_do_update(index_elements=["slot"], set_={"number": calls.c.number + number})
        async with self.database.writing() as connection:  # all or nothing: otherwise they would be added again
            await connection.execute(put)
            await connection.execute(delete(calls).where(calls.c.slot < slot - SLOTS))
            return int((await connection.execute(total)).scalar_one())
