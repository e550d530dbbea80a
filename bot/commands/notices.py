"""`/session notices`: what a channel is told of its meeting's sessions."""

import re
from dataclasses import dataclass

from bot.errors import CannotPost, MeetingChoice, Misused, NotLinked, Right
from bot.operations import Operations
from bot.sanitize import DASHES
from bot.slack.client import SlackFailed
from bot.slack.context import Context
from bot.slack.listeners import Listeners
from bot.store.links import Links
from bot.store.records import Link
from bot.store.records import Notices as Choice
from bot.views import watch
from bot.views.failures import FailureText
from bot.views.parts import display_title

USAGE = "/session notices [off · start · both · no-host minutes]"
MAX_MINUTES = 120
CHANGE = FailureText("The notice setting wasn't changed.", "Check the current setting with `/session notices`.")
_CHOICES = {
    **dict.fromkeys(("off", "none", "no"), Choice.OFF),
    **dict.fromkeys(("start", "starts", "on"), Choice.START),
    **dict.fromkeys(("both", "all", "start and end", "end"), Choice.BOTH),
}


@dataclass(frozen=True, slots=True)
class Notices:
    """Shows and changes what a channel is told."""

    links: Links
    operations: Operations

    async def show_or_choose(self, context: Context) -> None:
        """What the channel is told; or another choice."""
        channel_id = context.channel(USAGE)
        link = await self.links.of(channel_id)
        if link is None:
            raise NotLinked
        title = display_title(link.title, link.meeting_id)
        if not context.args:
            await context.reply(watch.notices(link.notices, title))
            if link.no_host:
                await context.reply(watch.no_host_notice(link.no_host, title))
            return
        if (minutes := _no_host_in(context.args)) is not None:
            await self._guard(context, link, title, minutes or None)
            return
        await self._choose(context, link, title)

    async def _choose(self, context: Context, link: Link, title: str) -> None:
        """Whether the channel is told of starts, or of starts and ends."""
        choice = _CHOICES.get(" ".join(context.args.lower().split()))
        if choice is None:
            raise Misused(f"“{context.words[:40]}” isn't an option.", USAGE)
        meeting = MeetingChoice(link.meeting_id, link.title)
        async with self.operations.once(context.operation("notices", meeting, detail=choice.value)) as attempt:
            if not await self.links.set_notices(link.channel_id, meeting.id, choice, context.now):
                raise NotLinked
            said = watch.notices(choice, title, context.request.user_id)
            # What cannot be posted now could not be posted when the meeting starts.
            code = "" if choice is Choice.OFF else await context.post(said)
            if SlackFailed(code).is_unpostable:
                await self.links.set_notices(link.channel_id, meeting.id, link.notices, context.now)
                raise CannotPost
            attempt.outcome = choice.value
        if code:
            await context.reply(said)
        elif choice is Choice.OFF:
            await context.announce(said)

    async def _guard(self, context: Context, link: Link, title: str, minutes: int | None) -> None:
        """Tell the channel, or do not, when people have been in for so long without a host."""
        meeting, detail = MeetingChoice(link.meeting_id, link.title), f"no-host {minutes or 'off'}"
        async with self.operations.once(context.operation("notices", meeting, detail=detail)) as attempt:
            if not await self.links.set_no_host(link.channel_id, meeting.id, minutes):
                raise NotLinked
            said = watch.no_host_notice(minutes, title, context.request.user_id)
            code = "" if minutes is None else await context.post(said)
            if SlackFailed(code).is_unpostable:
                await self.links.set_no_host(link.channel_id, meeting.id, link.no_host)
                raise CannotPost
            attempt.outcome = detail
        if code:
            await context.reply(said)
        elif minutes is None:
            await context.announce(said)


def _no_host_in(text: str) -> int | None:
    """The minutes in `no-host 5`, 0 for `no-host off`; None where it is about something else. Raises `Misused`."""
    match = re.fullmatch(rf"no[\s{DASHES}]?host\b(.*)", text.strip(), re.IGNORECASE)
    if not match:
        return None
    word = match[1].strip().lower()
    if word in ("off", "none", "0"):
        return 0
    number = re.fullmatch(r"(\d{1,4})\s*(m|min|minutes?)?", word or "5", re.ASCII)
    if not number or not 1 <= int(number[1]) <= MAX_MINUTES:
        raise Misused(f"Enter the number of minutes, 1 to {MAX_MINUTES}, or `off`.", "/session notices no-host 5")
    return int(number[1])


def register(listeners: Listeners, feature: Notices) -> None:
    """Register the command."""
    listeners.command(
        "/session notices",
        feature.show_or_choose,
        needs=Right.HOST,
        usage=USAGE,
        summary="Post here when the meeting starts or ends, or when people are in without a host.",
        failure=CHANGE,
    )
