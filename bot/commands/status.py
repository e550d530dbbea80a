"""`/session`, `/session status`, `who` and `help`: looking, which any member may."""

from datetime import datetime, timedelta
from functools import lru_cache

from bot.ask import Kind
from bot.commands.parsing import as_typed
from bot.commands.routing import Router, Turn, meeting_in
from bot.errors import MeetingChoice, NotLive, Right
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.models import Person, Session
from bot.views import help, status
from bot.views.parts import Message, unpacked

router = Router()


@router.command(
    "/session",
    "status",
    usage="/session status [meeting]",
    summary="Shows how many are in, since when, and the buttons to act. `/session` alone does the same.",
    needs=Right.LOOK,
    resume="session.status",
)
async def show_status(turn: Turn) -> None:
    """The status card, seen by the asker alone."""
    await _answer_status(turn, await turn.meeting(turn.args, shared=True))


@router.command("/session", needs=Right.LOOK, resume="session.status")
async def session(turn: Turn) -> None:
    """The status card; help for a word that is no subcommand."""
    if turn.args:
        await _answer_help(turn, unknown=(as_typed(turn.args).split() or [""])[0])
    else:
        await show_status(turn)


@router.action("session.status", needs=Right.LOOK)
async def refresh_status(turn: Turn) -> None:
    """Refresh, or the choice of a meeting from several."""
    await _answer_status(turn, meeting_in(turn.ask.value))


async def _answer_status(turn: Turn, meeting: MeetingChoice) -> None:
    await turn.reply(await _card(turn, meeting), replace=turn.ask.kind is Kind.ACTION)


async def _card(turn: Turn, meeting: MeetingChoice, *, posted_by: str | None = None) -> Message:
    try:
        session = await turn.services.meetings.live(meeting)
    except NotLive as refusal:
        return status.not_live(refusal, posted_by=posted_by)
    glance = await _glance(turn, session)
    now = (turn.now + timedelta(seconds=1)).replace(microsecond=0)
    return _drawn(session, meeting.id, glance, now=now, right=turn.right, posted_by=posted_by)


@lru_cache(maxsize=32)
def _drawn(
    session: Session, meeting_id: str, glance: tuple[Person, ...], *, now: datetime, right: Right, posted_by: str | None
) -> Message:
    """The card, drawn once for all who ask within the same second.

    Its buttons differ from those of another second: whoever posts it twice on purpose has refreshed it between.
    """
    nonce = f"{now:%H%M%S}"
    return status.card(session, meeting_id, glance, now=now, right=right, nonce=nonce, posted_by=posted_by)


async def _glance(turn: Turn, session: Session) -> tuple[Person, ...]:
    """Some of the people who are in; a card without their names is better than none."""
    try:
        return await turn.services.meetings.glance(session)
    except RealtimeKitError:
        return ()


@router.action("session.post", needs=Right.LOOK)
async def post_status(turn: Turn) -> None:
    """Post the status card to the channel, for everyone there; a second click posts no second one."""
    meeting = meeting_in(turn.ask.value)
    async with turn.services.operations.once(turn.deed("post", meeting)) as attempt:
        await turn.services.slack.announce(turn.ask, await _card(turn, meeting, posted_by=turn.ask.user_id))
        attempt.outcome = "posted"


@router.command(
    "/session",
    "who",
    usage="/session who [meeting]",
    summary="Lists everyone in the room, with the time they joined and their role.",
    needs=Right.LOOK,
    resume="session.who",
)
async def show_who(turn: Turn) -> None:
    """Everyone who is in, the first page."""
    await _answer_who(turn, await turn.meeting(turn.args, shared=True), 1)


@router.action("session.who", "session.who.previous", "session.who.next", needs=Right.LOOK)
async def turn_page(turn: Turn) -> None:
    """Another page of those who are in, or the same again."""
    page = unpacked(turn.ask.value).get("p")
    await _answer_who(turn, meeting_in(turn.ask.value), page if isinstance(page, int) else 1)


@router.action("watch.who", needs=Right.LOOK)
async def who_from_card(turn: Turn) -> None:
    """Who's in on a message that everybody sees, which stays as it is."""
    await _answer_who(turn, meeting_in(turn.ask.value), 1, replace=False)


async def _answer_who(turn: Turn, meeting: MeetingChoice, page: int, *, replace: bool = True) -> None:
    """Tell the asker who is in; in the place of the list they clicked on, where there is one."""
    meetings = turn.services.meetings
    session = await meetings.live(meeting)
    everyone = await meetings.people(session)
    card = status.who(
        session, meeting.id, everyone, page=page, now=turn.now, right=turn.right, nonce=turn.ask.request_id
    )
    await turn.reply(card, replace=replace and turn.ask.kind is Kind.ACTION)


@router.command("/session", "help", usage="/session help", summary="Shows this list.", needs=Right.LOOK)
async def show_help(turn: Turn) -> None:
    """What this person may type."""
    await _answer_help(turn)


async def _answer_help(turn: Turn, unknown: str = "") -> None:
    routes = turn.services.router.commands.values()
    entries = [route.entry for route in routes if route.entry and route.needs <= turn.right]
    await turn.reply(help.overview(entries, unknown=unknown, host=turn.right >= Right.ACT))
