"""The Home tab: the linked meetings, live ones first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slack_sdk.models.blocks import Block, DividerBlock
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Session
from bot.views import hosts as hosts_views
from bot.views.parts import (
    actions,
    button,
    clock,
    counted,
    cut,
    escape,
    header,
    lasted,
    listed,
    name_of,
    packed,
    people,
    safe,
    section,
    small,
    small_plain,
    title_of,
)

CHANNELS_MOST = 5
"""Channels that are named for a meeting."""


@dataclass(frozen=True, slots=True)
class Health:
    """How Usher itself is.

    Attributes:
        answers: of what it needs, which answers.
        heard: seconds since RealtimeKit last told of something; None where it never did.
    """

    answers: Mapping[str, bool]
    heard: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """A channel that is linked to a meeting.

    Attributes:
        hosts: whom managers made hosts there.
        may_act: whether the person who looks may act there.
    """

    channel_id: str
    hosts: Sequence[str]
    may_act: bool


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting as the Home tab shows it.

    Attributes:
        places: which channels are linked to it.
        may_act: whether the person who looks may act in it.
        session: the one that runs; None where nobody is in.
        glance: some of those who are in.
        locked: nobody can join.
        gone: the meeting was deleted.
        unknown: RealtimeKit could not be asked.
    """

    meeting_id: str
    title: str | None
    places: Sequence[Place]
    may_act: bool = False
    session: Session | None = None
    glance: Sequence[Person] = ()
    locked: bool = False
    gone: bool = False
    unknown: bool = False


def home(rooms: Sequence[Room], now: datetime, *, more: int = 0, health: Health | None, nonce: str) -> View:
    """The whole tab.

    Args:
        more: meetings for which there is no place.
        health: for those who may act everywhere.
        nonce: makes this rendering's buttons differ from those of the next.
    """
    blocks: list[Block] = [header("Meetings")]
    for room in sorted(rooms, key=lambda one: (one.session is None, (one.title or "").casefold())):
        blocks += _room(room, now, nonce)
    if more > 0:
        blocks.append(small(f"and {counted(more, 'more linked meeting')}: type `/session` in their channels."))
    if not any(room.places for room in rooms):
        blocks.append(section(_START if health else f"{_START} Only hosts can; workspace admins make them."))
    link = button("Link a channel…", "use.open", packed({"n": nonce}) or "") if health else None
    blocks += [DividerBlock(), *actions(link, button("Refresh", "home.refresh", "home"))]
    how = "`/session`, `/kick` and `/poll` in a channel act on its meeting. `/session help` says what you may type."
    hosting = " You may make others hosts of a channel: `/session hosts add @name`." if health else ""
    blocks.append(small(f"As of {clock(now)}. {how}{hosting}"))
    if health:
        blocks.append(small(_health(health)))
    return View(type="home", blocks=blocks)


_START = (
    "No channel is linked to a meeting yet. In a channel where a meeting's people talk, type `/session use`: from then "
    "on `/session`, `/kick` and `/poll` there mean that meeting."
)


def _room(room: Room, now: datetime, nonce: str) -> list[Block]:
    title = safe(title_of(room.title, room.meeting_id))
    blocks: list[Block] = [section(f"*{title}* · {_state(room, now)}")]
    if room.glance:
        total = room.session.people if room.session else None
        names = listed([cut(name_of(one), 60) for one in room.glance], total=total or len(room.glance))
        blocks.append(small_plain(f"In the room: {names}"))
    where = " · ".join(_place(place) for place in room.places)
    blocks.append(small(where or escape("The default meeting, where no other is linked")))
    return [*blocks, *(_buttons(room, nonce) if room.may_act and not room.gone else ())]


def _place(place: Place) -> str:
    hosts = listed([hosts_views.who(member) for member in place.hosts], most=5)
    return f"<#{place.channel_id}>" + (f" (hosts: {hosts})" if hosts and place.may_act else "")


def _buttons(room: Room, nonce: str) -> Sequence[Block]:
    channel = next((place.channel_id for place in room.places if place.may_act), None)
    value = packed({"m": room.meeting_id, "n": nonce} | ({"c": channel} if channel else {})) or ""
    watch = button("Watch", "watch.start", value) if channel else None
    if room.session is None:
        return actions(watch, button("Unlock", "session.unlock", value) if room.locked else None)
    return actions(
        button("Poll…", "poll.open", value),
        button("Kick…", "kick.open", value),
        watch,
        button("End for everyone…", "session.end", value, style="danger"),
    )


def _health(health: Health) -> str:
    down = [name for name, up in health.answers.items() if not up]
    names = {"slack": "Slack", "realtimekit": "RealtimeKit", "database": "the database"}
    said = (
        f"{listed([names.get(name, name) for name in down])} does not answer: `python -m bot check` says more."
        if down
        else "Slack, RealtimeKit and the database answer."
    )
    if health.heard is None:
        return f"{said} RealtimeKit has told of nothing yet: `python -m bot webhooks` says whether it should."
    return f"{said} RealtimeKit last told of something {lasted(timedelta(seconds=health.heard))} ago."


def _state(room: Room, now: datetime) -> str:
    session = room.session
    if room.gone:
        return "does not exist any more: `/session use` in the channel links another one"
    if room.unknown:
        return "RealtimeKit could not be asked just now"
    if session is None:
        return "not live, and locked" if room.locked else "not live"
    since = session.started_at or session.created_at
    lived = f" · since {clock(since)} ({lasted(now - since)})" if since else ""
    return f"*Live* · {people(session.people or len(room.glance))} now{lived}"


def refused(what: str) -> View:
    """Why there is nothing to see.

    Args:
        what: mrkdwn.
    """
    return View(type="home", blocks=[section(what)])
