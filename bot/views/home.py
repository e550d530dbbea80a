"""The Home tab: the linked meetings, live ones first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slack_sdk.models.blocks import ActionsBlock, Block, DividerBlock
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Session
from bot.views import control, join, parts
from bot.views import hosts as hosts_views

MAX_CHANNELS = 5
"""Channels that are named for one meeting."""


@dataclass(frozen=True, slots=True)
class Health:
    """Which services answer; and seconds since RealtimeKit last reported anything, if it ever did."""

    answers: Mapping[str, bool]
    heard: float | None


@dataclass(frozen=True, slots=True)
class LinkedChannel:
    """A channel that is linked to a meeting, with its hosts.

    Attributes:
        can_act: whether the person who looks is one of them.
        has_card: whether the meeting has a live card there.
    """

    channel_id: str
    hosts: Sequence[str]
    can_act: bool
    has_card: bool


@dataclass(frozen=True, slots=True)
class MeetingState:
    """A meeting as the Home tab shows it.

    Attributes:
        can_act: whether the person who looks is a host there.
        session: the live one; None if nobody is in.
        people: some of those who are in.
        gone: the meeting was deleted.
        unknown: RealtimeKit could not be asked.
    """

    meeting_id: str
    title: str | None
    channels: Sequence[LinkedChannel]
    can_act: bool = False
    session: Session | None = None
    people: Sequence[Person] = ()
    locked: bool = False
    gone: bool = False
    unknown: bool = False


def home(
    meetings: Sequence[MeetingState], now: datetime, *, more: int = 0, health: Health | None, nonce: str, joins: bool
) -> View:
    """The whole tab.

    Args:
        more: meetings for which there is no room.
        health: for those who can act everywhere.
        joins: whether people can join from Slack.
    """
    live = [meeting for meeting in meetings if meeting.session]
    unknown = [meeting for meeting in meetings if meeting.unknown]
    others = [meeting for meeting in meetings if not (meeting.session or meeting.unknown)]
    blocks: list[Block | None] = []
    for heading, group in (("Live now", live), ("Not live", others), ("Couldn't check", unknown)):
        if group:
            blocks.append(parts.header(heading))
            for meeting in sorted(group, key=lambda one: (one.title or "").casefold()):
                blocks += _meeting(meeting, nonce, joins=joins)
    if more > 0:
        blocks.append(parts.context_block(f"and {more:,} more. Use `/session` in their channels to see them."))
    linked = any(meeting.channels for meeting in meetings)
    if not linked:
        how = _START if health else "Only hosts can link a channel. A workspace admin can make you a host."
        blocks += [parts.header("Get started"), parts.section(f"No channels are linked yet.\n{how}")]
    link = None
    if health:
        link = parts.button("Link a channel…", "use.open", {"n": nonce}, style=None if linked else "primary")
    hosting = " Make someone a host: `/session hosts add @name`." if health else ""
    blocks += [
        DividerBlock(),
        *parts.actions(link, parts.button("Refresh", "home.refresh", "home")),
        parts.context_block(f"Updated {parts.time_of_day(now)}. Type `/session help` for all commands.{hosting}"),
        parts.context_block(_health(health) if health else ""),
    ]
    return View(type="home", blocks=parts.present(blocks))


_START = "1. Pick a channel.\n2. Link it to a meeting.\n3. Type `/session` there to see who's in."


def _meeting(meeting: MeetingState, nonce: str, *, joins: bool) -> list[Block | None]:
    title = parts.safe(parts.display_title(meeting.title, meeting.meeting_id))
    names = [parts.truncate(parts.display_name(one), 60) for one in meeting.people]
    total = (meeting.session.people if meeting.session else None) or len(names)
    where = " · ".join(_channel(channel) for channel in meeting.channels)
    return [
        parts.section(f"*{title}* · {_state(meeting)}"),
        parts.plain_context_block(parts.join_names(names, total=total)),
        parts.context_block(where or "Default meeting for channels that aren't linked"),
        *(_buttons(meeting, nonce, joins=joins) if not meeting.gone else ()),
    ]


def _channel(channel: LinkedChannel) -> str:
    hosts = parts.join_names([hosts_views.who(member) for member in channel.hosts], limit=5)
    card = " · live card on" if channel.has_card else ""
    return f"<#{channel.channel_id}>" + (f" (hosts: {hosts})" if hosts and channel.can_act else "") + card


def _buttons(meeting: MeetingState, nonce: str, *, joins: bool) -> Sequence[ActionsBlock]:
    enter = join.button(meeting.meeting_id, n=nonce) if joins and meeting.session else None
    if not meeting.can_act:
        return parts.actions(enter)
    mine = next((one for one in meeting.channels if one.can_act), None)
    value = {"m": meeting.meeting_id, "n": nonce} | ({"c": mine.channel_id} if mine else {})
    card = None
    if mine:
        on = mine.has_card
        card = parts.button(
            "Turn off live card" if on else "Turn on live card", f"watch.{'stop' if on else 'start'}", value
        )
    if meeting.session is None:
        return parts.actions(card, parts.button("Unlock", "session.unlock", value) if meeting.locked else None)
    return parts.actions(
        enter,
        parts.button("People…", "session.people", value),
        parts.button("Poll…", "poll.open", value),
        card,
        parts.button("End meeting…", "session.end", value, style="danger"),
    )


def _health(health: Health) -> str:
    names = {"slack": "Slack", "realtimekit": "RealtimeKit", "database": "the database", "socket": "Socket Mode"}
    if down := [names.get(name, name) for name, up in health.answers.items() if not up]:
        isnt = "isn't" if len(down) == 1 else "aren't"
        said = parts.join_names(down)
        return f":warning: {said[:1].upper()}{said[1:]} {isnt} responding. Run `python -m bot check` for details."
    heard = "No webhooks received yet. `python -m bot webhooks` shows whether they're set up."
    if health.heard is not None:
        heard = f"Last webhook {parts.duration(timedelta(seconds=health.heard))} ago."
    return f"All systems are up. {heard}"


def _state(meeting: MeetingState) -> str:
    session = meeting.session
    if meeting.gone:
        return "This meeting no longer exists. Use `/session use` in the channel to link another."
    if meeting.unknown:
        return "Couldn't reach RealtimeKit"
    locked = " · 🔒 *Locked*" if meeting.locked else ""
    if session is None:
        return f"not live{locked}"
    since = session.started_at or session.created_at
    started = f" · started {parts.time_of_day(since)}" if since else ""
    here = "".join(f" · {one}" for one in control.people_here(session, len(meeting.people)))
    return f"🟢 *Live*{here}{started}{locked}"


def refused(what: str) -> View:
    """Why there is nothing to see. `what`: mrkdwn."""
    return View(type="home", blocks=[parts.section(what)])
