"""What sessions leave behind, for the channels that watched them: what is awaited, until when, and what was posted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from bot.store.engine import Database
from bot.store.records import Aftermath, Card
from bot.store.tables import aftermaths, leftovers, seconds_now

NEVER = 1e12
"""Due only if something is heard."""
_FIND_DUE = select(aftermaths).where(aftermaths.c.due <= seconds_now()).order_by(aftermaths.c.due).limit(5)


@dataclass(eq=False)
class Aftermaths:
    """What is awaited. Every method raises `Unreachable`."""

    database: Database

    async def begin(self, card: Card, ended_at: datetime, *, notes: bool, after: float) -> None:
        """Look for what the session of a card leaves behind, for the first time after so many seconds."""
        values = {
            "channel_id": card.channel_id,
            "session_id": card.session_id,
            "meeting_id": card.meeting_id,
            "title": card.title,
            "ts": card.ts,
            "ended_at": ended_at,
            "notes": notes,
            "due": seconds_now() + after,
        }
        await self.database.run(self.database.insert(aftermaths).values(**values).on_conflict_do_nothing())

    async def wake(self, meeting_id: str, *, notes: bool) -> int:
        """Look again at once: something is there. `notes`: it is a transcript or a summary."""
        values: dict[str, Any] = {"due": 0.0} | ({"notes": True} if notes else {})
        return await self.database.run(update(aftermaths).where(aftermaths.c.meeting_id == meeting_id).values(**values))

    async def claim(self, ttl: float) -> Aftermath | None:
        """One that is due; no other process looks for it within `ttl` seconds."""
        for row in await self.database.rows(_FIND_DUE):
            key = _key(row) & (aftermaths.c.due == row.due)
            async with self.database.writing(begin=False) as connection:
                mine = update(aftermaths).where(key).values(due=seconds_now() + ttl).returning(aftermaths.c.due)
                claimed = (await connection.execute(mine)).scalar()
            if claimed is not None:
                return Aftermath(**row._asdict() | {"due": claimed})
        return None

    async def looked(self, one: Aftermath, after: float | None) -> None:
        """It was looked for: again after so many seconds, or never. What was heard meanwhile comes first."""
        due = NEVER if after is None else seconds_now() + after
        where = _key(one) & (aftermaths.c.due == one.due)
        await self.database.run(update(aftermaths).where(where).values(due=due))

    async def take(self, channel_id: str, session_id: str, item: str, at: datetime) -> bool:
        """Claim that an item is posted; False if it was."""
        values = {"channel_id": channel_id, "session_id": session_id, "item": item, "at": at}
        put = self.database.insert(leftovers).values(**values).on_conflict_do_nothing()
        return bool(await self.database.run(put))

    async def give_back(self, channel_id: str, session_id: str, item: str) -> None:
        """It certainly was not posted."""
        where = (leftovers.c.channel_id == channel_id) & (leftovers.c.session_id == session_id)
        await self.database.run(delete(leftovers).where(where & (leftovers.c.item == item)))

    async def taken(self, one: Aftermath) -> set[str]:
        """The items that were posted."""
        where = (leftovers.c.channel_id == one.channel_id) & (leftovers.c.session_id == one.session_id)
        return {row.item for row in await self.database.rows(select(leftovers.c.item).where(where))}

    async def forget_before(self, at: datetime) -> None:
        """Forget what is older."""
        await self.database.run(
            delete(aftermaths).where(aftermaths.c.ended_at < at), delete(leftovers).where(leftovers.c.at < at)
        )


def _key(one: Any) -> Any:
    return (aftermaths.c.channel_id == one.channel_id) & (aftermaths.c.session_id == one.session_id)
