"""`/session use` and `/session forget`: which meeting a channel means."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.views import View

from bot.errors import MeetingChoice, MeetingNotFound, Misused, NotLinked, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.slack.context import Context, first_word, meeting_in, private_metadata
from bot.slack.listeners import Listeners
from bot.slack.request import Kind, SlackRequest
from bot.store.links import Links
from bot.store.records import Notices
from bot.views import link
from bot.views.failures import FailureText

USAGE = "/session use [meeting]"
LINK = FailureText("The channel's link wasn't changed.", "Check `/session` to see which meeting this channel uses.")


@dataclass(eq=False)
class Link:
    """Links channels to meetings."""

    meetings: Meetings
    links: Links
    operations: Operations

    async def use(self, context: Context) -> None:
        """Link the channel to the meeting that is named or was chosen; without a name the modal is open already."""
        if context.request.kind is Kind.ACTION:
            await self._link(context, meeting_in(context.request.value).id)
        elif context.args:
            await self._link(context, context.words)

    async def form_opened(self, context: Context) -> None:
        """The Link a meeting… button: the form that opened is all of it."""

    async def offer_meetings(self, context: Context) -> list[dict[str, Any]]:
        """The meetings that can be joined; the API searches for what was typed."""
        choices = await self.meetings.offered(context.request.text)
        return [option.to_dict() for option in link.meeting_options(choices)]

    async def submit(self, context: Context) -> None:
        """Link the channel to the meeting that was chosen in the form."""
        await self._link(context, meeting_in("".join(context.request.view.selected("meeting"))).id)

    async def forget(self, context: Context) -> None:
        """Unlink the channel."""
        channel_id = context.channel(USAGE)
        if context.args:
            raise Misused("This unlinks the channel from its meeting, so leave the name out.", "/session forget")
        known = await self.links.of(channel_id)
        if known is None:
            await context.reply(link.not_linked())
            return
        meeting = MeetingChoice(known.meeting_id, known.title)
        with contextlib.suppress(MeetingNotFound):
            meeting = await self.meetings.current(meeting)
        async with self.operations.once(context.operation("unlink", meeting)) as attempt:
            try:
                removed = await self.links.remove(channel_id)
            finally:
                self.meetings.relinked(channel_id)
            if not removed:  # someone else just did it
                raise NotLinked
            attempt.outcome = "unlinked"
        await context.announce(link.forgotten(meeting.title, meeting.id, context.request.user_id))

    async def _link(self, context: Context, words: str) -> None:
        meeting, channel_id, by = await self.meetings.known(words), context.channel(USAGE), context.request.user_id
        async with self.operations.once(context.operation("link", meeting)) as attempt:
            try:
                await self.links.put(channel_id, meeting.id, meeting.title, by, context.now)
            finally:
                self.meetings.relinked(channel_id)
            attempt.outcome = "linked"
        now = await self.links.of(channel_id)
        if now is None or now.meeting_id != meeting.id:  # someone else was faster still, and told the channel
            await context.reply(link.replaced(meeting))
            return
        noticed = now.notices is not Notices.OFF or now.no_host is not None
        await context.announce(link.linked(meeting, by, notices=noticed))


def _form(request: SlackRequest) -> View:
    return link.form(private_metadata=private_metadata(request), with_channel=request.from_home)


def _form_unless_named(request: SlackRequest) -> View | None:
    """`/session use` alone is answered by a modal, which needs nothing from any service."""
    return None if first_word(request.text)[1] else _form(request)


def _validate(request: SlackRequest) -> Mapping[str, str]:
    errors = {} if request.view.selected("meeting") else {"meeting": "Choose a meeting."}
    # Slack itself asks for the other field, but what it sends is checked all the same.
    needs_channel = request.from_home and not request.channel_id
    return errors | ({"channel": "Choose a channel."} if needs_channel else {})


def register(listeners: Listeners, feature: Link) -> None:
    """Register the commands, the form and its menu."""
    listeners.command(
        "/session use",
        feature.use,
        needs=Right.HOST,
        usage=USAGE,
        summary="Link this channel to a meeting. Without a name, opens a list.",
        loading=_form_unless_named,
        failure=LINK,
        resume="use.pick",
    )
    listeners.command(
        "/session forget",
        feature.forget,
        needs=Right.HOST,
        usage="/session forget",
        summary="Unlink this channel from its meeting.",
        failure=LINK,
    )
    listeners.action("use.open", feature.form_opened, needs=Right.HOST, loading=_form, failure=LINK)
    listeners.action("use.pick", feature.use, needs=Right.HOST, failure=LINK)
    listeners.options("use.meeting", feature.offer_meetings, needs=Right.HOST)
    listeners.view("use", feature.submit, needs=Right.HOST, validate=_validate, failure=LINK)
