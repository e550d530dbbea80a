"""Which meeting a channel means."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from bot.store.engine import Database
from bot.store.records import Link, Notices
from bot.store.tables import links


class Links:
    """The channels' links. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, channel_id: str) -> Link | None:
        """The channel's link."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(links).where(links.c.channel_id == channel_id))).one_or_none()
        return _link(row) if row else None

    async def newest(self, most: int) -> list[Link]:
        """The links that were made last, at most so many."""
        query = select(links).order_by(links.c.at.desc(), links.c.channel_id).limit(most)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [_link(row) for row in rows]

    async def noticed(self, meeting_id: str) -> list[Link]:
        """The links of channels that are told of this meeting's sessions."""
        told = (links.c.meeting_id == meeting_id) & links.c.notices.is_not(None)
        async with self._database.reading() as connection:
            return [_link(row) for row in (await connection.execute(select(links).where(told))).all()]

    async def set_notices(self, channel_id: str, notices: Notices, at: datetime) -> bool:
        """Choose what a channel is told of its meeting's sessions; False where it is not linked."""
        values = {"notices": None if notices is Notices.OFF else notices.value, "notices_at": at}
        change = update(links).where(links.c.channel_id == channel_id).values(**values)
        async with self._database.writing() as connection:
            return bool((await connection.execute(change)).rowcount)

    async def put(self, channel_id: str, meeting_id: str, title: str | None, by: str, at: datetime) -> None:
        """Link a channel, in place of what it was linked to."""
        values = {"channel_id": channel_id, "meeting_id": meeting_id, "title": title, "by": by, "at": at}
        put = self._database.insert(links).values(**values)
        async with self._database.writing() as connection:
            await connection.execute(put.on_conflict_do_update(index_elements=["channel_id"], set_=values))

    async def remove(self, channel_id: str) -> bool:
        """Unlink a channel; False where it was not linked."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(links).where(links.c.channel_id == channel_id))
        return bool(gone.rowcount)


def _link(row: Row[Any]) -> Link:
    notices = Notices(row.notices or Notices.OFF)
    return Link(row.channel_id, row.meeting_id, row.title, row.by, row.at, notices, row.notices_at)
