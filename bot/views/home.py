"""The Home tab: the linked meetings, live ones first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import Block, DividerBlock
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Session
from bot.views.parts import (
    actions,
    button,
    clock,
    cut,
    escape,
    header,
    lasted,
    listed,
    name_of,
    people,
    safe,
    section,
    small,
    small_plain,
    title_of,
)


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting as the Home tab shows it.

    Attributes:
        session: the one that runs; None where nobody is in.
        glance: some of those who are in.
        channels: which are linked to it.
        unknown: RealtimeKit could not be asked.
    """

    meeting_id: str
    title: str | None
    channels: Sequence[str]
    session: Session | None = None
    glance: Sequence[Person] = ()
    unknown: bool = False


def home(rooms: Sequence[Room], now: datetime, *, host: bool) -> View:
    """The whole tab.

    Args:
        host: whether the person may act everywhere.
    """
    blocks: list[Block] = [header("Meetings")]
    for room in sorted(rooms, key=lambda one: (one.session is None, (one.title or "").casefold())):
        blocks += _room(room, now)
    if not rooms:
        blocks.append(
            section(
                "No channel is linked to a meeting yet. In a channel where a meeting's people talk, type "
                "`/session use`: from then on `/session`, `/kick` and `/poll` there mean that meeting."
            )
        )
    blocks += [DividerBlock(), *actions(button("Refresh", "home.refresh", "home"))]
    how = "`/session`, `/kick` and `/poll` in a channel act on its meeting. `/session help` says what you may type."
    more = " You may make others hosts of a channel: `/session hosts add @name`." if host else ""
    blocks.append(small(f"As of {clock(now)}. {how}{more}"))
    return View(type="home", blocks=blocks)


def _room(room: Room, now: datetime) -> list[Block]:
    title = safe(title_of(room.title, room.meeting_id))
    where = ", ".join(f"<#{channel}>" for channel in room.channels[:10])
    blocks: list[Block] = [section(f"*{title}* · {_state(room, now)}")]
    if room.glance:
        total = room.session.people if room.session else None
        names = listed([cut(name_of(one), 60) for one in room.glance], total=total or len(room.glance))
        blocks.append(small_plain(f"In the room: {names}"))
    blocks.append(small(where or escape("The default meeting, where no other is linked")))
    return blocks


def _state(room: Room, now: datetime) -> str:
    session = room.session
    if room.unknown:
        return "RealtimeKit could not be asked just now"
    if session is None:
        return "not live"
    since = session.started_at or session.created_at
    lived = f" · since {clock(since)} ({lasted(now - since)})" if since else ""
    return f"*Live* · {people(session.people or len(room.glance))} now{lived}"


def refused(what: str) -> View:
    """Why there is nothing to see.

    Args:
        what: mrkdwn.
    """
    return View(type="home", blocks=[section(what)])
