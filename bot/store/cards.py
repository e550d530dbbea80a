"""Which channels watch which meetings, and the messages in them that follow a session."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, select, update

from bot.store.engine import Database
from bot.store.records import Card, CardKind, Watch
from bot.store.tables import cards, watches

LIVE, ENDED = "live", "ended"


class Cards:
    """Watches and cards. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def watch(self, channel_id: str, meeting_id: str, title: str | None, by: str, at: datetime) -> None:
        """Have a card for each session of a meeting in a channel from now on."""
        values = {"channel_id": channel_id, "meeting_id": meeting_id, "title": title, "by": by, "at": at}
        put = self._database.insert(watches).values(**values)
        put = put.on_conflict_do_update(index_elements=["channel_id", "meeting_id"], set_=values)
        async with self._database.writing() as connection:
            await connection.execute(put)

    async def unwatch(self, channel_id: str, meeting_id: str) -> bool:
        """No more cards of that meeting there; False where there were none."""
        where = (watches.c.channel_id == channel_id) & (watches.c.meeting_id == meeting_id)
        async with self._database.writing() as connection:
            return bool((await connection.execute(delete(watches).where(where))).rowcount)

    async def watching(self, meeting_id: str) -> list[Watch]:
        """Who watches a meeting."""
        query = select(watches).where(watches.c.meeting_id == meeting_id).order_by(watches.c.at)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [Watch(row.channel_id, row.meeting_id, row.title, row.by) for row in rows]

    async def following(self, meeting_id: str) -> list[Card]:
        """The messages that follow a session of this meeting, as far as they are not finished."""
        query = select(cards).where((cards.c.meeting_id == meeting_id) & (cards.c.state == LIVE))
        async with self._database.reading() as connection:
            return [_card(row) for row in (await connection.execute(query)).all()]

    async def begin(
        self, channel_id: str, meeting_id: str, session_id: str, kind: CardKind, at: datetime
    ) -> Card | None:
        """A card that is about to be posted; None where the channel has one of this session already."""
        card = Card(uuid4().hex, channel_id, meeting_id, session_id, kind, None, None, at)
        values = {"id": card.id, "channel_id": channel_id, "meeting_id": meeting_id, "session_id": session_id}
        put = self._database.insert(cards).values(**values, kind=kind.value, state=LIVE, at=at)
        async with self._database.writing() as connection:
            made = await connection.execute(put.on_conflict_do_nothing())
        return card if made.rowcount else None

    async def shown(self, card: Card, ts: str, digest: str) -> None:
        """Note what a card shows."""
        await self._change([card], ts=ts, shown=digest)

    async def finish(self, followed: Sequence[Card]) -> None:
        """These are followed no more."""
        await self._change(followed, state=ENDED)

    async def forget(self, card: Card) -> None:
        """As if it had never been: it could not be posted, or is to be posted anew."""
        async with self._database.writing() as connection:
            await connection.execute(delete(cards).where(cards.c.id == card.id))

    async def forget_before(self, at: datetime) -> None:
        """Forget cards that are older, and finished."""
        old = (cards.c.at < at) & (cards.c.state == ENDED)
        async with self._database.writing() as connection:
            await connection.execute(delete(cards).where(old))

    async def _change(self, followed: Sequence[Card], **values: Any) -> None:
        which = cards.c.id.in_([card.id for card in followed])
        async with self._database.writing() as connection:
            await connection.execute(update(cards).where(which).values(**values))


def _card(row: Row[Any]) -> Card:
    return Card(row.id, row.channel_id, row.meeting_id, row.session_id, CardKind(row.kind), row.ts, row.shown, row.at)
