"""The control card as one person sees it, or as it is shared with a channel."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement

from bot.errors import NotLive, Right
from bot.realtimekit.models import Person, Session
from bot.views import control, parts
from bot.views.control import Conditions
from bot.views.parts import Message


def card(
    session: Session,
    meeting_id: str,
    people: Sequence[Person],
    *,
    now: datetime,
    right: Right,
    nonce: str,
    conditions: Conditions,
    posted_by: str | None = None,
) -> Message:
    """The control card of a live session, for one person; or shared with a channel.

    Args:
        people: some of those who are in.
        right: decides on the buttons.
        posted_by: who put it into the channel; such a card has no buttons.
    """
    title = parts.display_title(session.title, meeting_id)
    count = session.people if session.people is not None else len(people)
    line = control.first_line(session, len(people), now, conditions)
    posted = f"Shared by {parts.mention(posted_by)} · {parts.time_of_day(now)}" if posted_by else ""
    return parts.card(
        f"{parts.safe(title)}: {line}",
        parts.header(title),
        parts.section(line, accessory=None if posted_by else control.menu(meeting_id, right, conditions)),
        control.names(people, count),
        parts.context_block(_details(session)),
        parts.context_block(posted),
        *([] if posted_by else control.buttons(meeting_id, right, *_own(meeting_id, nonce), joins=conditions.joins)),
    )


def _own(meeting_id: str, nonce: str) -> Sequence[ButtonElement | None]:
    return (
        parts.button("Refresh", "session.status", meeting_id),
        parts.button("Share", "session.post", {"m": meeting_id, "n": nonce}, label="Share with channel"),
    )


def _details(session: Session) -> str:
    facts = []
    if session.minutes is not None:
        facts.append(parts.count_of(round(session.minutes), "participant minute"))
    if session.type and session.type.lower() != "meeting":
        facts.append(parts.safe(session.type.replace("_", " "), 40).capitalize())
    if rooms := len(session.breakout_rooms):
        facts.append(parts.count_of(rooms, "breakout room"))
    return " · ".join(facts)


def not_live(refusal: NotLive, *, right: Right, nonce: str, posted_by: str | None = None) -> Message:
    """The card of a meeting that nobody is in."""
    meeting, title = refusal.meeting, parts.display_title(refusal.meeting.title, refusal.meeting.id)
    if refusal.unread and not meeting.title:
        title = f"Meeting {meeting.id[:8]}"
    unread = "I couldn't check whether the meeting is locked." if refusal.unread else ""
    last = f"Last session ended {parts.date_and_time(refusal.ended_at)}." if refusal.ended_at else ""
    peak = f" Peak attendance: {refusal.peak:,}." if last and refusal.peak else ""
    locked = " 🔒 It's locked: no one can join until a host unlocks it." if refusal.locked else ""
    unlock = parts.button("Unlock", "session.unlock", {"m": meeting.id, "n": nonce})
    start = parts.button("Start meeting", "start.open", {"m": meeting.id, "n": nonce}, style="primary")
    return parts.card(
        f"{parts.safe(title)} isn't live. {last}".strip(),
        parts.header(title),
        parts.section(f"*Not live*. No one is in this meeting right now.{locked}"),
        parts.context_block(last + peak),
        parts.context_block(unread),
        parts.context_block(f"Shared by {parts.mention(posted_by)}" if posted_by else ""),
        *(
            []
            if posted_by
            else parts.actions(
                unlock if refusal.locked and right >= Right.HOST else None,
                start if right >= Right.HOST and not refusal.locked else None,
                parts.button("Refresh", "session.status", meeting.id),
            )
        ),
    )
