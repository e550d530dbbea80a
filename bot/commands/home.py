"""The Home tab: what runs where, at a glance, and what one may do there; the channel is told of it as always."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.commands.routing import Router, Turn
from bot.errors import MeetingChoice, MeetingNotFound, NotLive, Refusal, Right
from bot.realtimekit.errors import RealtimeKitError
from bot.views import home
from bot.views.home import Place, Room

router = Router()

MOST = 18
"""Meetings on the tab: five blocks each at the most, four usually, of Slack's hundred."""
LINKS_MOST = 500
"""Channels that are looked through for meetings."""
AT_ONCE = 5


@router.event("app_home_opened", needs=Right.LOOK)
async def open_home(turn: Turn) -> None:
    """Draw the tab when somebody opens it; the Messages tab, which Slack tells of too, needs nothing."""
    if turn.ask.text in ("home", ""):
        await _draw(turn)


@router.action("home.refresh", needs=Right.LOOK)
async def refresh(turn: Turn) -> None:
    """Nothing more than what follows every click on the tab: it is drawn anew."""


async def _draw(turn: Turn) -> None:
    links = await _links(turn)
    rooms = await _rooms(turn, list(links.items())[:MOST])
    health = await turn.services.health() if turn.right is Right.MANAGE else None
    more = len(links) - len(rooms)
    view = home.home(rooms, turn.now, more=more, health=health, nonce=turn.ask.request_id)
    await turn.services.slack.publish_home(turn.ask.user_id, view)


async def _links(turn: Turn) -> dict[MeetingChoice, list[str]]:
    """The linked meetings with their channels: those that are followed live first, then the newest."""
    services = turn.services
    channels: dict[str, list[str]] = {}
    titles: dict[str, str | None] = {}
    if default := services.meetings.default_id:
        channels[default] = []
    for link in await services.links.newest(LINKS_MOST):
        channels.setdefault(link.meeting_id, []).append(link.channel_id)
        titles.setdefault(link.meeting_id, link.title)
    live = await services.cards.followed_meetings() | {default}
    order = sorted(channels, key=lambda meeting_id: meeting_id not in live)
    return {MeetingChoice(meeting_id, titles.get(meeting_id)): channels[meeting_id] for meeting_id in order}


async def _rooms(turn: Turn, links: Sequence[tuple[MeetingChoice, Sequence[str]]]) -> Sequence[Room]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def look(meeting: MeetingChoice, channels: Sequence[str]) -> Room:
        async with gate:
            return await _room(turn, meeting, channels)

    return await asyncio.gather(*(look(meeting, channels) for meeting, channels in links))


async def _room(turn: Turn, meeting: MeetingChoice, channels: Sequence[str]) -> Room:
    """One meeting; what cannot be known of it leaves the others as they are."""
    meetings = turn.services.meetings
    places = await _places(turn, channels[: home.CHANNELS_MOST])
    room = Room(meeting.id, meeting.title, places, may_act=turn.right is Right.MANAGE or any(p.may_act for p in places))
    try:
        session = await meetings.live(meeting)
        return replace(room, title=session.title, session=session, glance=await meetings.glance(session))
    except NotLive as refusal:
        return replace(room, title=refusal.meeting.title, locked=refusal.inactive)
    except MeetingNotFound:
        return replace(room, gone=True)
    except (Refusal, RealtimeKitError):
        return replace(room, unknown=True)


async def _places(turn: Turn, channels: Sequence[str]) -> Sequence[Place]:
    """The channels of a meeting: who acts there, and whether this person may."""
    services = turn.services
    places = []
    for channel in channels:
        right = turn.right
        if right is not Right.MANAGE:
            right = await services.right_of(replace(turn.ask, channel_id=channel))
        places.append(Place(channel, await services.hosts.of(channel), may_act=right >= Right.ACT))
    return places
