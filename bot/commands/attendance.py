"""`/session attendance`: who was there, from when to when, for how long."""

import dataclasses

from bot.commands.routing import Router, Turn, meeting_in
from bot.errors import MeetingChoice, MeetingNotFound, Misused, NotLive, Right
from bot.realtimekit.attendance import Attended, attendance
from bot.realtimekit.errors import NoSession
from bot.realtimekit.models import Session, SessionStatus, is_uuid
from bot.slack_web import SlackFailed
from bot.views import attendance as view
from bot.views.faults import Effect
from bot.views.parts import title_of, unpacked

router = Router()

USAGE = "/session attendance [meeting or session]"


@router.command(
    "/session",
    "attendance",
    usage=USAGE,
    summary="Shows who is, or was, in the newest session, for how long; and as a CSV file.",
    needs=Right.ACT,
    resume="attendance.of",
)
async def show(turn: Turn) -> None:
    """The attendance of the session that runs, else of the last one."""
    await _answer(turn, *await _newest(turn, await turn.meeting(turn.args)))


@router.action("attendance.of", needs=Right.ACT)
async def show_chosen(turn: Turn) -> None:
    """The choice of a meeting from several."""
    await _answer(turn, *await _newest(turn, meeting_in(turn.ask.value)))


@router.action("attendance.show", needs=Right.ACT)
async def show_of_card(turn: Turn) -> None:
    """The Attendance button on a summary."""
    await _answer(turn, *await _named(turn))


@router.action("attendance.file", needs=Right.ACT, effect=Effect("The file was not sent."))
async def send_file(turn: Turn) -> None:
    """The file, into the direct messages of the person who asked: there is no file that only one person sees."""
    meeting, session = await _named(turn)
    everyone = await _attendance(turn, session)
    name, slack = view.file_name(session, meeting.id), turn.services.slack
    async with turn.services.operations.once(turn.deed("send attendance", meeting, harmless=True)) as attempt:
        try:
            channel = await slack.direct(turn.ask.user_id)
            await slack.upload(channel, name, view.csv_file(everyone), "Everybody who was there")
        except SlackFailed as failed:
            raise Misused(f"Slack did not take the file ({failed.code}).", USAGE) from None
        attempt.outcome = "sent"
    await turn.reply(view.sent(name))


async def _answer(turn: Turn, meeting: MeetingChoice, session: Session) -> None:
    everyone, over = await _attendance(turn, session), session.status is SessionStatus.ENDED
    await turn.reply(view.report(session, meeting.id, everyone, offers_file=True, over=over))


async def _attendance(turn: Turn, session: Session) -> tuple[Attended, ...]:
    rows = await turn.services.meetings.rows(session)
    return attendance(rows, session.ended_at or turn.now, over=session.status is SessionStatus.ENDED)


async def _newest(turn: Turn, meeting: MeetingChoice) -> tuple[MeetingChoice, Session]:
    """The session that runs, else the last one; or the session itself that was named by its id."""
    meetings = turn.services.meetings
    try:
        return meeting, await meetings.live(meeting)
    except NotLive as refusal:
        last = await meetings.last(meeting)
        if last is None:
            raise
        return meeting, last.model_copy(update={"title": last.title or refusal.meeting.title})
    except MeetingNotFound as missing:
        if not is_uuid(meeting.id):
            raise
        try:
            return await _session(turn, meeting.id)
        except NoSession:
            raise missing from None


async def _named(turn: Turn) -> tuple[MeetingChoice, Session]:
    """The session that a button holds."""
    session_id = str(unpacked(turn.ask.value).get("s") or "")
    if not is_uuid(session_id):
        raise MeetingNotFound(session_id[:40])
    try:
        return await _session(turn, session_id)
    except NoSession:
        raise Misused("RealtimeKit does not know that session any more.", USAGE) from None


async def _session(turn: Turn, session_id: str) -> tuple[MeetingChoice, Session]:
    session = await turn.services.kit.session(session_id)
    meeting = MeetingChoice(session.meeting_id or session_id, session.title)
    return dataclasses.replace(meeting, title=title_of(session.title, meeting.id)), session
