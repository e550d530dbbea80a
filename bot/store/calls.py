"""Calls to RealtimeKit that all processes made within five minutes: they share one account's limit."""

from sqlalchemy import Integer, bindparam, cast, delete, func, select

from bot.store.engine import Database
from bot.store.tables import calls, seconds_now

SLOT_SECONDS = 10
SLOTS = 30

_SLOT = cast(seconds_now() / SLOT_SECONDS, Integer)
_TOTAL = select(func.coalesce(func.sum(calls.c.number), 0)).where(calls.c.slot > _SLOT - SLOTS)
_FORGET = delete(calls).where(calls.c.slot < _SLOT - SLOTS)


class Calls:
    """The count. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        put = database.insert(calls).values(slot=_SLOT, number=bindparam("made"))
        self._put = put.on_conflict_do_update(
            index_elements=["slot"], set_={"number": calls.c.number + put.excluded.number}
        )

    async def add(self, number: int) -> int:
        """Add to the count; the total within five minutes."""
        if not number:
            ((count,),) = await self._database.rows(_TOTAL)
            return int(count)
        async with self._database.writing() as connection:  # all or nothing: otherwise they would be added again
            await connection.execute(self._put, {"made": number})
            await connection.execute(_FORGET)
            return int((await connection.execute(_TOTAL)).scalar_one())
