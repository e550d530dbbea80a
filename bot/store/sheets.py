"""The prepared polls of channels, and how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from bot.store.records import PollState, Prepared, digest
from bot.store.tables import prepared_polls, seconds_now

LOCK = 7483649
"""Of all changes to prepared polls, one at a time."""
CLAIM_LEFT = 60.0


def revision_of(polls: Sequence[Prepared]) -> str:
    """Tells one version of a channel's polls from another."""
    return digest("\n".join(str((*one.content, one.state.value)) for one in polls))[:16]


@dataclass(eq=False)
class Sheets:
    """The channels' prepared polls, in their order. Every method raises `Unreachable`."""

    database: Database

    async def of(self, channel_id: str) -> list[Prepared]:
        """A channel's polls. One that a dead process was asking is `unsure`."""
        async with self.database.reading() as connection:
            return await _read(connection, channel_id)

    async def next_of(self, channel_ids: Sequence[str]) -> dict[str, Prepared]:
        """The poll that is asked next in each of these channels, where there is one; first one in doubt."""
        mine = prepared_polls.c.channel_id.in_(list(channel_ids))
        waiting = mine & prepared_polls.c.state.in_((PollState.WAITING, PollState.UNSURE))
        query = select(prepared_polls, prepared_polls.c.until).where(waiting).order_by(prepared_polls.c.position.desc())
        return {row.channel_id: _prepared(row) for row in await self.database.rows(query)}

    async def save(self, channel_id: str, polls: Sequence[Prepared], expected: str) -> bool:
        """Replace a channel's polls; those that were there keep their state.

        Args:
            expected: the version that was changed.

        Returns:
            False if someone else changed them meanwhile.
        """
        async with self.database.writing() as connection:
            await self.database.lock(connection, LOCK)
            known = await _read(connection, channel_id)
            if revision_of(known) != expected:
                return False
            # One that is being asked stays claimed.
            until = seconds_now() + CLAIM_LEFT
            kept = []
            for one in polls:
                same = next((old for old in known if old.content == one.content and one.id in ("", old.id)), None)
                if same:
                    known.remove(same)
                kept.append(same or one)
            await connection.execute(delete(prepared_polls).where(prepared_polls.c.channel_id == channel_id))
            for position, one in enumerate(kept):
                row = _values(channel_id, position, one, until)
                await connection.execute(prepared_polls.insert().values(**row))
        return True

    async def take(self, poll_id: str, by: str, at: datetime, ttl: float, *, unsure: bool = False) -> bool:
        """Claim that a poll is asked; False if anyone has. `unsure`: also one of which nobody knows."""
        states = [PollState.WAITING, PollState.SKIPPED, *([PollState.UNSURE, PollState.ASKING] if unsure else [])]
        where = (prepared_polls.c.id == poll_id) & prepared_polls.c.state.in_(states)
        where &= prepared_polls.c.until <= seconds_now()
        values = {"state": PollState.ASKING, "by": by, "at": at, "until": seconds_now() + ttl}
        async with self.database.writing() as connection:
            await self.database.lock(connection, LOCK)
            return bool((await connection.execute(update(prepared_polls).where(where).values(**values))).rowcount)

    async def restart(self, channel_id: str) -> None:
        """All of a channel's polls may be asked once more, but for one that is being asked."""
        where = (prepared_polls.c.channel_id == channel_id) & (
            (prepared_polls.c.state != PollState.ASKING) | (prepared_polls.c.until <= seconds_now())
        )
        await self.database.run(update(prepared_polls).where(where).values(state=PollState.WAITING, until=0.0))

    async def mark(self, poll_id: str, state: PollState) -> None:
        """How far a poll has come."""
        values: dict[str, Any] = {"state": state, "until": 0.0}
        await self.database.run(update(prepared_polls).where(prepared_polls.c.id == poll_id).values(**values))


async def _read(connection: AsyncConnection, channel_id: str) -> list[Prepared]:
    is_stale = (prepared_polls.c.state == PollState.ASKING) & (prepared_polls.c.until <= seconds_now())
    query = select(prepared_polls, is_stale.label("is_stale")).where(prepared_polls.c.channel_id == channel_id)
    rows = (await connection.execute(query.order_by(prepared_polls.c.position))).all()
    return [replace(_prepared(row), state=PollState.UNSURE) if row.is_stale else _prepared(row) for row in rows]


def _prepared(row: Row[Any]) -> Prepared:
    return Prepared(
        row.id, row.question, tuple(row.options), row.anonymous, row.hide_votes, PollState(row.state), row.by, row.at
    )


def _values(channel_id: str, position: int, one: Prepared, until: Any) -> dict[str, Any]:
    return {
        "id": one.id or uuid4().hex,
        "channel_id": channel_id,
        "position": position,
        "question": one.question,
        "options": list(one.options),
        "anonymous": one.anonymous,
        "hide_votes": one.hide_votes,
        "state": one.state,
        "by": one.by,
        "at": one.at,
        "until": until if one.state is PollState.ASKING else literal(0.0),
    }
