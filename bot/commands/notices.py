"""`/session notices`: what a channel is told of its meeting's sessions."""

from dataclasses import dataclass

from bot.errors import CannotPost, MeetingChoice, Misused, NotLinked, Right
from bot.operations import Operations
from bot.slack.client import SlackFailed
from bot.slack.context import Context
from bot.slack.listeners import Listeners
from bot.store.links import Links
from bot.store.records import Notices as Choice
from bot.views import watch
from bot.views.failures import FailureText
from bot.views.parts import display_title

USAGE = "/session notices [off · start · both]"
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
            return
        choice = _CHOICES.get(" ".join(context.args.lower().split()))
        if choice is None:
            raise Misused(f"“{context.words[:40]}” isn't an option.", USAGE)
        meeting = MeetingChoice(link.meeting_id, link.title)
        async with self.operations.once(context.operation("notices", meeting, detail=choice.value)) as attempt:
            if not await self.links.set_notices(channel_id, meeting.id, choice, context.now):
                raise NotLinked
            said = watch.notices(choice, title, context.request.user_id)
            # What cannot be posted now could not be posted when the meeting starts.
            code = "" if choice is Choice.OFF else await context.post(said)
            if SlackFailed(code).is_unpostable:
                await self.links.set_notices(channel_id, meeting.id, link.notices, context.now)
                raise CannotPost
            attempt.outcome = choice.value
        if code:
            await context.reply(said)
        elif choice is Choice.OFF:
            await context.announce(said)


def register(listeners: Listeners, feature: Notices) -> None:
    """Register the command."""
    listeners.command(
        "/session notices",
        feature.show_or_choose,
        needs=Right.HOST,
        usage=USAGE,
        summary="Post here when the meeting starts, or when it starts and ends.",
        failure=CHANGE,
    )
