"""`/session status` and `who`: looking, which every member may."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from bot.errors import CannotPost, MeetingChoice, NotLive, PeopleUnknown, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.models import Person, Session
from bot.sanitize import json_object
from bot.slack.context import Context, meeting_in, named_meeting
from bot.slack.listeners import Listeners
from bot.slack.request import Kind
from bot.views import status
from bot.views.failures import FailureText
from bot.views.parts import Message


@dataclass(frozen=True, slots=True)
class Status:
    """Shows who is in a meeting."""

    meetings: Meetings
    operations: Operations

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
                raise CannotPost if failed.is_unpostable else failed.refusal
            attempt.outcome = "posted"

    async def list_people(self, context: Context) -> None:
        """Everyone who is in: the first page, or the one that was clicked, in place of the list that was clicked in."""
        await self._show_people(context, replace=context.request.kind is Kind.ACTION)

    async def list_people_apart(self, context: Context) -> None:
        """The same from a message that everyone sees, which stays as it is."""
        await self._show_people(context, replace=False)

    async def _card(self, context: Context, meeting: MeetingChoice, *, posted_by: str | None = None) -> Message:
        try:
            session = await self.meetings.live(meeting)
        except NotLive as refusal:
            return status.not_live(refusal, posted_by=posted_by)
        try:
            people = await self.meetings.glance(session)
        except RealtimeKitError:
            people = ()  # a card without names is better than none
        now = (context.now + timedelta(seconds=1)).replace(microsecond=0)
        return _drawn(session, meeting.id, people, now=now, right=context.right, posted_by=posted_by)

    async def _show_people(self, context: Context, *, replace: bool) -> None:
        meeting = await named_meeting(context, self.meetings, shared=True)
        session, page = await self.meetings.live(meeting), json_object(context.request.value).get("p")
        people = await self.meetings.people(session)
        if session.people and not people:
            raise PeopleUnknown(session.people)
        card = status.who(
            session,
            meeting.id,
            people,
            page=page if isinstance(page, int) else 1,
            now=context.now,
            right=context.right,
            nonce=context.request.request_id,
        )
        await context.reply(card, replace=replace)


@lru_cache(maxsize=32)
def _drawn(
    session: Session, meeting_id: str, people: tuple[Person, ...], *, now: datetime, right: Right, posted_by: str | None
) -> Message:
    """The card, drawn once for all who ask within the same second.

    Its buttons differ from those of another second: whoever shares it twice on purpose has refreshed it in between.
    """
    nonce = f"{now:%H%M%S}"
    return status.card(session, meeting_id, people, now=now, right=right, nonce=nonce, posted_by=posted_by)


def register(listeners: Listeners, feature: Status) -> None:
    """Register the commands, and the buttons on their cards."""
    listeners.command(
        "/session status",
        feature.show,
        usage="/session status [meeting]",
        summary="Shows how many are in, since when, and the buttons to act. `/session` alone does the same.",
        needs=Right.VIEW,
        resume="session.status",
    )
    listeners.command(
        "/session who",
        feature.list_people,
        usage="/session who [meeting]",
        summary="Lists everyone in the room, with the time they joined and their role.",
        needs=Right.VIEW,
        resume="session.who",
    )
    listeners.action("session.status", feature.show, needs=Right.VIEW)
    not_posted = FailureText("It was not posted.", "It may or may not be in the channel: look there first.")
    listeners.action("session.post", feature.share, needs=Right.VIEW, failure=not_posted)
    for page in ("session.who", "session.who.previous", "session.who.next"):
        listeners.action(page, feature.list_people, needs=Right.VIEW)
    listeners.action("watch.who", feature.list_people_apart, needs=Right.VIEW)
