"""Which meeting a channel means."""

from datetime import datetime

from sqlalchemy import delete, select

from bot.store.engine import Database
from bot.store.records import Link
from bot.store.tables import links


class Links:
    """The channels' links. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, channel_id: str) -> Link | None:
        """The channel's link."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(links).where(links.c.channel_id == channel_id))).one_or_none()
        return Link(row.channel_id, row.meeting_id, row.title, row.by, row.at) if row else None

    async def newest(self, most: int) -> list[Link]:
        """The links that were made last, at most so many."""
        query = select(links).order_by(links.c.at.desc(), links.c.channel_id).limit(most)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [Link(row.channel_id, row.meeting_id, row.title, row.by, row.at) for row in rows]

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
