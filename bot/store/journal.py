"""The journal: every side effect before it is carried out and its outcome after; unique by intent."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.engine import Database
from bot.store.records import Deed, Entry, State, digest_of
from bot.store.tables import journal, seconds_now

STALE_SECONDS = 5.0
"""A deed whose process gave no sign of life for so long has been left behind."""
_PASSING = (State.OPEN.value, State.REPORTING.value)


class Taken(Exception):
    """The intent stands in the journal already.

    Attributes:
        state: how far the deed has come.
    """

    def __init__(self, state: State) -> None:
        super().__init__(state.value)
        self.state = state


class Journal:
    """The deeds of all processes. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, deed: Deed, at: datetime) -> str:
        """Write a deed down before it is carried out; its id.

        Raises:
            Taken: its intent is there already, from whatever process.
        """
        entry_id = uuid4().hex
        values = {
            "id": entry_id,
            "intent": digest_of(deed.intent),
            "what": deed.what,
            "user_id": deed.user_id,
            "channel_id": deed.channel_id,
            "meeting_id": deed.meeting_id,
            "title": deed.title,
            "people": list(deed.people) or None,
            "detail": deed.detail or None,
            "state": State.OPEN.value,
            "response_url": deed.response_url,
            "at": at,
            "beat": seconds_now(),
        }
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(journal).values(**values))
        except IntegrityError:
            raise Taken(await self._state(values["intent"])) from None
        return entry_id

    async def _state(self, intent: object) -> State:
        query = select(journal.c.state).where(journal.c.intent == intent)
        async with self._database.reading() as connection:
            return State((await connection.execute(query)).scalar_one_or_none() or State.OPEN)

    async def beat(self, entry_id: str) -> None:
        """Show that the deed's process lives."""
        await self._change(entry_id, beat=seconds_now())

    async def finish(self, entry_id: str, state: State, outcome: str) -> None:
        """Write down what came of a deed, unless that is known; an intent without effect may come again."""
        freed = {"intent": None} if state is State.FAILED else {}
        await self._change(entry_id, state=state.value, outcome=outcome[:500], response_url=None, **freed)

    async def _change(self, entry_id: str, **values: Any) -> None:
        async with self._database.writing() as connection:
            passing = (journal.c.id == entry_id) & journal.c.state.in_(_PASSING)
            await connection.execute(update(journal).where(passing).values(**values))

    async def take_over(self, but: Collection[str] = ()) -> list[Entry]:
        """The deeds that a dying process left open, claimed for this one: each is handed out once.

        Whoever takes one over and dies too leaves it to the next.

        Args:
            but: the ids of those that this process is working on itself.
        """
        stale = journal.c.state.in_(_PASSING) & (journal.c.beat < seconds_now() - STALE_SECONDS)
        stale &= journal.c.id.not_in(list(but))
        async with self._database.reading() as connection:
            found = list((await connection.execute(select(journal).where(stale))).all())
        taken = []
        for row in found:
            claim = update(journal).where((journal.c.id == row.id) & stale)
            async with self._database.writing() as connection:
                won = await connection.execute(claim.values(state=State.REPORTING.value, beat=seconds_now()))
            if won.rowcount:
                taken.append(_entry(row))
        return taken

    async def page(self, channel_id: str, *, offset: int, most: int) -> list[Entry]:
        """A channel's deeds, newest first."""
        query = _newest(select(journal).where(journal.c.channel_id == channel_id)).offset(offset).limit(most)
        async with self._database.reading() as connection:
            return [_entry(row) for row in (await connection.execute(query)).all()]

    async def of_meeting(self, meeting_id: str, since: datetime, what: Collection[str], *, most: int) -> list[Entry]:
        """Deeds of these kinds that were done in a meeting since then, newest first."""
        query = select(journal).where((journal.c.meeting_id == meeting_id) & (journal.c.at >= since))
        query = query.where((journal.c.state == State.DONE.value) & journal.c.what.in_(list(what)))
        query = _newest(query).limit(most)
        async with self._database.reading() as connection:
            return [_entry(row) for row in (await connection.execute(query)).all()]

    async def since(self, moment: datetime) -> AsyncIterator[Entry]:
        """All deeds since then, oldest first."""
        query = select(journal).where(journal.c.at >= moment).order_by(journal.c.at, journal.c.id)
        async with self._database.reading() as connection:
            for row in (await connection.execute(query)).all():
                yield _entry(row)

    async def forget_people(self, now: datetime, days: int) -> int:
        """Take names and reasons out of what is older; says of how many."""
        old = (journal.c.at < now - timedelta(days=days)) & (
            journal.c.people.is_not(None) | journal.c.detail.is_not(None)
        )
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(journal).where(old).values(people=None, detail=None, response_url=None)
            )
        return changed.rowcount


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(journal.c.at.desc(), journal.c.id)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        what=row.what,
        user_id=row.user_id,
        channel_id=row.channel_id,
        meeting_id=row.meeting_id,
        title=row.title,
        people=tuple(row.people or ()),
        detail=row.detail or "",
        state=State(row.state),
        outcome=row.outcome or "",
        at=row.at,
        response_url=row.response_url,
    )
