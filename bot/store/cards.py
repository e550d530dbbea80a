"""Which channels watch which meetings, and the messages in them that follow a session."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, select, update

from bot.store.engine import Database
from bot.store.records import Card, CardKind, CardState, Watch
from bot.store.tables import cards, watches


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
        """The messages that follow a session of this meeting, and those that wait for their last words."""
        open_ones = (cards.c.meeting_id == meeting_id) & (cards.c.state != CardState.ENDED.value)
        async with self._database.reading() as connection:
            return [_card(row) for row in (await connection.execute(select(cards).where(open_ones))).all()]

    async def begin(
        self, channel_id: str, meeting_id: str, session_id: str, kind: CardKind, *, title: str | None, at: datetime
    ) -> Card | None:
        """A card that is about to be posted; None where the channel has one of this session already."""
        card = Card(uuid4().hex, channel_id, meeting_id, session_id, kind, CardState.LIVE, title, None, None, None, at)
        values = {"id": card.id, "channel_id": channel_id, "meeting_id": meeting_id, "session_id": session_id}
        values |= {"kind": kind.value, "state": CardState.LIVE.value}
        put = self._database.insert(cards).values(**values, title=title, at=at)
        async with self._database.writing() as connection:
            made = await connection.execute(put.on_conflict_do_nothing())
        return card if made.rowcount else None

    async def retire(self, channel_id: str, meeting_id: str, state: CardState, by: str) -> bool:
        """Have the cards of a channel given their last words, and let it have new ones; False where it had none.

        Whoever looks at the meeting gives them: two processes must not write on one card.
        """
        where = (cards.c.channel_id == channel_id) & (cards.c.meeting_id == meeting_id)
        where &= cards.c.kind == CardKind.CARD.value
        live = where & (cards.c.state == CardState.LIVE.value)
        async with self._database.writing() as connection:
            retired = await connection.execute(update(cards).where(live).values(state=state.value, by=by))
            # The place of the session's card becomes free, also where somebody had deleted that one.
            await connection.execute(update(cards).where(where).values(session_id=cards.c.id))
        return bool(retired.rowcount)

    async def shown(self, card: Card, ts: str, digest: str) -> None:
        """Note what a card shows."""
        await self._change([card], ts=ts, shown=digest)

    async def finish(self, followed: Sequence[Card]) -> None:
        """These are followed no more."""
        await self._change(followed, state=CardState.ENDED.value)

    async def forget(self, card: Card) -> None:
        """As if it had never been: it could not be posted, or is to be posted anew."""
        async with self._database.writing() as connection:
            await connection.execute(delete(cards).where(cards.c.id == card.id))

    async def followed_meetings(self) -> set[str]:
        """The meetings of which a session is followed right now."""
        live = select(cards.c.meeting_id).where(cards.c.state == CardState.LIVE.value).distinct()
        async with self._database.reading() as connection:
            return set((await connection.execute(live)).scalars())

    async def forget_before(self, at: datetime) -> None:
        """Forget cards that are older, and finished."""
        old = (cards.c.at < at) & (cards.c.state == CardState.ENDED.value)
        async with self._database.writing() as connection:
            await connection.execute(delete(cards).where(old))

    async def _change(self, followed: Sequence[Card], **values: Any) -> None:
        which = cards.c.id.in_([card.id for card in followed])
        async with self._database.writing() as connection:
            await connection.execute(update(cards).where(which).values(**values))


def _card(row: Row[Any]) -> Card:
    return Card(
        id=row.id,
        channel_id=row.channel_id,
        meeting_id=row.meeting_id,
        session_id=row.session_id,
        kind=CardKind(row.kind),
        state=CardState(row.state),
        title=row.title,
        by=row.by,
        ts=row.ts,
        shown=row.shown,
        at=row.at,
    )
