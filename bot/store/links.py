"""Which meeting a channel is linked to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update

from bot.store.engine import Database
from bot.store.leases import mark
from bot.store.records import Link, Notices
from bot.store.tables import links

_OF = select(links).where(links.c.channel_id == bindparam("of_channel"))


@dataclass(eq=False)
class Links:
    """The channels' links. Every method raises `Unreachable`."""

    database: Database

    async def of(self, channel_id: str) -> Link | None:
        """The channel's link."""
        found = await self.database.rows(_OF, of_channel=channel_id)
        return _link(found[0]) if found else None

    async def newest(self, limit: int) -> list[Link]:
        """The links that were made last, at most `limit`."""
        query = select(links).order_by(links.c.at.desc(), links.c.channel_id).limit(limit)
        return [_link(row) for row in await self.database.rows(query)]

    async def count_meetings(self) -> int:
        """How many meetings have linked channels."""
        ((count,),) = await self.database.rows(select(func.count(links.c.meeting_id.distinct())))
        return int(count)

    async def channels(self, meeting_id: str) -> list[str]:
        """The channels that are linked to a meeting."""
        query = select(links.c.channel_id).where(links.c.meeting_id == meeting_id)
        return [row.channel_id for row in await self.database.rows(query)]

    async def noticed(self, meeting_id: str) -> list[Link]:
        """The links of channels that are told about this meeting's sessions."""
        told = (links.c.meeting_id == meeting_id) & links.c.notices.is_not(None)
        return [_link(row) for row in await self.database.rows(select(links).where(told))]

    async def guarded(self, meeting_id: str) -> list[Link]:
        """The links of channels that are told if people are in without a host."""
        told = (links.c.meeting_id == meeting_id) & links.c.no_host.is_not(None)
        return [_link(row) for row in await self.database.rows(select(links).where(told))]

    async def set_notices(
        self, channel_id: str, meeting_id: str, notices: Notices, no_host: int | None, at: datetime
    ) -> bool:
        """Choose what a channel is told about its meeting's sessions; False if it is not linked to that meeting.

        The meeting is to be looked at soon. `no_host`: told after so many minutes without a host.
        """
        values = {"notices": None if notices is Notices.OFF else notices, "no_host": no_host, "notices_at": at}
        where = (links.c.channel_id == channel_id) & (links.c.meeting_id == meeting_id)
        change = update(links).where(where).values(**values).returning(links.c.meeting_id)
        async with self.database.writing() as connection:
            linked = (await connection.execute(change)).one_or_none()
            if linked:
                await mark(self.database, connection, linked.meeting_id)
        return linked is not None

    async def put(
        self,
        channel_id: str,
        meeting_id: str,
        title: str | None,
        by: str,
        at: datetime,
        *,
        replacing: str | None = None,
    ) -> bool:
        """Link a channel, in place of what it was linked to; the meeting is to be looked at soon.

        Args:
            replacing: only if the channel is linked to this meeting, or to none if it's empty.

        Returns:
            False if it's linked to another one.
        """
        values = {"channel_id": channel_id, "meeting_id": meeting_id, "title": title, "by": by, "at": at}
        put, expected = self.database.insert(links).values(**values), None
        if replacing is not None:
            expected = links.c.meeting_id.in_((replacing, meeting_id))
        put = put.on_conflict_do_update(index_elements=["channel_id"], set_=values, where=expected)
        async with self.database.writing() as connection:
            done = bool((await connection.execute(put)).rowcount)
            if done:
                await mark(self.database, connection, meeting_id)
        return done

    async def remove(self, channel_id: str) -> bool:
        """Unlink a channel; False if it was not linked."""
        return bool(await self.database.run(delete(links).where(links.c.channel_id == channel_id)))


def _link(row: Row[Any]) -> Link:
    return Link(**row._asdict() | {"notices": row.notices or Notices.OFF})
