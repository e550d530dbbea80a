"""`/session end`, and Kick everyone: a question, and then everyone is removed."""

import contextlib
import dataclasses
from dataclasses import dataclass
from datetime import datetime

import structlog
from slack_sdk.models.views import View

from bot.commands.parsing import EVERYONE
from bot.errors import MeetingChoice, Refusal, Right
from bot.meetings import Meetings, id_in
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import Facts, NotAuthorized, NotFound, NotUnderstood, RealtimeKitError
from bot.realtimekit.models import Person, Session
from bot.realtimekit.recordings import RecordingState
from bot.sanitize import json_object
from bot.slack.context import (
    Context,
    first_word,
    means_here,
    meeting_in,
    named_meeting,
    private_metadata,
    retry_as,
    target_value,
)
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.store.errors import StoreError
from bot.store.records import State
from bot.views import end, lock, record
from bot.views.end import Stopped
from bot.views.failures import FailureText, RetryButton
from bot.views.parts import display_title, encode

log = structlog.get_logger(__name__)

END = FailureText(
    "No one was removed.", "I can't tell if everyone was removed. Check who's still in before trying again."
)


@dataclass(eq=False)
class End:
    """Ends sessions, by removing everyone."""

    meetings: Meetings
    realtimekit: RealtimeKit
    operations: Operations
    recording: RecordingState

    async def ask(self, context: Context) -> None:
        """Ask before everyone is removed."""
        means_here(context, EVERYONE)
        await self.ask_about(context, await named_meeting(context, self.meetings))

    async def ask_about(self, context: Context, meeting: MeetingChoice) -> None:
        """Ask before everyone is removed from this meeting."""
        session = await self.meetings.live(meeting)
        title = display_title(session.title, meeting.id)[:200]
        metadata = private_metadata(context.request, m=meeting.id, t=title, s=session.id)
        locks, seen = bool(json_object(context.request.value).get("l")), tuple[Person, ...]()
        with contextlib.suppress(RealtimeKitError):
            seen = await self.meetings.glance(session)
        await context.show(end.question(session, meeting.id, seen, private_metadata=metadata, locks=locks))

    async def submit(self, context: Context) -> None:
        """Remove everyone."""
        view = context.request.view
        meeting = meeting_in(view.private_metadata.get("m"))
        title = display_title(str(view.private_metadata.get("t") or ""), meeting.id)
        meeting, locks = dataclasses.replace(meeting, title=title), bool(view.selected("lock"))
        session, asked_about = await self._session(meeting), str(view.private_metadata.get("s") or "")
        if session and session.id and asked_about and session.id != asked_about:
            await context.reply(end.another_session(title, meeting.id, request_id=context.request.request_id))
            context.outcome = State.FAILED
            return
        if locks:
            await self._lock(context, meeting)
        stopped = Stopped.NOTHING
        try:
            async with self.operations.once(context.operation("end", meeting)) as attempt:
                stopped = await self._stop_recording(meeting.id)
                count = await self._kick_all(meeting, context.now, (session and session.people) or 0)
                attempt.outcome = "everyone removed" if count is None else f"{count} removed"
        except (RealtimeKitError, StoreError):
            await self._tell_what_was_done(context, meeting, locked=locks, stopped=stopped is Stopped.YES)
            raise
        locked, request = locks or await self.meetings.is_locked(meeting.id), context.request
        rooms, nonce = bool(session and session.breakout_rooms), request.request_id
        said = end.ended(title, meeting.id, count, request.user_id, locked=locked, rooms=rooms, nonce=nonce)
        always = stopped in (Stopped.YES, Stopped.NOT, Stopped.UNKNOWN)
        await context.announce(end.with_recording(said, stopped), always=always)

    async def _tell_what_was_done(
        self, context: Context, meeting: MeetingChoice, *, locked: bool, stopped: bool
    ) -> None:
        """The end failed; what was done before it is done, and concerns the channel."""
        facts = meeting.title or "", meeting.id, context.request.user_id, context.request.request_id
        if locked:
            await context.announce(lock.locked(*facts))
        if stopped:
            await context.announce(record.changed("stop", *facts), always=True)

    async def _session(self, meeting: MeetingChoice) -> Session | None:
        """The session that runs by now, which may be another than the one that was asked about."""
        with contextlib.suppress(Refusal):
            return await self.meetings.live(meeting)
        return None

    async def _stop_recording(self, meeting_id: str) -> Stopped:
        """Stop what is being recorded, or the file may be lost."""
        self.recording.changed(meeting_id)
        running = self.recording.known(meeting_id)
        try:
            running = await self.recording.now(meeting_id)
            if running is None or not running.id:
                return Stopped.NOTHING
            done = await self.recording.change(meeting_id, running.id, "stop")
        except RealtimeKitError as error:
            log.warning("recording not stopped", meeting=meeting_id, error=type(error).__name__)
            if running is None:
                # An account without recordings has none to stop.
                return Stopped.NOTHING if isinstance(error, (NotAuthorized, NotFound)) else Stopped.UNREAD
            return Stopped.NOT
        return Stopped.YES if done in ("yes", "already") else Stopped.UNKNOWN

    async def _lock(self, context: Context, meeting: MeetingChoice) -> None:
        """Before anyone is removed, so that nobody slips back in. A lock in doubt says nothing about the end."""
        operation = context.operation("lock", meeting)
        operation = dataclasses.replace(operation, intent=f"{operation.intent}:lock")
        try:
            async with self.operations.once(operation) as attempt:
                await self.realtimekit.update_meeting(meeting.id, status="INACTIVE")
                attempt.outcome = "locked"
        except RealtimeKitError as error:
            if error.may_have_happened:
                await context.reply(lock.maybe_locked(meeting.title or "", meeting.id, context.request.request_id))
            raise type(error)(dataclasses.replace(error.facts, may_have_happened=False)) from None

    async def _kick_all(self, meeting: MeetingChoice, now: datetime, expected: int) -> int | None:
        """How many were removed. If the response was lost, or tells of fewer, the meeting itself tells."""
        try:
            count = await self.realtimekit.kick_all(meeting.id)
        except RealtimeKitError as error:
            if error.may_have_happened and await self.meetings.verified_people(meeting, now) == ():
                return None
            raise
        finally:
            self.meetings.changed(meeting.id)
        if not count or count < expected:
            here = await self.meetings.verified_people(meeting, now)
            if here or (here is None and not count):
                raise NotUnderstood(Facts("kick_all", message="not everyone was removed", may_have_happened=True))
        return count


def _loading_command(request: SlackRequest) -> View | None:
    """It opens at once, unless a meeting must first be searched for by words of its title."""
    words = first_word(request.text)[1]
    return end.loading_end() if not words or id_in(words) else None


def _retry_submission(request: SlackRequest) -> RetryButton | None:
    meeting_id = str(request.view.private_metadata.get("m") or "")
    lock = {"l": 1} if request.view.selected("lock") else {}
    value = encode({"m": meeting_id} | lock | target_value(request))
    return RetryButton("session.end", value) if meeting_id and value else None


def register(listeners: Listeners, feature: End) -> None:
    """Register the command, the buttons and the question."""
    listeners.command(
        "/session end",
        feature.ask,
        needs=Right.HOST,
        usage="/session end [meeting]",
        summary="End the meeting for everyone. Asks you to confirm.",
        loading=_loading_command,
        failure=END,
        resume="session.end",
    )
    listeners.action("session.end", feature.ask, needs=Right.HOST, loading=end.loading_end(), failure=END)
    listeners.action(
        "kick.everyone",
        feature.ask,
        needs=Right.HOST,
        loading=end.loading_end(),
        pushes=True,
        failure=END,
        retry=retry_as("session.end"),
    )
    listeners.view("end", feature.submit, needs=Right.HOST, failure=END, retry=_retry_submission)
