"""Who has which place in which meeting, and who was invited. One place per person and meeting, whoever asks for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, select, update

from bot.store.engine import Database
from bot.store.records import Seat
from bot.store.tables import links, places, seconds_now


@dataclass(eq=False)
class Places:
    """The places. Every method raises `Unreachable`.

    A place is claimed before RealtimeKit is asked to make it: of all processes and clicks, one makes it, and the others
    wait for that one. `owner`: names this process.
    """

    database: Database
    owner: str

    async def of(self, meeting_id: str, person: str) -> Seat | None:
        """What is known of a person (a custom id) in a meeting."""
        query = select(places, (places.c.until > seconds_now()).label("is_claimed"))
        rows = await self.database.rows(query.where(_key(meeting_id, person)))
        return replace(_seat(rows[0]), is_claimed=bool(rows[0].is_claimed)) if rows else None

    async def used(self, meeting_id: str, person: str, at: datetime) -> None:
        """Note that a place is used."""
        await self.database.run(update(places).where(_key(meeting_id, person)).values(used_at=at))

    async def claim(self, meeting_id: str, person: str, at: datetime, ttl: float) -> Seat | None:
        """Claim the making of a place for `ttl` seconds; None if another one is making it.

        Returns:
            The place that is there already; otherwise one without an id, which is to be made. If `was_asked_for`, it
            may exist at RealtimeKit, since an answer was lost or a process died.
        """
        mine = {"owner": self.owner, "until": seconds_now() + ttl}
        new = {"meeting_id": meeting_id, "person": person, "used_at": at, **mine}
        async with self.database.writing() as connection:
            put = self.database.insert(places).values(**new).on_conflict_do_nothing()
            if (await connection.execute(put)).rowcount:
                return Seat(person)
            row = (await connection.execute(select(places).where(_key(meeting_id, person)))).one()
            if row.participant_id:
                return _seat(row)
            free = and_(_key(meeting_id, person), places.c.participant_id.is_(None), places.c.until <= seconds_now())
            taken = (await connection.execute(update(places).where(free).values(used_at=at, **mine))).rowcount
        return _seat(row) if taken else None

    async def reclaim(self, meeting_id: str, person: str, participant_id: str, ttl: float) -> bool:
        """Claim the making of a place anew that is gone; False if another one does so."""
        where = and_(_key(meeting_id, person), places.c.participant_id == participant_id)
        mine = {"participant_id": None, "owner": self.owner, "until": seconds_now() + ttl}
        return bool(await self.database.run(update(places).where(where).values(**mine)))

    async def made(self, meeting_id: str, person: str, participant_id: str, preset: str) -> None:
        """A place exists, with this preset."""
        values = {"participant_id": participant_id, "preset": preset, "owner": None, "until": 0.0}
        await self.database.run(update(places).where(_key(meeting_id, person)).values(**values))

    async def not_made(self, meeting_id: str, person: str, *, certain: bool) -> None:
        """Give the claim up. If it is not certain that there is no place, the next one looks for it first."""
        values = {"until": 0.0} | ({"owner": None} if certain else {})
        where = and_(_key(meeting_id, person), places.c.participant_id.is_(None))
        await self.database.run(update(places).where(where).values(**values))

    async def invite(self, meeting_id: str, person: str, at: datetime, until: datetime, preset: str | None) -> None:
        """Remember an invitation; a newer one takes the place of an older one."""
        invited = {"invited_until": until, "invited_preset": preset, "used_at": at}
        put = self.database.insert(places).values(meeting_id=meeting_id, person=person, until=0.0, **invited)
        await self.database.run(put.on_conflict_do_update(index_elements=["meeting_id", "person"], set_=invited))

    async def known(self, meeting_id: str, people: Collection[str]) -> Mapping[str, str]:
        """The participant ids of these people (custom ids), where they have places."""
        where = (places.c.meeting_id == meeting_id) & places.c.person.in_(list(people))
        rows = await self.database.rows(select(places).where(where & places.c.participant_id.is_not(None)))
        return {row.person: row.participant_id for row in rows}

    async def purge(self, before: datetime, default_meeting: str | None) -> int:
        """Forget the places that nobody has used since then, in meetings that no channel is linked to."""
        old = places.c.used_at < before
        unlinked = places.c.meeting_id.not_in(select(links.c.meeting_id))
        return await self.database.run(
            delete(places).where(old & unlinked & (places.c.meeting_id != (default_meeting or "")))
        )


def _key(meeting_id: str, person: str) -> Any:
    return (places.c.meeting_id == meeting_id) & (places.c.person == person)


def _seat(row: Row[Any]) -> Seat:
    return Seat(
        row.person,
        row.participant_id,
        row.preset,
        was_asked_for=row.owner is not None,
        invited_until=row.invited_until,
        invited_preset=row.invited_preset,
        used_at=row.used_at,
    )
