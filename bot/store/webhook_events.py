"""Webhook events that RealtimeKit delivered: each once, however often and to whichever process it is delivered."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from bot.store.leases import mark
from bot.store.records import digest
from bot.store.tables import bans, links, seconds_now, watches, webhook_events

KEEP_DAYS = 7
BATCH = 2000
"""Rows deleted in one transaction, so that none takes long."""
HEARTBEAT_INTERVAL = 30
_HEARTBEAT = "sign"


@dataclass(eq=False)
class WebhookEvents:
    """The events. Every method raises `Unreachable`."""

    database: Database

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
        """Store an event that someone is interested in, and have its meeting updated.

        Args:
            raw: the whole body; identifies an event that is delivered again under another uuid.
            custom_id: of the person the event is about.

        Returns:
            Whether this leads to an update; None if the event came before.
        """
        body_digest = digest(raw)
        key = digest(uuid) if uuid else body_digest
        guarded = (links.c.meeting_id == meeting_id) & links.c.no_host.is_not(None)
        interests = [watches.c.meeting_id == meeting_id, guarded]
        if starts_or_ends:
            interests.append((links.c.meeting_id == meeting_id) & links.c.notices.is_not(None))
        if joins and custom_id:
            interests.append((bans.c.meeting_id == meeting_id) & (bans.c.person == digest(custom_id)))
        async with self.database.writing() as connection:
            await self._note_heartbeat(connection)
            if not any([await _exists(connection, interest) for interest in interests]):
                return False
            put = self.database.insert(webhook_events).values(
                uuid=key, digest=body_digest, event=event, at=seconds_now()
            )
            if not (await connection.execute(put.on_conflict_do_nothing())).rowcount:
                return None
            return await mark(self.database, connection, meeting_id)

    async def _note_heartbeat(self, connection: AsyncConnection) -> None:
        """Note now and then that RealtimeKit delivers anything at all, in one row for all events."""
        put = self.database.insert(webhook_events).values(
            uuid=_HEARTBEAT, digest=_HEARTBEAT, event=_HEARTBEAT, at=seconds_now()
        )
        late = webhook_events.c.at < seconds_now() - HEARTBEAT_INTERVAL
        put = put.on_conflict_do_update(index_elements=["uuid"], set_={"at": seconds_now()}, where=late)
        await connection.execute(put)

    async def newest(self) -> float | None:
        """How many seconds ago the last event came; None if none ever did."""
        query = select(seconds_now() - webhook_events.c.at).order_by(webhook_events.c.at.desc()).limit(1)
        found = await self.database.rows(query)
        return found[0][0] if found else None

    async def forget_old(self) -> None:
        """Forget events so old that they are not delivered again."""
        old = select(webhook_events.c.uuid).where(webhook_events.c.at < seconds_now() - KEEP_DAYS * 86_400)
        old = old.where(webhook_events.c.uuid != _HEARTBEAT).limit(BATCH)
        gone = BATCH
        while gone == BATCH:
            gone = await self.database.run(delete(webhook_events).where(webhook_events.c.uuid.in_(old)))


async def _exists(connection: AsyncConnection, condition: ColumnElement[bool]) -> bool:
    return bool((await connection.execute(select(exists().where(condition)))).scalar())
