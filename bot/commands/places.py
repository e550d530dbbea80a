"""Deletes places in meetings, which revokes the tokens of those whose they are."""

from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSuchParticipant, RealtimeKitError
from bot.realtimekit.models import Person, is_uuid
from bot.sanitize import folded
from bot.store.records import State


async def delete_place(
    realtimekit: RealtimeKit, meeting_id: str, user_id: str | None, person: Person | None = None
) -> State:
    """Delete one place; one that is gone already is as good.

    Args:
        person: whose it is, so that it's found if the API knows them by another id.
    """
    if not user_id or not is_uuid(user_id):
        return State.FAILED
    try:
        await realtimekit.delete_participant(meeting_id, user_id)
    except NoSuchParticipant:
        return await _delete_by_custom_id(realtimekit, meeting_id, person) if person else State.DONE
    except RealtimeKitError as error:
        return State.UNKNOWN if error.may_have_happened else State.FAILED
    return State.DONE


async def _delete_by_custom_id(realtimekit: RealtimeKit, meeting_id: str, person: Person) -> State:
    """Delete a person's place that has another id. Some pages give several guests the same custom id."""
    if not person.custom_id:
        return State.DONE
    try:
        places = [one for one in await realtimekit.places(meeting_id) if one.custom_id == person.custom_id]
    except RealtimeKitError:
        return State.UNKNOWN
    if not places:
        return State.DONE
    if len(places) > 1 or folded(places[0].name) != folded(person.name):
        return State.UNKNOWN
    return await delete_place(realtimekit, meeting_id, places[0].id)
