"""`/session watch`: a live card in the channel."""

import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from bot.errors import CannotPost, NotLive, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.errors import RealtimeKitError
from bot.slack.client import SlackFailed
from bot.slack.context import Context, first_word, named_meeting
from bot.slack.listeners import Listeners
from bot.store.cards import Cards
from bot.store.records import CardState
from bot.views import watch
from bot.views.failures import FailureText
from bot.views.parts import Message, display_title

log = structlog.get_logger(__name__)

UpdateNow = Callable[[str], Awaitable[Mapping[str, str] | None]]
"""Brings a meeting's cards up to date; Slack's code by channel where that failed, None if it will be done later."""
USAGE = "/session watch [meeting], or /session watch off [meeting]"
WATCH = FailureText(
    "The meeting is not watched here.", "It may or may not be watched here: doing it again does no harm."
)
STOP = FailureText("The meeting is still watched here.")
_OFF = {"off", "stop", "no"}


@dataclass(frozen=True, slots=True)
class Watch:
    """Turns live cards on and off."""

    meetings: Meetings
    cards: Cards
    operations: Operations
    update_now: UpdateNow

    async def start_or_stop(self, context: Context) -> None:
        """`/session watch`, with or without `off`."""
        word, rest = first_word(context.args)
        if word.lower() in _OFF:
            context.args = rest
            await self.stop(context)
        else:
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
        async with self.operations.once(context.operation("watch", meeting, harmless=True)) as attempt:
            if not live:
                await _post(context, channel_id, watch.watching(display_title(title, meeting.id), by))
            # The channel gets a new card, where people are reading now.
            await self.cards.retire(channel_id, meeting.id, CardState.MOVED, by)
            await self.cards.watch(channel_id, meeting.id, title, by, context.now)
            refused = None
            with contextlib.suppress(RealtimeKitError):  # it is watched; the card comes later, and the person is told
                refused = await self.update_now(meeting.id)
            if channel_id not in {one.channel_id for one in await self.cards.watching(meeting.id)}:
                # The update found that nothing can be posted there.
                raise CannotPost
            attempt.outcome = "watched"
        if refused is None or channel_id in refused:
            await context.reply(watch.late(display_title(title, meeting.id)))

    async def stop(self, context: Context) -> None:
        """Watch it no longer."""
        channel_id, by = context.channel(USAGE), context.request.user_id
        meeting = await self.meetings.titled(await named_meeting(context, self.meetings))
        async with self.operations.once(context.operation("stop watching", meeting, harmless=True)) as attempt:
            watched = await self.cards.unwatch(channel_id, meeting.id)
            retired = await self.cards.retire(channel_id, meeting.id, CardState.STOPPED, by)
            attempt.outcome = "stopped" if watched or retired else "was not watched"
        if not (watched or retired):
            await context.reply(watch.not_watching())
            return
        if retired:
            with contextlib.suppress(RealtimeKitError):  # then the card says it later
                await self.update_now(meeting.id)
        await context.reply(watch.stopped(display_title(meeting.title, meeting.id), by))


async def _post(context: Context, channel_id: str, message: Message) -> None:
    """Post to the channel itself: what cannot be posted there now cannot be kept up to date there later."""
    try:
        await context.messages.post(channel_id, message)
    except SlackFailed as failed:
        log.info("watch not announced", request=context.request.request_id, code=failed.code)
        raise CannotPost from None


def register(listeners: Listeners, feature: Watch) -> None:
    """Register the command and its buttons."""
    listeners.command(
        "/session watch",
        feature.start_or_stop,
        needs=Right.HOST,
        usage=USAGE,
        summary="Puts a card into the channel that follows the meeting, and each of its sessions; `off` ends it.",
        failure=WATCH,
        resume="watch.start",
    )
    listeners.action("watch.start", feature.start, needs=Right.HOST, failure=WATCH)
    listeners.action("watch.stop", feature.stop, needs=Right.HOST, failure=STOP)
