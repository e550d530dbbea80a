"""`/session watch`: a card in the channel that follows the meeting."""

import contextlib
import dataclasses

import structlog

from bot.commands.routing import Router, Turn, first_word, meeting_in
from bot.errors import CannotPost, MeetingChoice, NotLive, Right
from bot.realtimekit.errors import RealtimeKitError
from bot.slack_web import SlackFailed
from bot.store.records import CardState
from bot.views import watch
from bot.views.faults import Effect
from bot.views.parts import Message, title_of

log = structlog.get_logger(__name__)
router = Router()

USAGE = "/session watch [meeting], or /session watch off [meeting]"
WATCH = Effect("The meeting is not watched here.", "It may or may not be watched here: doing it again does no harm.")
_OFF = {"off", "stop", "no"}


@router.command(
    "/session",
    "watch",
    usage=USAGE,
    summary="Puts a card into the channel that follows the meeting, and each of its sessions; `off` ends it.",
    needs=Right.ACT,
    effect=WATCH,
    resume="watch.start",
)
async def start_or_stop(turn: Turn) -> None:
    """Watch the meeting that is named, or stop it."""
    word, rest = first_word(turn.args)
    if word.lower() in _OFF:
        await _stop(turn, await turn.meeting(rest))
    else:
        await _start(turn, await turn.meeting(turn.args))


@router.action("watch.start", needs=Right.ACT, effect=WATCH)
async def start_here(turn: Turn) -> None:
    """Watch here, or the choice of a meeting from several."""
    await _start(turn, meeting_in(turn.ask.value))


@router.action("watch.stop", needs=Right.ACT, effect=Effect("The meeting is still watched here."))
async def stop_here(turn: Turn) -> None:
    """The Stop watching button."""
    await _stop(turn, meeting_in(turn.ask.value))


async def _start(turn: Turn, meeting: MeetingChoice) -> None:
    services, channel, live = turn.services, turn.channel(USAGE), True
    try:
        title = (await services.meetings.live(meeting)).title
    except NotLive as refusal:
        title, live = refusal.meeting.title, False
    meeting, by = dataclasses.replace(meeting, title=title), turn.ask.user_id
    async with services.operations.once(turn.deed("watch", meeting, harmless=True)) as attempt:
        if not live:
            await _post(turn, channel, watch.watching(title_of(title, meeting.id), by))
        # The channel is given a new card, where people are reading now.
        await services.cards.retire(channel, meeting.id, CardState.MOVED, by)
        await services.cards.watch(channel, meeting.id, title, by, turn.now)
        refused = None
        with contextlib.suppress(RealtimeKitError):  # it is watched; the card comes later, and the person is told so
            refused = await services.follow(meeting.id)
        if channel not in {one.channel_id for one in await services.cards.watching(meeting.id)}:
            # Whoever looked found that nothing can be posted there.
            raise CannotPost
        attempt.outcome = "watched"
    if refused is None or channel in refused:
        await turn.reply(watch.late(title_of(title, meeting.id)))


async def _post(turn: Turn, channel: str, message: Message) -> None:
    """Post to the channel itself: what cannot be posted there now cannot be kept up to date there later."""
    try:
        await turn.services.slack.post(channel, message)
    except SlackFailed as failed:
        log.info("a watch could not be told", request=turn.ask.request_id, code=failed.code)
        raise CannotPost from None


async def _stop(turn: Turn, meeting: MeetingChoice) -> None:
    services, channel, by = turn.services, turn.channel(USAGE), turn.ask.user_id
    meeting = await services.meetings.titled(meeting)
    async with services.operations.once(turn.deed("stop watching", meeting, harmless=True)) as attempt:
        watched = await services.cards.unwatch(channel, meeting.id)
        retired = await services.cards.retire(channel, meeting.id, CardState.STOPPED, by)
        attempt.outcome = "stopped" if watched or retired else "was not watched"
    if not (watched or retired):
        await turn.reply(watch.not_watching())
        return
    if retired:
        with contextlib.suppress(RealtimeKitError):  # the card says it later, then
            await services.follow(meeting.id)
    await turn.reply(watch.stopped(title_of(meeting.title, meeting.id), by))
