"""The status card and the list of who is in."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, SectionBlock

from bot.errors import NotLive, Right
from bot.realtimekit.models import Person, Session
from bot.views.parts import (
    TEXT_MOST,
    Message,
    actions,
    button,
    clock,
    confirm,
    counted,
    cut,
    day,
    escape,
    header,
    lasted,
    listed,
    mention,
    name_of,
    packed,
    people,
    plain,
    role_of,
    safe,
    section,
    small,
    title_of,
)

PAGE = 20
"""People on one page of the list."""


def card(
    session: Session,
    meeting_id: str,
    glance: Sequence[Person],
    *,
    now: datetime,
    right: Right,
    nonce: str,
    posted_by: str | None = None,
) -> Message:
    """The status of a live session.

    Args:
        glance: some of the people who are in.
        right: decides on the buttons.
        nonce: makes this rendering's buttons differ from those of the next.
        posted_by: who put it into the channel; such a card has no buttons.
    """
    title = title_of(session.title, meeting_id)
    lines = _first_line(session, now)
    details = _details(session)
    count = session.people if session.people is not None else len(glance)
    names = [cut(name_of(person), 60) for person in glance]
    inside = f"In the room: {listed(names, total=count)}" if names else ""
    blocks: list[Block] = [header(title), section(lines)]
    if inside:
        who = None if posted_by else button("Who's in", "session.who", packed({"m": meeting_id}) or "")
        blocks.append(SectionBlock(text=plain(inside, 2000), accessory=who))
    if details:
        blocks.append(small(details))
    if posted_by:
        blocks.append(small(f"Posted by {mention(posted_by)} · {clock(now)}"))
    else:
        blocks += _buttons(meeting_id, right, nonce)
    text = f"{safe(title)}: {lines}. {escape(inside)}"
    return Message(cut(text, TEXT_MOST), blocks)


def _first_line(session: Session, now: datetime) -> str:
    parts = ["*Live*"]
    if session.people is not None:
        parts.append(f"*{people(session.people)} now*" if session.people else "empty, closing soon")
    if session.peak is not None:
        parts.append(f"{session.peak:,} at most")
    if started := session.started_at or session.created_at:
        parts.append(f"since {clock(started) if (now - started).days < 1 else day(started)} ({lasted(now - started)})")
    return " · ".join(parts)


def _details(session: Session) -> str:
    parts = []
    if session.minutes is not None:
        parts.append(f"{counted(round(session.minutes), 'participant minute')} used")
    if session.type:
        parts.append(safe(session.type.replace("_", " "), 40).capitalize())
    if rooms := len(session.breakout_rooms):
        parts.append(counted(rooms, "breakout room"))
    return " · ".join(parts)


def _buttons(meeting_id: str, right: Right, nonce: str) -> Sequence[Block]:
    host = right >= Right.ACT
    return actions(
        button("Refresh", "session.status", meeting_id),
        button("Post to channel", "session.post", packed({"m": meeting_id, "n": nonce}) or ""),
        button("Poll…", "poll.open", packed({"m": meeting_id}) or "") if host else None,
        button("Kick…", "kick.open", packed({"m": meeting_id}) or "") if host else None,
        button("End for everyone…", "session.end", meeting_id, style="danger") if host else None,
    )


def not_live(refusal: NotLive, *, posted_by: str | None = None) -> Message:
    """The card of a meeting that nobody is in."""
    meeting = refusal.meeting
    title = title_of(meeting.title, meeting.id)
    line = "*Not live*: nobody is in this meeting right now."
    if refusal.inactive:
        line += " It is inactive: nobody can join before it is made active again."
    last = ""
    if refusal.ended_at:
        peak = f", with {people(refusal.peak)} at most" if refusal.peak else ""
        last = f"The last session ended {day(refusal.ended_at)}{peak}."
    blocks: list[Block] = [header(title), section(line)]
    if last:
        blocks.append(small(last))
    if posted_by:
        blocks.append(small(f"Posted by {mention(posted_by)}"))
    else:
        blocks += actions(button("Refresh", "session.status", meeting.id))
    return Message(cut(f"{safe(title)}: nobody is in, no session is live. {last}", TEXT_MOST), blocks)


def who(
    session: Session,
    meeting_id: str,
    everyone: Sequence[Person],
    *,
    page: int,
    now: datetime,
    right: Right,
    nonce: str,
) -> Message:
    """One page of the people who are in.

    Args:
        page: counted from 1; a page that is no more becomes the last one.
        nonce: makes this rendering's buttons differ from those of the next.
    """
    title = title_of(session.title, meeting_id)
    pages = max(1, -(-len(everyone) // PAGE))
    page = min(max(1, page), pages)
    shown = everyone[(page - 1) * PAGE : page * PAGE]
    count = f"*{people(len(everyone))}* in the room"
    if session.people is not None and session.people != len(everyone):
        count += f" (the meeting itself counts {session.people:,})"
    blocks: list[Block] = [header(title), section(count + (f" · page {page} of {pages}" if pages > 1 else ""))]
    blocks += [
        _row(person, now, right, packed({"m": meeting_id, "k": person.key, "p": page, "n": nonce})) for person in shown
    ]
    blocks += actions(
        button("‹ Previous", "session.who.previous", packed({"m": meeting_id, "p": page - 1}) or "")
        if page > 1
        else None,
        button("Next ›", "session.who.next", packed({"m": meeting_id, "p": page + 1}) or "") if page < pages else None,
        button("Refresh", "session.who", packed({"m": meeting_id, "p": page}) or ""),
    )
    names = ", ".join(safe(name_of(person), 60) for person in shown)
    return Message(cut(f"{safe(title)}: {people(len(everyone))} in the room: {names}", TEXT_MOST), blocks)


def _row(person: Person, now: datetime, right: Right, value: str | None) -> Block:
    name = name_of(person)
    facts = [f"*{safe(name, 80)}*"]
    if role := role_of(person.preset):
        facts.append(safe(role, 40))
    if person.joined_at:
        facts.append(f"joined {clock(person.joined_at)} ({lasted(now - person.joined_at)} ago)")
    line = " · ".join(facts)
    if right < Right.ACT or value is None or not person.can_be_kicked:
        return section(line)
    asks = confirm(
        f"Kick {cut(name, 60)}?", "They are removed at once. They can come back unless you block them.", "Kick"
    )
    return section(line, accessory=button("Kick", "kick.one", value, asks=asks))
