"""`/session watch`: a live card in the channel."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.errors import NotLinked, NotLive, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.errors import RealtimeKitError
from bot.slack.client import SlackFailed
from bot.slack.context import Context, first_word, means_here, named_meeting
from bot.slack.listeners import Listeners
from bot.store.cards import Cards
from bot.store.errors import StoreError
from bot.views import watch
from bot.views.failures import FailureText
from bot.views.parts import display_title

UpdateNow = Callable[[str], Awaitable[Mapping[str, str] | None]]
"""Brings a meeting's cards up to date; Slack's code by channel where that failed, None if it will be done later."""
USAGE = "/session watch [meeting], or /session watch off [meeting]"
WATCH = FailureText("Nothing was changed.", "The live card may be on. You can safely try again.")
_OFF = {"off", "stop", "no"}


@dataclass(eq=False)
class Watch:
    """Turns live cards on and off."""

    meetings: Meetings
    cards: Cards
    operations: Operations
    update_now: UpdateNow

    async def start_or_stop(self, context: Context) -> None:
        """`/session watch`, with or without `off`."""
        word, rest = first_word(context.args)
        if word.lower() == "off" or context.args.strip().lower() in _OFF:
            # Other words are how a title may begin.
            context.args, context.resume = rest, "watch.stop"
            await self.stop(context)
        else:
            means_here(context, ("on",))
            await self.start(context)

    async def start(self, context: Context) -> None:
        """Watch a meeting in this channel."""
        meeting = await named_meeting(context, self.meetings)
        channel_id, by, live = context.channel(USAGE), context.request.user_id, True
        try:
            title = (await self.meetings.live(meeting)).title
        except NotLive as refusal:
            title, live = refusal.meeting.title, False
        meeting = dataclasses.replace(meeting, title=title)
        shown = display_title(title, meeting.id)
        async with self.operations.once(context.operation("watch", meeting, harmless=True)) as attempt:
            # The channel gets a new card, where people are reading now.
            await self.cards.watch(channel_id, meeting.id, title, by, context.now)
            # From here on it is watched, whatever fails: then the card comes later.
            said = watch.watching(shown, meeting.id, by)
            code = await (self._update(channel_id, meeting.id) if live else context.post(said))
            if SlackFailed(code).is_unpostable:
                await self.cards.unwatch(channel_id, meeting.id)
                raise context.cannot_post
            attempt.outcome = "watched"
        if code:
            await context.reply(watch.late(shown) if live else watch.watching(shown, meeting.id, by))
        elif live and not await self._has_card(channel_id, meeting.id):
            await context.reply(watch.watching(shown, meeting.id, by))  # the session that was read a moment ago is over

    async def stop(self, context: Context) -> None:
        """Watch it no longer."""
        channel_id, by = context.channel(USAGE), context.request.user_id
        try:
            meeting = await self.meetings.titled(await named_meeting(context, self.meetings))
        except NotLinked:
            if others := await self.cards.watched_in(channel_id):
                await context.reply(watch.not_watching(others))
                return
            raise
        async with self.operations.once(context.operation("stop watching", meeting, harmless=True)) as attempt:
            watched = await self.cards.unwatch(channel_id, meeting.id, by)
            attempt.outcome = "stopped" if watched else "was not watched"
        if not watched:
            await context.reply(watch.not_watching(await self.cards.watched_in(channel_id)))
            return
        await self._update(channel_id, meeting.id)  # the card's last text, otherwise; it may come later
        await context.reply(watch.stopped(display_title(meeting.title, meeting.id), by))

    async def _has_card(self, channel_id: str, meeting_id: str) -> bool:
        try:
            return any(card.channel_id == channel_id for card in await self.cards.following(meeting_id))
        except StoreError:
            return True

    async def _update(self, channel_id: str, meeting_id: str) -> str:
        """Bring the cards up to date; Slack's code if this channel's was not posted, `late` if it will be later."""
        try:
            refused = await self.update_now(meeting_id)
        except (RealtimeKitError, StoreError):
            return "late"
        return "late" if refused is None else refused.get(channel_id, "")


def register(listeners: Listeners, feature: Watch) -> None:
    """Register the command and its buttons."""
    listeners.command(
        "/session watch",
        feature.start_or_stop,
        needs=Right.HOST,
        usage=USAGE,
        summary="Turn on a live card in this channel for this session and all future ones. `off` turns it off.",
        failure=WATCH,
        resume="watch.start",
    )
    listeners.action("watch.start", feature.start, needs=Right.HOST, failure=WATCH)
    listeners.action("watch.stop", feature.stop, needs=Right.HOST, failure=WATCH)
