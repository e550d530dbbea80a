"""How people are shown out: in one request where that does, one by one where not; and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.errors import MeetingChoice, NotLive
from bot.meetings import Meetings
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSession, NoSuchParticipant, RealtimeKitError
from bot.realtimekit.models import Person, Removed, ids_of, is_uuid
from bot.views.removal import Outcome

AT_ONCE = 5
Result = TypeVar("Result")


async def show_out(
    kit: RealtimeKit, meetings: Meetings, meeting: MeetingChoice, people: Sequence[Person], *, block: bool
) -> Outcome:
    """Kick people, and delete their places where they are to stay out.

    Args:
        people: each with a user id, or at least a custom id.

    Raises:
        RealtimeKitError: nothing was done, or nobody can tell.
    """
    try:
        outcome = await _kick(kit, meetings, meeting, people)
    finally:
        meetings.changed(meeting.id)
    if not block:
        return outcome
    return replace(outcome, blocked=True, not_blocked=await _block(kit, meeting, outcome.gone(people)))


async def _kick(kit: RealtimeKit, meetings: Meetings, meeting: MeetingChoice, people: Sequence[Person]) -> Outcome:
    known = [person for person in people if person.custom_id or is_uuid(person.user_id or "")]
    nameless = [person for person in people if person not in known]
    if not known:
        return Outcome(failed=nameless)
    try:
        removed = await kit.kick(meeting.id, *ids_of(known))
    except NoSuchParticipant:
        outcome = await _kick_one_by_one(kit, meetings, meeting, known)
    except RealtimeKitError as error:
        if not error.may_have_happened:
            raise
        outcome = await _look_what_happened(meetings, meeting, known, error)
    else:
        outcome = _as_told(known, removed)
    return replace(outcome, failed=[*outcome.failed, *nameless])


def _as_told(people: Sequence[Person], told: Sequence[Removed] | None) -> Outcome:
    """Whom the API says it removed; who is missing from its answer had left already."""
    if told is None:
        return Outcome(removed=[(Removed(id=person.user_id), person) for person in people])
    told = tuple({one.id or str(number): one for number, one in enumerate(told)}.values())
    known: dict[str | None, Person] = {person.user_id: person for person in people if person.user_id}
    if any(one.id not in known for one in told):
        # Ids of a kind that we did not send: the answer can be shown, but not compared with what was asked.
        return Outcome(removed=[(one, known.get(one.id)) for one in told])
    named = {one.id for one in told}
    left = [person for person in people if person.user_id not in named]
    return Outcome(removed=[(one, known[one.id]) for one in told], left=left)


async def _kick_one_by_one(
    kit: RealtimeKit, meetings: Meetings, meeting: MeetingChoice, people: Sequence[Person]
) -> Outcome:
    """After a 404, which says that somebody of several is gone: kick those who are still there, each on their own."""
    here = await _still_in(meetings, meeting)
    outcome = Outcome()
    if here is not None:
        outcome = Outcome(left=[person for person in people if person.key not in here])
        people = [here[person.key] for person in people if person.key in here]
    results = await _each(people, lambda person: _kick_alone(kit, meeting, person, seen=here is not None))
    for result in results:
        outcome = Outcome(
            removed=[*outcome.removed, *result.removed],
            left=[*outcome.left, *result.left],
            failed=[*outcome.failed, *result.failed],
            unsure=[*outcome.unsure, *result.unsure],
        )
    return outcome


async def _kick_alone(kit: RealtimeKit, meeting: MeetingChoice, person: Person, *, seen: bool) -> Outcome:
    """Kick one person by the user id, then by the custom id: the documents leave open which of them a kick wants."""
    by_user = [person.user_id] if person.user_id and is_uuid(person.user_id) else []
    by_custom = [person.custom_id] if person.custom_id else []
    for user_ids, custom_ids in ((by_user, ()), ((), by_custom)):
        if user_ids or custom_ids:
            try:
                removed = await kit.kick(meeting.id, user_ids, custom_ids)
            except NoSuchParticipant:
                continue
            except NoSession:
                return Outcome(left=[person])
            except RealtimeKitError as error:
                return Outcome(unsure=[person]) if error.may_have_happened else Outcome(failed=[person])
            return Outcome(removed=[(one, person) for one in removed or [Removed(id=person.user_id)]])
    return Outcome(failed=[person]) if seen else Outcome(left=[person])


async def _look_what_happened(
    meetings: Meetings, meeting: MeetingChoice, people: Sequence[Person], error: RealtimeKitError
) -> Outcome:
    """After an answer that was lost: who is gone was removed; who is still in may yet be, so that stays open."""
    here = await _still_in(meetings, meeting)
    if here is None or all(person.key in here for person in people):
        raise error
    return Outcome(
        removed=[(Removed(id=person.user_id), person) for person in people if person.key not in here],
        unsure=[person for person in people if person.key in here],
    )


async def _still_in(meetings: Meetings, meeting: MeetingChoice) -> dict[str, Person] | None:
    """Who is in the room by a fresh look; None where it cannot be told."""
    meetings.changed(meeting.id)
    try:
        everyone = await meetings.people(await meetings.live(meeting))
    except NotLive:
        return {}
    except RealtimeKitError:
        return None
    return {person.key: person for person in everyone}


async def _block(kit: RealtimeKit, meeting: MeetingChoice, people: Sequence[Person]) -> list[Person]:
    """Delete people's places in the meeting; returns those for whom that did not work."""

    async def delete(person: Person) -> Person | None:
        if not person.user_id or not is_uuid(person.user_id):
            return person
        try:
            await kit.delete_participant(meeting.id, person.user_id)
        except NoSuchParticipant:
            return None
        except RealtimeKitError:
            return person
        return None

    return [person for person in await _each(people, delete) if person is not None]


async def _each(people: Sequence[Person], act: Callable[[Person], Awaitable[Result]]) -> list[Result]:
    """Do something for each person, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(person: Person) -> Result:
        async with gate:
            return await act(person)

    return await asyncio.gather(*(one(person) for person in people))
