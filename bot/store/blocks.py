"""Who must not come back into a meeting; kept as a digest of their custom id, which may be an address."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.store.engine import Database
from bot.store.records import Block, digest_of
from bot.store.tables import blocks


class Blocks:
    """The people who are kept out. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, meeting_id: str, custom_ids: Iterable[str], channel_id: str | None, by: str, at: datetime
    ) -> None:
        """Keep people out from now on."""
        place = {"meeting_id": meeting_id, "channel_id": channel_id, "by": by, "at": at}
        rows = [place | {"person": digest_of(custom_id)} for custom_id in set(custom_ids)]
        if rows:
            async with self._database.writing() as connection:
                put = self._database.insert(blocks)
                news = {name: put.excluded[name] for name in ("channel_id", "by", "at")}
                await connection.execute(
                    put.on_conflict_do_update(index_elements=["meeting_id", "person"], set_=news), rows
                )

    async def remove(self, meeting_id: str, custom_id: str) -> bool:
        """Keep somebody out no more; False where they were not kept out."""
        where = (blocks.c.meeting_id == meeting_id) & (blocks.c.person == digest_of(custom_id))
        async with self._database.writing() as connection:
            return bool((await connection.execute(delete(blocks).where(where))).rowcount)

    async def of(self, meeting_id: str) -> dict[str, Block]:
        """Who is kept out of a meeting, by the digest of their custom id."""
        query = select(blocks).where(blocks.c.meeting_id == meeting_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row.person: Block(row.person, row.channel_id, row.by, row.at, row.told) for row in rows}

    async def tell(self, meeting_id: str, person: str, which: str) -> bool:
        """Claim that the hosts are told of this return; False where they were already, by whatever process."""
        where = (blocks.c.meeting_id == meeting_id) & (blocks.c.person == person)
        untold = blocks.c.told.is_(None) | (blocks.c.told != which)
        async with self._database.writing() as connection:
            return bool((await connection.execute(update(blocks).where(where & untold).values(told=which))).rowcount)
