"""`/session lock` and `unlock`: whether anybody new can join."""

from bot.commands.routing import Router, Turn, meeting_in
from bot.errors import MeetingChoice, Right
from bot.views import locking
from bot.views.faults import Effect
from bot.views.parts import title_of

router = Router()

LOCK = Effect("The meeting was not locked.", "It may or may not be locked now: doing it again does no harm.")
UNLOCK = Effect("The meeting was not unlocked.", "It may or may not be unlocked now: doing it again does no harm.")


@router.command(
    "/session",
    "lock",
    usage="/session lock [meeting]",
    summary="Lets nobody new in; those who are in stay.",
    needs=Right.ACT,
    effect=LOCK,
    resume="session.lock",
)
async def lock(turn: Turn) -> None:
    """Let nobody new in."""
    await _set(turn, await turn.meeting(turn.args), locked=True)


@router.command(
    "/session",
    "unlock",
    usage="/session unlock [meeting]",
    summary="Lets people in again.",
    needs=Right.ACT,
    effect=UNLOCK,
    resume="session.unlock",
)
async def unlock(turn: Turn) -> None:
    """Let people in again."""
    await _set(turn, await turn.meeting(turn.args), locked=False)


@router.action("session.lock", needs=Right.ACT, effect=LOCK)
async def lock_chosen(turn: Turn) -> None:
    """The meeting that was chosen from several."""
    await _set(turn, meeting_in(turn.ask.value), locked=True)


@router.action("session.unlock", needs=Right.ACT, effect=UNLOCK)
async def unlock_chosen(turn: Turn) -> None:
    """The Unlock button, or the meeting that was chosen from several."""
    await _set(turn, meeting_in(turn.ask.value), locked=False)


async def _set(turn: Turn, meeting: MeetingChoice, *, locked: bool) -> None:
    services, verb = turn.services, "lock" if locked else "unlock"
    meeting = await services.meetings.titled(meeting)
    async with services.operations.once(turn.deed(verb, meeting, harmless=True)) as attempt:
        try:
            changed = await services.kit.set_status(meeting.id, "INACTIVE" if locked else "ACTIVE")
        finally:
            services.meetings.changed(meeting.id)
        attempt.outcome = f"{verb}ed"
    title = title_of(changed.title or meeting.title, meeting.id)
    said = locking.locked(title, meeting.id, turn.ask.user_id, turn.ask.request_id)
    await turn.announce(said if locked else locking.unlocked(title, turn.ask.user_id))
