"""The Home tab: the linked meetings, live ones first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slack_sdk.models.blocks import ActionsBlock, Block, DividerBlock
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Session
from bot.views import hosts as hosts_views
from bot.views import parts

MAX_CHANNELS = 5
"""Channels that are named for one meeting."""


@dataclass(frozen=True, slots=True)
class Health:
    """Which services answer; and seconds since RealtimeKit last reported anything, if it ever did."""

    answers: Mapping[str, bool]
    heard: float | None


@dataclass(frozen=True, slots=True)
class LinkedChannel:
    """A channel that is linked to a meeting, with its hosts; and whether the person who looks is one."""

    channel_id: str
    hosts: Sequence[str]
    can_act: bool


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


def home(meetings: Sequence[MeetingState], now: datetime, *, more: int = 0, health: Health | None, nonce: str) -> View:
    """The whole tab. `more`: meetings for which there is no channel; `health`: for those who may act everywhere."""
    blocks: list[Block | None] = [parts.header("Meetings")]
    for meeting in sorted(meetings, key=lambda one: (one.session is None, (one.title or "").casefold())):
        blocks += _meeting(meeting, now, nonce)
    if more > 0:
        linked = parts.count_of(more, "more linked meeting")
        blocks.append(parts.context_block(f"and {linked}: type `/session` in their channels."))
    if not any(meeting.channels for meeting in meetings):
        blocks.append(parts.section(_START if health else f"{_START} Only hosts can; workspace admins make them."))
    link = parts.button("Link a channel…", "use.open", {"n": nonce}) if health else None
    how = "`/session`, `/kick` and `/poll` in a channel act on its meeting. `/session help` says what you may type."
    hosting = " You may make others hosts of a channel: `/session hosts add @name`." if health else ""
    blocks += [
        DividerBlock(),
        *parts.actions(link, parts.button("Refresh", "home.refresh", "home")),
        parts.context_block(f"As of {parts.time_of_day(now)}. {how}{hosting}"),
        parts.context_block(_health(health) if health else ""),
    ]
    return View(type="home", blocks=parts.present(blocks))


_START = (
    "No channel is linked to a meeting yet. In a channel where a meeting's people talk, type `/session use`: from then "
    "on `/session`, `/kick` and `/poll` there mean that meeting."
)


def _meeting(meeting: MeetingState, now: datetime, nonce: str) -> list[Block | None]:
    title = parts.safe(parts.display_title(meeting.title, meeting.meeting_id))
    names = [parts.truncate(parts.display_name(one), 60) for one in meeting.people]
    total = (meeting.session.people if meeting.session else None) or len(names)
    where = " · ".join(_channel(channel) for channel in meeting.channels)
    return [
        parts.section(f"*{title}* · {_state(meeting, now)}"),
        parts.plain_context_block(f"In the room: {parts.join_names(names, total=total)}" if names else ""),
        parts.context_block(where or "The default meeting, where no other is linked"),
        *(_buttons(meeting, nonce) if meeting.can_act and not meeting.gone else ()),
    ]


def _channel(channel: LinkedChannel) -> str:
    hosts = parts.join_names([hosts_views.who(member) for member in channel.hosts], limit=5)
    return f"<#{channel.channel_id}>" + (f" (hosts: {hosts})" if hosts and channel.can_act else "")


def _buttons(meeting: MeetingState, nonce: str) -> Sequence[ActionsBlock]:
    channel = next((one.channel_id for one in meeting.channels if one.can_act), None)
    value = {"m": meeting.meeting_id, "n": nonce} | ({"c": channel} if channel else {})
    watch = parts.button("Watch", "watch.start", value) if channel else None
    if meeting.session is None:
        return parts.actions(watch, parts.button("Unlock", "session.unlock", value) if meeting.locked else None)
    return parts.actions(
        parts.button("Poll…", "poll.open", value),
        parts.button("Kick…", "kick.open", value),
        watch,
        parts.button("End for everyone…", "session.end", value, style="danger"),
    )


def _health(health: Health) -> str:
    names = {"slack": "Slack", "realtimekit": "RealtimeKit", "database": "the database", "socket": "Socket Mode"}
    said = "Slack, RealtimeKit and the database answer."
    if down := [names.get(name, name) for name, up in health.answers.items() if not up]:
        said = f"{parts.join_names(down)} does not answer: `python -m bot check` says more."
    if health.heard is None:
        return f"{said} RealtimeKit has told of nothing yet: `python -m bot webhooks` says whether it should."
    return f"{said} RealtimeKit last told of something {parts.duration(timedelta(seconds=health.heard))} ago."


def _state(meeting: MeetingState, now: datetime) -> str:
    session = meeting.session
    if meeting.gone:
        return "does not exist any more: `/session use` in the channel links another one"
    if meeting.unknown:
        return "RealtimeKit could not be asked just now"
    if session is None:
        return "not live, and locked" if meeting.locked else "not live"
    since = session.started_at or session.created_at
    lived = f" · since {parts.time_of_day(since)} ({parts.duration(now - since)})" if since else ""
    return f"*Live* · {parts.count_people(session.people or len(meeting.people))} now{lived}"


def refused(what: str) -> View:
    """Why there is nothing to see. `what`: mrkdwn."""
    return View(type="home", blocks=[parts.section(what)])
