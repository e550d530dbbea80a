"""What RealtimeKit delivered: each event once, whatever is delivered again, to whichever process."""

import hashlib

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from bot.store.records import Notices
from bot.store.rooms import mark
from bot.store.tables import blocks, deliveries, links, seconds_now, watches

KEPT_DAYS = 7


def digest_of(text: str | bytes) -> str:
    """A key of one length for whatever came from outside."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


class Deliveries:
    """The events. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self,
        raw: bytes,
        uuid: str | None,
        event: str,
        meeting_id: str,
        *,
        custom_id: str | None = None,
        joins: bool = False,
        starts_or_ends: bool = False,
    ) -> bool | None:
        """Write an event down, and have its meeting looked at where somebody is interested in such an event.

        Args:
            raw: the whole body, by which a delivery is recognised that comes again under another uuid.
            custom_id: of whom the event tells.

        Returns:
            Whether there is something new to look at; None where the event came before.
        """
        digest = digest_of(raw)
        key = digest_of(uuid) if uuid else digest
        put = self._database.insert(deliveries).values(uuid=key, digest=digest, event=event, at=seconds_now())
        async with self._database.writing() as connection:
            if not (await connection.execute(put.on_conflict_do_nothing())).rowcount:
                return None
            interests = [watches.c.meeting_id == meeting_id]
            if starts_or_ends:
                interests.append((links.c.meeting_id == meeting_id) & links.c.notices.in_([*Notices]))
            if joins and custom_id:
                interests.append((blocks.c.meeting_id == meeting_id) & (blocks.c.person == digest_of(custom_id)))
            for interest in interests:
                if await _is_there(connection, interest):
                    return await mark(self._database, connection, meeting_id)
        return False

    async def newest(self) -> float | None:
        """How many seconds ago the last event came; None where none ever did."""
        query = select(seconds_now() - deliveries.c.at).order_by(deliveries.c.at.desc()).limit(1)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def forget_old(self) -> None:
        """Forget what came so long ago that it is not delivered again."""
        old = deliveries.c.at < seconds_now() - KEPT_DAYS * 86_400
        async with self._database.writing() as connection:
            await connection.execute(delete(deliveries).where(old))


async def _is_there(connection: AsyncConnection, condition: ColumnElement[bool]) -> bool:
    return bool((await connection.execute(select(exists().where(condition)))).scalar())
