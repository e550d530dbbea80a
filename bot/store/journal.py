"""The journal: every operation before it is carried out, and its outcome afterwards; unique by intent."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, bindparam, case, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.engine import Database
from bot.store.records import Entry, Operation, State, digest
from bot.store.tables import journal, seconds_now

STALE_AFTER = 5.0
"""Seconds without a heartbeat after which an operation counts as abandoned."""
SETTINGS = ("notes", "notices")
"""Operations whose detail is what was chosen: neither a name nor a reason."""
_TRANSIENT = (State.OPEN, State.REPORTING)
_BEGIN = insert(journal).values(beat=seconds_now())
_STALE = journal.c.state.in_(_TRANSIENT) & (journal.c.beat < seconds_now() - STALE_AFTER)
_FIND_STALE = select(journal).where(_STALE)
_CHANGE = update(journal).where(journal.c.id == bindparam("entry_id"), journal.c.state.in_(_TRANSIENT))


class AlreadyBegun(Exception):
    """The intent is in the journal already. `state`: how far it has come; `at`, `by`: when it began, and who asked."""

    def __init__(self, state: State, at: datetime, by: str) -> None:
        super().__init__(state.value)
        self.state, self.at, self.by = state, at, by


@dataclass(eq=False)
class Journal:
    """The operations of all processes. Every method raises `Unreachable`."""

    database: Database

    async def begin(self, operation: Operation, at: datetime) -> str:
        """Record an operation before it is carried out; its id.

        Raises:
            AlreadyBegun: its intent is there already, from whatever process.
        """
        entry_id = uuid4().hex
        values = asdict(operation) | {
            "id": entry_id,
            "intent": digest(operation.intent),
            "people": list(operation.people) or None,
            "detail": operation.detail or None,
            "state": State.OPEN,
            "at": at,
        }
        try:
            await self.database.run(_BEGIN, **values)
        except IntegrityError:
            raise await self._begun(values["intent"], operation, at) from None
        return entry_id

    async def _begun(self, intent: object, operation: Operation, now: datetime) -> AlreadyBegun:
        query = select(journal.c.state, journal.c.at, journal.c.user_id).where(journal.c.intent == intent)
        for row in await self.database.rows(query):
            return AlreadyBegun(row.state, row.at, row.user_id)
        return AlreadyBegun(State.OPEN, now, operation.user_id)

    async def beat(self, entry_id: str) -> None:
        """Show that the operation's process is alive."""
        await self.database.run(_CHANGE.values(beat=seconds_now()), entry_id=entry_id)

    async def finish(
        self,
        entry_id: str,
        state: State,
        outcome: str,
        people: Sequence[str] | None = None,
        *,
        meeting_id: str | None = None,
        undone: Collection[str] = (),
    ) -> None:
        """Record the outcome, unless one is known. An intent without its whole effect may come again.

        Args:
            people: those for whom it was done, where these are not all who were meant.
            undone: kinds of operations in the meeting which this one has undone, so that they may come again.
        """
        news: dict[str, Any] = {} if people is None else {"people": list(people) or None}
        if state in (State.FAILED, State.PARTLY):
            news["intent"] = None
        changes = [_CHANGE]
        if undone and meeting_id:
            earlier = (journal.c.meeting_id == meeting_id) & journal.c.what.in_(list(undone))
            changes.append(update(journal).where(earlier & journal.c.intent.is_not(None)).values(intent=None))
        news |= {"state": state, "outcome": outcome[:500], "response_url": None}
        await self.database.run(*changes, entry_id=entry_id, **news)

    async def claim_abandoned(self, but: Collection[str] = ()) -> list[Entry]:
        """The operations that a dying process left open, claimed for this one: each is handed out once.

        A process that claims one and dies too leaves it to the next.

        Args:
            but: the ids of those that this process is working on itself.
        """
        claimed = []
        for row in await self.database.rows(_FIND_STALE):
            claim = update(journal).where((journal.c.id == row.id) & _STALE)
            if row.id not in but and await self.database.run(claim.values(state=State.REPORTING, beat=seconds_now())):
                claimed.append(_entry(row))
        return claimed

    async def page(self, channel_id: str, *, offset: int, limit: int) -> list[Entry]:
        """A channel's operations, newest first."""
        query = _newest(select(journal).where(journal.c.channel_id == channel_id)).offset(offset).limit(limit)
        return [_entry(row) for row in await self.database.rows(query)]

    async def latest(self, channel_id: str, what: Collection[str]) -> str:
        """The id of a channel's newest operation of these kinds that has ended; empty if there is none."""
        mine = (journal.c.channel_id == channel_id) & journal.c.what.in_(list(what))
        query = _newest(select(journal.c.id).where(mine & journal.c.state.not_in(_TRANSIENT))).limit(1)
        return next((str(row.id) for row in await self.database.rows(query)), "")

    async def of_meeting(self, meeting_id: str, since: datetime, what: Collection[str], *, limit: int) -> list[Entry]:
        """Operations of these kinds that were done, or partly, in a meeting since then, newest first."""
        query = select(journal).where((journal.c.meeting_id == meeting_id) & (journal.c.at >= since))
        query = query.where(journal.c.state.in_((State.DONE, State.PARTLY)) & journal.c.what.in_(list(what)))
        return [_entry(row) for row in await self.database.rows(_newest(query).limit(limit))]

    async def since(self, moment: datetime) -> AsyncIterator[Entry]:
        """All operations since then, oldest first."""
        query = select(journal).where(journal.c.at >= moment).order_by(journal.c.at, journal.c.id)
        for row in await self.database.rows(query):
            yield _entry(row)

    async def redact_people(self, now: datetime, days: int) -> int:
        """Remove names and reasons from older operations; how many were changed."""
        old = (journal.c.at < now - timedelta(days=days)) & (
            journal.c.people.is_not(None) | (journal.c.detail.is_not(None) & journal.c.what.not_in(SETTINGS))
        )
        detail = case((journal.c.what.in_(SETTINGS), journal.c.detail), else_=None)
        return await self.database.run(update(journal).where(old).values(people=None, detail=detail, response_url=None))


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(journal.c.at.desc(), journal.c.id)


def _entry(row: Row[Any]) -> Entry:
    values = {name: value for name, value in row._asdict().items() if name in Entry.__dataclass_fields__}
    texts = {"detail": row.detail or "", "outcome": row.outcome or ""}
    return Entry(**values | texts | {"people": tuple(row.people or ())})
