"""Which meetings are to be looked at, when, and by which process: a queue with leases."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from bot.store.records import Room
from bot.store.tables import rooms, seconds_now, watches


async def mark(database: Database, connection: AsyncConnection, meeting_id: str) -> bool:
    """Note, within a transaction, that a meeting is to be looked at soon; False where that is noted already."""
    fresh = {"due": seconds_now(), "not_before": 0.0, "lease": 0.0, "quiet": 0, "spent": []}
    put = database.insert(rooms).values(meeting_id=meeting_id, dirty=True, **fresh)
    put = put.on_conflict_do_update(
        index_elements=["meeting_id"], set_={"dirty": True, "quiet": 0}, where=rooms.c.dirty.is_(False)
    )
    return bool((await connection.execute(put)).rowcount)


class Rooms:
    """The queue. Every method raises `Unreachable`.

    Args:
        owner: names this process.
    """

    def __init__(self, database: Database, owner: str) -> None:
        self._database, self._owner = database, owner

    async def touch(self, meeting_id: str) -> None:
        """Have a meeting looked at soon."""
        async with self._database.writing() as connection:
            await mark(self._database, connection, meeting_id)

    async def touch_known(self, meeting_id: str) -> None:
        """Have a meeting looked at soon, if it is looked at now and then."""
        known = (rooms.c.meeting_id == meeting_id) & rooms.c.dirty.is_(False)
        async with self._database.writing() as connection:
            await connection.execute(update(rooms).where(known).values(dirty=True, quiet=0))

    async def claim(self, lease: float) -> Room | None:
        """Take one meeting for this process, for `lease` seconds; None where there is none to be looked at."""
        now = seconds_now()
        due = or_(and_(rooms.c.dirty, rooms.c.not_before <= now), rooms.c.due <= now)
        wanted = (rooms.c.lease < now) & due
        find = select(rooms.c.meeting_id).where(wanted).order_by(rooms.c.due).limit(1)
        async with self._database.reading() as connection:
            found = (await connection.execute(find)).scalar_one_or_none()
        if found is None:
            return None
        take = update(rooms).where(wanted & (rooms.c.meeting_id == found))
        async with self._database.writing() as connection:
            row = (await connection.execute(take.values(**self._mine(lease)).returning(*_TOLD))).one_or_none()
        return _room(row) if row else None

    async def seize(self, lease: float, meeting_id: str) -> Room | None:
        """Take this meeting for this process, whether it is due or not; None where another process has it."""
        fresh = {"due": seconds_now(), "not_before": 0.0, "quiet": 0, "spent": []}
        put = self._database.insert(rooms).values(meeting_id=meeting_id, **fresh, **self._mine(lease))
        free = rooms.c.lease < seconds_now()
        put = put.on_conflict_do_update(index_elements=["meeting_id"], set_=self._mine(lease), where=free)
        async with self._database.writing() as connection:
            row = (await connection.execute(put.returning(*_TOLD))).one_or_none()
        return _room(row) if row else None

    def _mine(self, lease: float) -> dict[str, Any]:
        return {"dirty": False, "owner": self._owner, "lease": seconds_now() + lease}

    async def release(
        self, room: Room, *, pause: float, due: float, quiet: int, spent: Sequence[tuple[float, int]], again: bool
    ) -> None:
        """Give a meeting back.

        Args:
            pause: seconds for which nobody may look, whatever happens.
            due: seconds after which somebody looks, though nothing happens.
            again: it is to be looked at once more, as soon as the pause is over.
        """
        now = seconds_now()
        values = {"lease": 0.0, "not_before": now + pause, "due": now + due, "quiet": quiet, "spent": list(spent)}
        mine = (rooms.c.meeting_id == room.meeting_id) & (rooms.c.owner == self._owner)
        async with self._database.writing() as connection:
            await connection.execute(update(rooms).where(mine).values(**values))
            if again:
                await connection.execute(update(rooms).where(mine).values(dirty=True))

    async def drop(self, room: Room) -> None:
        """Look no more at a meeting that nobody is interested in, unless something happened meanwhile."""
        mine = (rooms.c.meeting_id == room.meeting_id) & (rooms.c.owner == self._owner)
        watched = exists().where(watches.c.meeting_id == room.meeting_id)
        async with self._database.writing() as connection:
            await connection.execute(delete(rooms).where(mine & rooms.c.dirty.is_(False) & ~watched))
            await connection.execute(update(rooms).where(mine).values(lease=0.0))

    async def number(self) -> int:
        """How many meetings are looked at."""
        async with self._database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(rooms))).scalar_one()


_TOLD = (rooms.c.meeting_id, rooms.c.quiet, rooms.c.spent, seconds_now().label("now"))


def _room(row: Row[Any]) -> Room:
    return Room(row.meeting_id, float(row.now), row.quiet, [(float(at), int(calls)) for at, calls in row.spent])
