"""The Home tab: what runs where, at a glance. Only looking: acting belongs into the channel, which is told of it."""

import asyncio
from collections.abc import Sequence

from bot.commands.routing import Router, Turn
from bot.errors import MeetingChoice, NotLive, Refusal, Right
from bot.realtimekit.errors import RealtimeKitError
from bot.views import home
from bot.views.home import Room

router = Router()

MOST = 20
"""Meetings on the tab: four blocks each at the most, of Slack's hundred."""
AT_ONCE = 5


@router.event("app_home_opened", needs=Right.LOOK)
async def open_home(turn: Turn) -> None:
    """Draw the tab when somebody opens it; the Messages tab, which Slack tells of too, needs nothing."""
    if turn.ask.text in ("home", ""):
        await refresh(turn)


@router.action("home.refresh", needs=Right.LOOK)
async def refresh(turn: Turn) -> None:
    """Draw the tab anew."""
    rooms = await _rooms(turn)
    view = home.home(rooms, turn.now, host=turn.right is Right.MANAGE)
    await turn.services.slack.publish_home(turn.ask.user_id, view)


async def _rooms(turn: Turn) -> Sequence[Room]:
    channels: dict[str, list[str]] = {}
    titles: dict[str, str | None] = {}
    for link in await turn.services.links.newest(MOST * 5):
        channels.setdefault(link.meeting_id, []).append(link.channel_id)
        titles.setdefault(link.meeting_id, link.title)
    if default := turn.services.meetings.default_id:
        channels.setdefault(default, [])
    gate = asyncio.Semaphore(AT_ONCE)

    async def look(meeting_id: str) -> Room:
        async with gate:
            return await _room(turn, MeetingChoice(meeting_id, titles.get(meeting_id)), channels[meeting_id])

    return await asyncio.gather(*(look(meeting_id) for meeting_id in list(channels)[:MOST]))


async def _room(turn: Turn, meeting: MeetingChoice, channels: Sequence[str]) -> Room:
    """One meeting; what cannot be known of it leaves the others as they are."""
    meetings = turn.services.meetings
    try:
        session = await meetings.live(meeting)
        return Room(meeting.id, session.title, channels, session, await meetings.glance(session))
    except NotLive as refusal:
        return Room(meeting.id, refusal.meeting.title, channels)
    except (Refusal, RealtimeKitError):
        return Room(meeting.id, meeting.title, channels, unknown=True)
