"""`/session attendance`: who was there, from when to when, for how long."""

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.background import gather
from bot.errors import CannotCheck, MeetingChoice, MeetingNotFound, Misused, NotLive, PeopleUnknown, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.attendance import Attended, attendance, last_known
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSession
from bot.realtimekit.models import Session, SessionStatus, is_uuid
from bot.sanitize import from_slack, json_object
from bot.slack.context import Context, named_meeting
from bot.slack.directory import Directory, name_shown, slack_user_in
from bot.slack.listeners import Listeners
from bot.views import attendance as view
from bot.views.files import SEND_FILE, sent
from bot.views.parts import display_title

MAX_ASKED = 200
"""People whom Slack is asked about, of whom it tells a hundred or so a minute."""
MAX_CONCURRENT = 5
USAGE = "/session attendance [meeting or session]"


@dataclass(eq=False)
class Attendance:
    """Shows the attendance of a session, and sends it as a file."""

    meetings: Meetings
    realtimekit: RealtimeKit
    operations: Operations
    directory: Directory

    async def show(self, context: Context) -> None:
        """Of the session that runs, otherwise of the last one."""
        await self._show(context, *await self._newest(await named_meeting(context, self.meetings)))

    async def show_session(self, context: Context) -> None:
        """The Attendance button on a summary."""
        await self._show(context, *await self._session_in(context))

    async def send_file(self, context: Context) -> None:
        """The CSV, into the direct messages of the person who asked."""
        meeting, session = await self._session_in(context)
        everyone, _ = await self._attendance(context, session)
        names = await self._slack_names(everyone)
        name, content = view.file_name(session, meeting.id), view.csv_file(everyone, names)
        operation = context.operation("send attendance", meeting, harmless=True, personal=True)
        async with self.operations.once(operation) as attempt:
            await context.send_file(name, content, "Full attendance")
            attempt.outcome = "sent"
        await context.reply(sent(name))

    async def _show(self, context: Context, meeting: MeetingChoice, session: Session) -> None:
        everyone, missing = await self._attendance(context, session)
        names = await self._slack_names(everyone[: view.MAX_SHOWN])
        count = view.count_known(len(everyone), missing)
        count += "" if session.status is SessionStatus.ENDED else " so far"
        await context.reply(view.report(session, meeting.id, everyone, names, count))

    async def _slack_names(self, everyone: Sequence[Attended]) -> Mapping[str, str]:
        """What those who joined from Slack are called there, by custom id; those of whom Slack tells nothing miss."""

        async def look_up(custom_id: str, user_id: str) -> tuple[str, str]:
            try:
                user = await self.directory.user(user_id)
            except CannotCheck:
                return custom_id, ""
            return custom_id, name_shown(user)

        ids = from_slack(one.person.custom_id for one in everyone)
        if not ids:
            return {}
        team_id = (await self.directory.identity()).team_id
        people = {one: user_id for one in ids if (user_id := slack_user_in(one, team_id))}
        asked = list(people.items())[:MAX_ASKED]
        found = await gather((look_up(*one) for one in asked), MAX_CONCURRENT)
        return {custom_id: name for custom_id, name in found if name}

    async def _attendance(self, context: Context, session: Session) -> tuple[Sequence[Attended], int]:
        """Who was there, and how many connections the API counts beyond those it lists."""
        connections = await self.meetings.connections(session)
        rows, counted = connections.rows, session.people or session.peak
        if not rows and (counted or connections.missing):
            raise PeopleUnknown(counted)
        over = session.status is SessionStatus.ENDED
        until = session.ended_at or (last_known(rows) or session.updated_at if over else None) or context.now
        return attendance(rows, until, over=over), connections.missing

    async def _newest(self, meeting: MeetingChoice) -> tuple[MeetingChoice, Session]:
        """The session that runs, otherwise the last one; or the session itself that was named by its id."""
        try:
            return meeting, await self.meetings.live(meeting)
        except NotLive as refusal:
            last = await self.meetings.last(meeting)
            if last is None:
                with contextlib.suppress(NoSession):
                    if refusal.unread and is_uuid(meeting.id):
                        return await self._session(meeting.id)  # the id may be a session's
                raise
            return meeting, last.titled(refusal.meeting.title)
        except MeetingNotFound as missing:
            if not is_uuid(meeting.id):
                raise
            try:
                return await self._session(meeting.id)
            except NoSession:
                raise missing from None

    async def _session_in(self, context: Context) -> tuple[MeetingChoice, Session]:
        """The session that a button holds."""
        session_id = str(json_object(context.request.value).get("s") or "")
        if not is_uuid(session_id):
            raise MeetingNotFound(session_id[:40])
        try:
            return await self._session(session_id)
        except NoSession:
            raise Misused("RealtimeKit no longer has that session.", USAGE) from None

    async def _session(self, session_id: str) -> tuple[MeetingChoice, Session]:
        session = await self.realtimekit.session(session_id)
        meeting = MeetingChoice(session.meeting_id or session_id, session.title)
        return dataclasses.replace(meeting, title=display_title(session.title, meeting.id)), session


def register(listeners: Listeners, feature: Attendance) -> None:
    """Register the command and its buttons."""
    listeners.command(
        "/session attendance",
        feature.show,
        needs=Right.HOST,
        usage=USAGE,
        summary="See who attended the current or last session and for how long. Includes a CSV.",
        resume="attendance.of",
    )
    listeners.action("attendance.of", feature.show, needs=Right.HOST)
    listeners.action("attendance.show", feature.show_session, needs=Right.HOST)
    listeners.action("attendance.file", feature.send_file, needs=Right.HOST, failure=SEND_FILE)
