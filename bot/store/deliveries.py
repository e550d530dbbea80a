"""What RealtimeKit delivered: each event once, whatever is delivered again, to whichever process."""

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from bot.store.records import digest_of
from bot.store.rooms import mark
from bot.store.tables import blocks, deliveries, links, seconds_now, watches

KEPT_DAYS = 7
BATCH = 2000
"""Rows that are deleted at once: no transaction takes long."""
SIGN_SECONDS = 30
_SIGN = "sign"


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
        """Where somebody is interested in such an event, write it down, and have its meeting looked at.

        Args:
            raw: the whole body, by which a delivery is recognised that comes again under another uuid.
            custom_id: of whom the event tells.

        Returns:
            Whether there is something new to look at; None where the event came before.
        """
        digest = digest_of(raw)
        key = digest_of(uuid) if uuid else digest
        interests = [watches.c.meeting_id == meeting_id]
        if starts_or_ends:
            interests.append((links.c.meeting_id == meeting_id) & links.c.notices.is_not(None))
        if joins and custom_id:
            interests.append((blocks.c.meeting_id == meeting_id) & (blocks.c.person == digest_of(custom_id)))
        async with self._database.writing() as connection:
            await self._note_a_sign(connection)
            if not any([await _is_there(connection, interest) for interest in interests]):
                return False
            put = self._database.insert(deliveries).values(uuid=key, digest=digest, event=event, at=seconds_now())
            if not (await connection.execute(put.on_conflict_do_nothing())).rowcount:
                return None
            return await mark(self._database, connection, meeting_id)

    async def _note_a_sign(self, connection: AsyncConnection) -> None:
        """Note now and then that RealtimeKit tells us anything at all, in one row for all events."""
        put = self._database.insert(deliveries).values(uuid=_SIGN, digest=_SIGN, event=_SIGN, at=seconds_now())
        late = deliveries.c.at < seconds_now() - SIGN_SECONDS
        put = put.on_conflict_do_update(index_elements=["uuid"], set_={"at": seconds_now()}, where=late)
        await connection.execute(put)

    async def newest(self) -> float | None:
        """How many seconds ago the last event came; None where none ever did."""
        query = select(seconds_now() - deliveries.c.at).order_by(deliveries.c.at.desc()).limit(1)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def forget_old(self) -> None:
        """Forget what came so long ago that it is not delivered again."""
        old = select(deliveries.c.uuid).where(deliveries.c.at < seconds_now() - KEPT_DAYS * 86_400)
        old = old.where(deliveries.c.uuid != _SIGN).limit(BATCH)
        gone = BATCH
        while gone == BATCH:
            async with self._database.writing() as connection:
                gone = (await connection.execute(delete(deliveries).where(deliveries.c.uuid.in_(old)))).rowcount


async def _is_there(connection: AsyncConnection, condition: ColumnElement[bool]) -> bool:
    return bool((await connection.execute(select(exists().where(condition)))).scalar())
