"""`/session status` and `details`: looking, which every member can."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import MeetingChoice, NotLive, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.models import Person, Session
from bot.realtimekit.recordings import RecordingState
from bot.realtimekit.secrets import Recording
from bot.slack.context import Context, meeting_in, named_meeting
from bot.slack.listeners import Listeners
from bot.slack.request import Kind
from bot.views import details, status
from bot.views.control import Conditions
from bot.views.drawn import Same, drawn_at, drawn_once
from bot.views.failures import FailureText
from bot.views.parts import Message, display_title

MAX_BEGUN = 1000
"""For how many meetings the session is kept for which all that a card shows is read."""


@dataclass(eq=False)
class Status:
    """Shows who is in a meeting.

    Attributes:
        recording: what is being recorded.
        joins: whether people can join from Slack.
    """

    meetings: Meetings
    operations: Operations
    recording: RecordingState
    joins: bool
    _begun: dict[str, Session] = field(default_factory=dict, init=False)

    async def show(self, context: Context) -> None:
        """The status card, visible only to the person who asked."""
        meeting = await named_meeting(context, self.meetings, shared=True)
        await context.reply(await self._card(context, meeting), replace=context.request.kind is Kind.ACTION)

    async def share(self, context: Context) -> None:
        """Post the status card to the channel, for everyone there; a second click posts no second one."""
        meeting = meeting_in(context.request.value)
        async with self.operations.once(context.operation("post", meeting)) as attempt:
            card = await self._card(context, meeting, posted_by=context.request.user_id)
            if failed := await context.messages.tell_channel(context.request, card):
                raise context.cannot_post if failed.is_unpostable else failed.refusal
            attempt.outcome = "posted"

    async def show_details(self, context: Context) -> None:
        """Every field of the live session and of its meeting."""
        meeting = await named_meeting(context, self.meetings, shared=True)
        session, known = await self.meetings.details(meeting)
        titles = (one.title for one in (session, known, meeting) if one and one.title)
        await context.show(details.modal(display_title(next(titles, None), meeting.id), session, known))

    async def _card(self, context: Context, meeting: MeetingChoice, *, posted_by: str | None = None) -> Message:
        try:
            session = await self.meetings.live(meeting)
        except NotLive as refusal:
            nonce = context.request.request_id
            return status.not_live(refusal, right=context.right, nonce=nonce, posted_by=posted_by)
        people, locked, recording = await self._read(context, meeting.id, session)
        now = drawn_at(context.now)
        return _drawn(
            Same(session),
            meeting.id,
            Same(people),
            now=now,
            right=context.right,
            conditions=Conditions(locked, recording, self.joins),
            posted_by=posted_by,
        )

    async def _read(
        self, context: Context, meeting_id: str, session: Session
    ) -> tuple[tuple[Person, ...], bool | None, Recording | None]:
        """What a card shows besides the session: who is in, whether it is locked, and what is recorded."""
        if self._begun.get(meeting_id) is session:
            # Someone reads all this for the same session, or just did, and three tasks would cost more than the card.
            people, locked = await self._glance(session), await self.meetings.is_locked(meeting_id)
            return people, locked, await self._recording(context, meeting_id)
        if len(self._begun) >= MAX_BEGUN:
            self._begun.clear()
        self._begun[meeting_id] = session
        people, locked, recording = await asyncio.gather(
            self._glance(session), self.meetings.is_locked(meeting_id), self._recording(context, meeting_id)
        )
        if not people or locked is None:  # the next one reads it again, and all at once
            self._begun.pop(meeting_id, None)
        return people, locked, recording

    async def _recording(self, context: Context, meeting_id: str) -> Recording | None:
        """What is being recorded: read for hosts, who share one call; others share what was read lately."""
        if context.right < Right.HOST:
            return await self.recording.lately(meeting_id)
        try:
            return await self.recording.now(meeting_id)
        except RealtimeKitError:
            return self.recording.known(meeting_id)

    async def _glance(self, session: Session) -> tuple[Person, ...]:
        try:
            return await self.meetings.glance(session)
        except RealtimeKitError:
            return ()  # a card without names is better than none


@drawn_once
def _drawn(
    session: Same[Session],
    meeting_id: str,
    people: Same[tuple[Person, ...]],
    *,
    now: datetime,
    right: Right,
    conditions: Conditions,
    posted_by: str | None,
) -> Message:
    """The card.

    Its buttons differ from those drawn later: whoever shares it twice on purpose has refreshed it in between.
    """
    return status.card(
        session.value,
        meeting_id,
        people.value,
        now=now,
        right=right,
        nonce=f"{now:%H%M%S}",
        conditions=conditions,
        posted_by=posted_by,
    )


def register(listeners: Listeners, feature: Status) -> None:
    """Register the commands, and the buttons on their cards."""
    listeners.command(
        "/session status",
        feature.show,
        usage="/session status [meeting]",
        summary="See who's in the meeting, and control it. `/session` alone does the same.",
        needs=Right.VIEW,
        resume="session.status",
    )
    listeners.action("session.status", feature.show, needs=Right.VIEW)
    listeners.command(
        "/session details",
        feature.show_details,
        usage="/session details [meeting]",
        summary="See all session and meeting details, with IDs you can copy.",
        needs=Right.VIEW,
        loading=details.loading(),
        resume="session.details",
    )
    listeners.action("session.details", feature.show_details, needs=Right.VIEW, loading=details.loading())
    not_posted = FailureText("The status wasn't shared.", "It may be in the channel. Check there first.")
    listeners.action("session.post", feature.share, needs=Right.VIEW, failure=not_posted)
