"""Which meetings are to be updated, when, and by which process: a queue with leases."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from bot.store.records import Lease, Release
from bot.store.tables import leases, seconds_now, watches

GRACE = 5.0
"""Seconds until a meeting is updated in any case that a process was about to update at once, and may have died."""

_DUE = (leases.c.lease < seconds_now()) & or_(
    and_(leases.c.dirty, leases.c.not_before <= seconds_now()), leases.c.due <= seconds_now()
)
_FIND_DUE = select(leases.c.meeting_id).where(_DUE).order_by(leases.c.due).limit(1)
_MARK_KNOWN = (
    update(leases)
    .where(leases.c.meeting_id == bindparam("known_meeting"), leases.c.dirty.is_(False))
    .values(dirty=True, quiet=0)
)


async def expect(database: Database, connection: AsyncConnection, meeting_id: str) -> None:
    """Note, within a transaction, that a meeting must be updated from now on: this process does so at once."""
    fresh = _fresh() | {"due": seconds_now() + GRACE}
    put = database.insert(leases).values(meeting_id=meeting_id, dirty=False, **fresh)
    await connection.execute(put.on_conflict_do_nothing())


def _fresh() -> dict[str, Any]:
    return {"due": seconds_now(), "not_before": 0.0, "lease": 0.0, "quiet": 0, "spent": []}


async def mark(database: Database, connection: AsyncConnection, meeting_id: str) -> bool:
    """Note, within a transaction, that a meeting is to be updated soon; False if that is noted already."""
    fresh = _fresh()
    put = database.insert(leases).values(meeting_id=meeting_id, dirty=True, **fresh)
    put = put.on_conflict_do_update(
        index_elements=["meeting_id"], set_={"dirty": True, "quiet": 0}, where=leases.c.dirty.is_(False)
    )
    return bool((await connection.execute(put)).rowcount)


@dataclass(eq=False)
class Leases:
    """The queue. Every method raises `Unreachable`. `owner`: names this process."""

    database: Database
    owner: str

    async def mark_dirty(self, meeting_id: str) -> None:
        """Have a meeting updated soon."""
        async with self.database.writing(begin=False) as connection:
            await mark(self.database, connection, meeting_id)

    async def mark_dirty_if_known(self, meeting_id: str) -> bool:
        """Have a meeting updated soon, if it is updated now and then; False if not, or if that is noted already."""
        return bool(await self.database.run(_MARK_KNOWN, known_meeting=meeting_id))

    async def claim(self, seconds: float) -> Lease | None:
        """Take one meeting for this process, for so many seconds; None if none is due."""
        found = await self.database.rows(_FIND_DUE)
        if not found:
            return None
        take = update(leases).where(_DUE & (leases.c.meeting_id == found[0].meeting_id))
        async with self.database.writing(begin=False) as connection:
            row = (await connection.execute(take.values(**self._mine(seconds)).returning(*_RETURNED))).one_or_none()
        return _lease(row) if row else None

    async def acquire(self, seconds: float, meeting_id: str) -> Lease | None:
        """Take this meeting for this process, whether it is due or not; None if another process has it."""
        put = self.database.insert(leases).values(meeting_id=meeting_id, **_fresh() | self._mine(seconds))
        free = leases.c.lease < seconds_now()
        put = put.on_conflict_do_update(index_elements=["meeting_id"], set_=self._mine(seconds), where=free)
        async with self.database.writing(begin=False) as connection:
            row = (await connection.execute(put.returning(*_RETURNED))).one_or_none()
        return _lease(row) if row else None

    def _mine(self, seconds: float) -> dict[str, Any]:
        # Due at once: if this process dies, what it took the meeting for must not wait longer than the lease.
        return {"dirty": False, "owner": self.owner, "lease": seconds_now() + seconds, "due": seconds_now()}

    async def release(self, lease: Lease, release: Release) -> None:
        """Give a meeting back."""
        values = {
            "lease": 0.0,
            "not_before": seconds_now() + release.pause,
            "due": seconds_now() + release.due,
            "quiet": release.quiet,
            "spent": list(release.spent),
        }
        values |= {"dirty": True} if release.retry else {}  # otherwise it stays as an event may have set it meanwhile
        mine = (leases.c.meeting_id == lease.meeting_id) & (leases.c.owner == self.owner)
        await self.database.run(update(leases).where(mine).values(**values))

    async def drop(self, lease: Lease) -> None:
        """Stop updating a meeting that nobody is interested in, unless something happened meanwhile."""
        mine = (leases.c.meeting_id == lease.meeting_id) & (leases.c.owner == self.owner)
        watched = exists().where(watches.c.meeting_id == lease.meeting_id)
        await self.database.run(
            delete(leases).where(mine & leases.c.dirty.is_(False) & ~watched),
            update(leases).where(mine).values(lease=0.0),
        )

    async def count(self) -> int:
        """How many meetings are updated."""
        ((number,),) = await self.database.rows(select(func.count()).select_from(leases))
        return int(number)


_RETURNED = (leases.c.meeting_id, leases.c.quiet, leases.c.spent, seconds_now().label("now"))


def _lease(row: Row[Any]) -> Lease:
    return Lease(row.meeting_id, float(row.now), row.quiet, [(float(at), int(calls)) for at, calls in row.spent])
