"""`/session who` and People…: who is in, with what a host may do to each."""

from dataclasses import dataclass
from typing import Any

from bot.commands.people_form import offered_options
from bot.errors import MeetingChoice, PeopleUnknown, Right
from bot.meetings import Meetings
from bot.sanitize import json_object
from bot.slack.context import Context, meeting_in, named_meeting, private_metadata
from bot.slack.listeners import Listeners
from bot.slack.request import Kind
from bot.views import people
from bot.views.drawn import Same, drawn_at
from bot.views.people import PeopleList


@dataclass(eq=False)
class People:
    """Lists who is in a meeting."""

    meetings: Meetings

    async def show(self, context: Context) -> None:
        """The first page, or the one that was clicked, in place of the list that was clicked in."""
        if context.request.view.id and not context.request.view.is_home:
            await self._update(context)
            return
        meeting = await named_meeting(context, self.meetings, shared=True)
        listed = await self._listed(context, meeting)
        # What everyone sees stays as it is.
        replace = context.request.kind is Kind.ACTION and context.request.message is None
        await context.reply(people.message(listed), replace=replace)

    async def open(self, context: Context) -> None:
        """The list in a modal."""
        meeting = await named_meeting(context, self.meetings, shared=True)
        metadata = private_metadata(context.request, m=meeting.id)
        listed = await self._listed(context, meeting, nonce=context.request.request_id)
        await context.show(people.modal(listed, private_metadata=metadata))

    async def _update(self, context: Context) -> None:
        """The modal that was clicked in, with another page, the one who was looked for, or without who was removed."""
        view = context.request.view
        meeting = meeting_in(view.private_metadata.get("m"))
        metadata = private_metadata(context.request, m=meeting.id)
        find = context.request.value if context.request.name == "people.find" else ""
        listed = await self._listed(context, meeting, find, nonce=context.request.request_id)
        await context.messages.update_modal(view.id, people.modal(listed, private_metadata=metadata))

    async def offer(self, context: Context) -> list[dict[str, Any]]:
        """Whom one may look for, by what was typed so far."""
        meeting = meeting_in(context.request.view.private_metadata.get("m"))
        everyone = await self.meetings.people(await self.meetings.live(meeting))
        return offered_options(Same(everyone), context.request.text, drawn_at(context.now))

    async def _listed(self, context: Context, meeting: MeetingChoice, find: str = "", *, nonce: str = "") -> PeopleList:
        session, page = await self.meetings.live(meeting), json_object(context.request.value).get("p")
        connections = await self.meetings.connections(session)
        everyone = connections.people
        if not everyone and (session.people or connections.missing):
            raise PeopleUnknown(session.people)
        now = drawn_at(context.now)
        return PeopleList(
            session,
            meeting.id,
            tuple(person for person in everyone if person.key == find) if find else everyone,
            total=len(everyone),
            now=now,
            right=context.right,
            nonce=nonce or f"{now:%H%M%S}",
            page=page if isinstance(page, int) else 1,
            found=bool(find),
        )


def register(listeners: Listeners, feature: People) -> None:
    """Register the command, the modal and their buttons."""
    listeners.command(
        "/session who",
        feature.show,
        usage="/session who [meeting]",
        summary="List everyone in the meeting, with their role and join time.",
        needs=Right.VIEW,
        resume="session.who",
    )
    for page in ("session.who", "session.who.previous", "session.who.next", "people.find"):
        listeners.action(page, feature.show, needs=Right.VIEW)
    listeners.options("people.find", feature.offer, needs=Right.VIEW)
    listeners.action("session.people", feature.open, needs=Right.VIEW, loading=people.loading())
