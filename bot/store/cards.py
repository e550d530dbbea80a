"""Which channels watch which meetings, and the messages in them that follow a session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from bot.store.leases import expect
from bot.store.records import Card, CardKind, CardState, Watch
from bot.store.tables import cards, watches


@dataclass(eq=False)
class Cards:
    """Watches and cards. Every method raises `Unreachable`."""

    database: Database

    async def watch(self, channel_id: str, meeting_id: str, title: str | None, by: str, at: datetime) -> None:
        """Have a card for each session of a meeting in a channel from now on, and a new one where people read now."""
        values = {"channel_id": channel_id, "meeting_id": meeting_id, "title": title, "by": by, "at": at}
        put = self.database.insert(watches).values(**values)
        async with self.database.writing() as connection:
            await connection.execute(
                put.on_conflict_do_update(index_elements=["channel_id", "meeting_id"], set_=values)
            )
            await _retire(connection, channel_id, meeting_id, CardState.MOVED, by)
            await expect(self.database, connection, meeting_id)

    async def unwatch(self, channel_id: str, meeting_id: str, by: str | None = None) -> bool:
        """No more cards of that meeting there; False if there were none.

        Args:
            by: whom the card that is there names in its final text; None leaves it as it is.
        """
        where = (watches.c.channel_id == channel_id) & (watches.c.meeting_id == meeting_id)
        async with self.database.writing() as connection:
            gone = (await connection.execute(delete(watches).where(where))).rowcount
            if by:
                gone += await _retire(connection, channel_id, meeting_id, CardState.STOPPED, by)
        return gone > 0

    async def watching(self, meeting_id: str) -> list[Watch]:
        """Which channels watch a meeting."""
        query = select(watches).where(watches.c.meeting_id == meeting_id).order_by(watches.c.at)
        return [Watch(row.channel_id, row.meeting_id, row.title, row.by) for row in await self.database.rows(query)]

    async def watched_in(self, channel_id: str) -> list[Watch]:
        """What a channel watches."""
        query = select(watches).where(watches.c.channel_id == channel_id).order_by(watches.c.at)
        return [Watch(row.channel_id, row.meeting_id, row.title, row.by) for row in await self.database.rows(query)]

    async def is_watched(self, channel_id: str | None, meeting_id: str) -> bool:
        """Whether a channel has live cards of a meeting."""
        return any(one.channel_id == channel_id for one in await self.watching(meeting_id))

    async def watching_channels(self, meeting_ids: Iterable[str]) -> set[tuple[str, str]]:
        """The channels that watch one of these meetings, each with the meeting's id."""
        query = select(watches.c.channel_id, watches.c.meeting_id).where(watches.c.meeting_id.in_(list(meeting_ids)))
        return {(row.channel_id, row.meeting_id) for row in await self.database.rows(query)}

    async def following(self, meeting_id: str) -> list[Card]:
        """The messages that follow a session of this meeting, and those that await their final text."""
        unfinished = (cards.c.meeting_id == meeting_id) & (cards.c.state != CardState.ENDED)
        return [Card(**row._asdict()) for row in await self.database.rows(select(cards).where(unfinished))]

    async def begin(
        self, channel_id: str, meeting_id: str, session_id: str, kind: CardKind, *, title: str | None, at: datetime
    ) -> Card | None:
        """A card that is about to be posted; None if the channel has one of this session already."""
        card = Card(uuid4().hex, channel_id, meeting_id, session_id, kind, CardState.LIVE, title, None, None, None, at)
        put = self.database.insert(cards).values(**{name: getattr(card, name) for name in Card.__dataclass_fields__})
        return card if await self.database.run(put.on_conflict_do_nothing()) else None

    async def shown(self, card: Card, ts: str, digest: str) -> None:
        """Note what a card shows."""
        await self._change([card], ts=ts, shown=digest)

    async def finish(self, followed: Sequence[Card]) -> None:
        """Stop following these."""
        await self._change(followed, state=CardState.ENDED)

    async def settle(self, card: Card) -> None:
        """Stop following it, and make room for another one of its kind in the same session."""
        await self._change([card], state=CardState.ENDED, session_id=card.id)

    async def forget(self, card: Card) -> None:
        """As if it had never been: it could not be posted, or is to be posted again."""
        await self.database.run(delete(cards).where(cards.c.id == card.id))

    async def followed_meetings(self) -> set[str]:
        """The meetings of which a session is followed right now."""
        live = select(cards.c.meeting_id).where(cards.c.state == CardState.LIVE).distinct()
        return {row.meeting_id for row in await self.database.rows(live)}

    async def forget_before(self, at: datetime) -> None:
        """Forget cards that are older, and finished."""
        await self.database.run(delete(cards).where((cards.c.at < at) & (cards.c.state == CardState.ENDED)))

    async def _change(self, followed: Sequence[Card], **values: Any) -> None:
        which = cards.c.id.in_([card.id for card in followed])
        await self.database.run(update(cards).where(which).values(**values))


async def _retire(connection: AsyncConnection, channel_id: str, meeting_id: str, state: CardState, by: str) -> int:
    """Have the cards of a channel given their final text, and make room for new ones; how many there were.

    The text is written by the process that updates the meeting: two processes must not write on one card.
    """
    where = (cards.c.channel_id == channel_id) & (cards.c.meeting_id == meeting_id)
    where &= cards.c.kind == CardKind.CARD
    live = where & (cards.c.state == CardState.LIVE)
    retired = await connection.execute(update(cards).where(live).values(state=state, by=by))
    # This frees the session's place, also if someone had deleted that card.
    await connection.execute(update(cards).where(where).values(session_id=cards.c.id))
    return retired.rowcount
