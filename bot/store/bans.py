"""Who must not come back into a meeting; stored as a digest of their custom id, which may be an e-mail address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.store.engine import Database
from bot.store.records import Ban, digest
from bot.store.tables import bans


@dataclass(eq=False)
class Bans:
    """The people who are banned. Every method raises `Unreachable`."""

    database: Database

    async def add(
        self, meeting_id: str, custom_ids: Iterable[str], channel_id: str | None, by: str, at: datetime
    ) -> None:
        """Ban people from now on."""
        ban = {"meeting_id": meeting_id, "channel_id": channel_id, "by": by, "at": at}
        if rows := [ban | {"person": digest(custom_id)} for custom_id in set(custom_ids)]:
            put = self.database.insert(bans).values(rows)
            news = {name: put.excluded[name] for name in ("channel_id", "by", "at")}
            await self.database.run(put.on_conflict_do_update(index_elements=["meeting_id", "person"], set_=news))

    async def remove(self, meeting_id: str, people: Iterable[str]) -> int:
        """Lift the bans of these people, by the digests of their custom ids; how many there were."""
        where = (bans.c.meeting_id == meeting_id) & bans.c.person.in_(list(people))
        return await self.database.run(delete(bans).where(where))

    async def of(self, meeting_id: str) -> dict[str, Ban]:
        """Who is banned from a meeting, by the digest of their custom id."""
        rows = await self.database.rows(select(bans).where(bans.c.meeting_id == meeting_id))
        return {row.person: Ban(row.person, row.channel_id, row.by, row.at, row.told) for row in rows}

    async def claim_report(self, meeting_id: str, person: str, which: str) -> bool:
        """Claim that this return is reported; False if any process has reported it."""
        where = (bans.c.meeting_id == meeting_id) & (bans.c.person == person)
        where &= bans.c.told.is_(None) | (bans.c.told != which)
        return bool(await self.database.run(update(bans).where(where).values(told=which)))

    async def release_report(self, meeting_id: str, person: str) -> None:
        """Give that up: nobody could be told, so the next look tries again."""
        where = (bans.c.meeting_id == meeting_id) & (bans.c.person == person)
        await self.database.run(update(bans).where(where).values(told=None))
