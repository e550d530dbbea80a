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
        if number:
            put = self.database.insert(calls).values(slot=slot, number=number)
            put = put.on_conflict_do_update(index_elements=["slot"], set_={"number": calls.c.number + number})
            await self.database.run(put, delete(calls).where(calls.c.slot < slot - SLOTS))
        total = func.coalesce(func.sum(calls.c.number), 0)
        ((count,),) = await self.database.rows(select(total).where(calls.c.slot > slot - SLOTS))
        return int(count)
