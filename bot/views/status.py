"""The status card and the list of who is in."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import ActionsBlock, Block, SectionBlock

from bot.errors import NotLive, Right
from bot.realtimekit.models import Person, Session
from bot.views import parts
from bot.views.parts import Message

PAGE = 20
"""People on one page of the list."""


def card(
    session: Session,
    meeting_id: str,
    people: Sequence[Person],
    *,
    now: datetime,
    right: Right,
    nonce: str,
    posted_by: str | None = None,
) -> Message:
    """The status of a live session.

    Args:
        people: some of those who are in.
        right: decides on the buttons.
        posted_by: who put it into the channel; such a card has no buttons.
    """
    title, line = parts.display_title(session.title, meeting_id), _first_line(session, now)
    names = [parts.truncate(parts.display_name(person), 60) for person in people]
    count = session.people if session.people is not None else len(people)
    inside = f"In the room: {parts.join_names(names, total=count)}" if names else ""
    who = None if posted_by else parts.button("Who's in", "session.who", {"m": meeting_id})
    posted = f"Posted by {parts.mention(posted_by)} · {parts.time_of_day(now)}" if posted_by else ""
    return parts.card(
        f"{parts.safe(title)}: {line}. {parts.escape(inside)}",
        parts.header(title),
        parts.section(line),
        SectionBlock(text=parts.plain(inside, 2000), accessory=who) if inside else None,
        parts.context_block(_details(session)),
        parts.context_block(posted),
        *([] if posted_by else _buttons(meeting_id, right, nonce)),
    )


def _first_line(session: Session, now: datetime) -> str:
    facts = ["*Live*"]
    if session.people is not None:
        facts.append(f"*{parts.count_people(session.people)} now*" if session.people else "empty, closing soon")
    if session.peak is not None:
        facts.append(f"{session.peak:,} at most")
    if started := session.started_at or session.created_at:
        since = parts.time_of_day(started) if (now - started).days < 1 else parts.date_and_time(started)
        facts.append(f"since {since} ({parts.duration(now - started)})")
    return " · ".join(facts)


def _details(session: Session) -> str:
    facts = []
    if session.minutes is not None:
        facts.append(f"{parts.count_of(round(session.minutes), 'participant minute')} used")
    if session.type:
        facts.append(parts.safe(session.type.replace("_", " "), 40).capitalize())
    if rooms := len(session.breakout_rooms):
        facts.append(parts.count_of(rooms, "breakout room"))
    return " · ".join(facts)


def _buttons(meeting_id: str, right: Right, nonce: str) -> Sequence[ActionsBlock]:
    host = right >= Right.HOST
    return parts.actions(
        parts.button("Refresh", "session.status", meeting_id),
        parts.button("Post to channel", "session.post", {"m": meeting_id, "n": nonce}),
        parts.button("Poll…", "poll.open", {"m": meeting_id}) if host else None,
        parts.button("Kick…", "kick.open", {"m": meeting_id}) if host else None,
        parts.button("End for everyone…", "session.end", meeting_id, style="danger") if host else None,
    )


def not_live(refusal: NotLive, *, posted_by: str | None = None) -> Message:
    """The card of a meeting that nobody is in."""
    meeting, last = refusal.meeting, ""
    title = parts.display_title(meeting.title, meeting.id)
    locked = " It is inactive: nobody can join before it is made active again." if refusal.locked else ""
    if refusal.ended_at:
        peak = f", with {parts.count_people(refusal.peak)} at most" if refusal.peak else ""
        last = f"The last session ended {parts.date_and_time(refusal.ended_at)}{peak}."
    return parts.card(
        f"{parts.safe(title)}: nobody is in, no session is live. {last}",
        parts.header(title),
        parts.section(f"*Not live*: nobody is in this meeting right now.{locked}"),
        parts.context_block(last),
        parts.context_block(f"Posted by {parts.mention(posted_by)}" if posted_by else ""),
        *([] if posted_by else parts.actions(parts.button("Refresh", "session.status", meeting.id))),
    )


def who(
    session: Session, meeting_id: str, everyone: Sequence[Person], *, page: int, now: datetime, right: Right, nonce: str
) -> Message:
    """One page of the people who are in. `page`: counted from 1; a page that no longer exists becomes the last one."""
    title = parts.display_title(session.title, meeting_id)
    pages = max(1, -(-len(everyone) // PAGE))
    page = min(max(1, page), pages)
    shown, people = everyone[(page - 1) * PAGE : page * PAGE], parts.count_people(len(everyone))
    differs = session.people is not None and session.people != len(everyone)
    count = f"*{people}* in the room" + (f" (the meeting itself counts {session.people:,})" if differs else "")
    here = {"m": meeting_id, "p": page}
    return parts.card(
        f"{parts.safe(title)}: {people} in the room: {parts.names_of(shown, PAGE)}",
        parts.header(title),
        parts.section(count + (f" · page {page} of {pages}" if pages > 1 else "")),
        *(_row(person, now, right, here | {"k": person.key, "n": nonce}) for person in shown),
        *parts.actions(
            parts.button("‹ Previous", "session.who.previous", here | {"p": page - 1}) if page > 1 else None,
            parts.button("Next ›", "session.who.next", here | {"p": page + 1}) if page < pages else None,
            parts.button("Refresh", "session.who", here),
        ),
    )


def _row(person: Person, now: datetime, right: Right, value: dict[str, object]) -> Block:
    name, role = parts.display_name(person), parts.role_name(person.preset)
    facts = [f"*{parts.safe(name, 80)}*", *([parts.safe(role, 40)] if role else [])]
    if person.joined_at:
        facts.append(f"joined {parts.time_of_day(person.joined_at)} ({parts.duration(now - person.joined_at)} ago)")
    kick = None
    if right >= Right.HOST and person.can_be_kicked:
        then = "They are removed at once. They can come back unless you block them."
        asks = parts.confirm(f"Kick {parts.truncate(name, 60)}?", then, "Kick")
        kick = parts.button("Kick", "kick.one", value, confirmation=asks)
    return parts.section(" · ".join(facts), accessory=kick)
