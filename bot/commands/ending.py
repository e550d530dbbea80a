"""`/session end`, and Kick everyone: the question, and then everyone goes."""

import dataclasses

from slack_sdk.models.views import View

from bot.ask import Ask
from bot.commands.routing import Router, Turn, first_word, meeting_in, notes_of, place_of
from bot.errors import MeetingChoice, NotLive, Right
from bot.meetings import id_in
from bot.realtimekit.errors import RealtimeKitError
from bot.views import locking, removal
from bot.views.faults import Again, Effect
from bot.views.parts import loading, packed, title_of

router = Router()

END = Effect(
    "Nobody was removed.",
    "People may or may not have been removed: look at `/session who` before you do it again.",
)


def _loading_end(ask: Ask) -> View:
    return loading("End for everyone", "Looking who is in the room…")


def _loading_end_command(ask: Ask) -> View | None:
    """The modal opens at once, unless the words must first be searched for a meeting."""
    words = first_word(ask.text)[1]
    return _loading_end(ask) if not words or id_in(words) else None


@router.command(
    "/session",
    "end",
    usage="/session end [meeting]",
    summary="Removes everyone, after a question.",
    needs=Right.ACT,
    loading=_loading_end_command,
    effect=END,
    resume="session.end",
)
async def end(turn: Turn) -> None:
    """Ask before everyone is removed."""
    await _ask_to_end(turn, await turn.meeting(turn.args))


@router.action("session.end", needs=Right.ACT, loading=_loading_end, effect=END)
async def end_from_card(turn: Turn) -> None:
    """The End for everyone… button."""
    await _ask_to_end(turn, meeting_in(turn.ask.value))


def _end_from_message(ask: Ask) -> Again | None:
    """From a message there is no modal to put the question on top of."""
    return Again("session.end", ask.value) if ask.value else None


@router.action("kick.everyone", needs=Right.ACT, loading=_loading_end, effect=END, pushes=True, again=_end_from_message)
async def kick_everyone(turn: Turn) -> None:
    """The Kick everyone… button in the modal."""
    await _ask_to_end(turn, meeting_in(turn.ask.value))


async def _ask_to_end(turn: Turn, meeting: MeetingChoice) -> None:
    session = await turn.services.meetings.live(meeting)
    notes = notes_of(turn.ask, m=meeting.id, t=title_of(session.title, meeting.id)[:200])
    await turn.show(removal.question(session, meeting.id, notes=notes))


def _end_again(ask: Ask) -> Again | None:
    meeting_id = str(ask.form.notes.get("m") or "") if ask.form else ""
    return Again("session.end", packed({"m": meeting_id} | place_of(ask)) or "") if meeting_id else None


@router.submission("end", needs=Right.ACT, effect=END, again=_end_again)
async def end_confirmed(turn: Turn) -> None:
    """Remove everyone."""
    notes = turn.ask.form.notes if turn.ask.form else {}
    meeting = meeting_in(notes.get("m"))
    title = title_of(str(notes.get("t") or ""), meeting.id)
    lock = bool(turn.ask.form and turn.ask.form.chosen("lock"))
    meeting = dataclasses.replace(meeting, title=title)
    if lock:
        await _lock(turn, meeting)
    async with turn.services.operations.once(turn.deed("end", meeting)) as attempt:
        try:
            count = await _kick_all(turn, meeting)
        except RealtimeKitError:
            if lock:
                await turn.reply(locking.only_locked(title))
            raise
        attempt.outcome = "everyone removed" if count is None else f"{count} removed"
    await turn.announce(removal.ended(title, count, turn.ask.user_id, locked=lock))


async def _lock(turn: Turn, meeting: MeetingChoice) -> None:
    """Before anybody is removed: they would slip back in. That it was sent and not answered says nothing of an end."""
    deed = turn.deed("lock", meeting)
    try:
        async with turn.services.operations.once(dataclasses.replace(deed, intent=f"{deed.intent}:lock")) as attempt:
            await turn.services.kit.set_status(meeting.id, "INACTIVE")
            attempt.outcome = "locked"
    except RealtimeKitError as error:
        if error.may_have_happened:
            await turn.reply(locking.maybe_locked(meeting.title or ""))
        raise type(error)(dataclasses.replace(error.facts, may_have_happened=False)) from None


async def _kick_all(turn: Turn, meeting: MeetingChoice) -> int | None:
    """How many were removed. Where the answer was lost, the room itself tells whether it took effect."""
    meetings = turn.services.meetings
    try:
        return await turn.services.kit.kick_all(meeting.id)
    except RealtimeKitError as error:
        if not error.may_have_happened:
            raise
        meetings.changed(meeting.id)
        if await _somebody_may_be_in(turn, meeting):
            raise
        return None
    finally:
        meetings.changed(meeting.id)


async def _somebody_may_be_in(turn: Turn, meeting: MeetingChoice) -> bool:
    try:
        return (await turn.services.meetings.live(meeting)).people != 0
    except NotLive:
        return False
    except RealtimeKitError:
        return True
