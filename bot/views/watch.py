"""The live card, its summary, and the notices of a start and an end. None of them depends on when it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import Block, SectionBlock

from bot.realtimekit.attendance import Attended
from bot.realtimekit.models import PeerRow, Person, Session, present
from bot.store.records import Block as Blocked
from bot.store.records import Entry, Notices
from bot.views.history import did
from bot.views.parts import (
    TEXT_MOST,
    Message,
    actions,
    button,
    clock,
    counted,
    cut,
    day,
    escape,
    header,
    lasted,
    listed,
    mention,
    message,
    name_of,
    packed,
    people,
    plain,
    safe,
    section,
    small,
    title_of,
)

LATEST = 3
"""Of those who came, and of those who went, so many are named."""
DEEDS = 4
DEEDS_SHOWN = (
    "kick",
    "kick and block",
    "let back in",
    "poll",
    "mute",
    "mute all",
    "lock",
    "unlock",
    "end",
)
"""What concerns the people in the room, and not just the channel."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A session as it was found.

    Attributes:
        rows: its connections, newest first.
        deeds: what was done in it, newest first.
    """

    meeting_id: str
    session: Session
    rows: Sequence[PeerRow]
    deeds: Sequence[Entry]

    @property
    def title(self) -> str:
        """What the meeting is called."""
        return title_of(self.session.title, self.meeting_id)


def card(seen: Seen) -> Message:
    """The card of a running session."""
    session, everyone = seen.session, present(list(seen.rows))
    count = session.people if session.people is not None else len(everyone)
    lines = ["*Live*", f"*{people(count)} now*" if count else "empty, closing soon"]
    if session.peak is not None:
        lines.append(f"{session.peak:,} at most")
    if started := session.started_at or session.created_at:
        lines.append(f"since {day(started)}")
    line = " · ".join(lines)
    names = [cut(name_of(person), 60) for person in everyone]
    inside = f"In the room: {listed(names, total=count)}" if names and count else ""
    changes = _changes(seen.rows)
    blocks: list[Block] = [header(seen.title), section(line)]
    if inside:
        blocks.append(SectionBlock(text=plain(inside, 2000)))
    blocks += [small(change) for change in (*changes, *_deeds(seen.deeds))]
    blocks += _buttons(seen.meeting_id)
    text = "\n".join([f"{safe(seen.title)}: {line}.", escape(inside), *changes, *_deeds(seen.deeds)])
    return Message(cut(text, TEXT_MOST), blocks)


def _changes(rows: Sequence[PeerRow]) -> list[str]:
    """Who came last, and who went last and is not back."""
    here = {row.identity for row in rows if row.left_at is None}
    came = [(row.joined_at, row) for row in rows if row.joined_at and row.identity in here]
    went = [(row.left_at, row) for row in rows if row.left_at and row.identity not in here]
    lines = []
    for word, group in (("Came last", came), ("Went last", went)):
        newest: dict[str, str] = {}
        for moment, row in sorted(group, key=lambda pair: pair[0], reverse=True):
            if len(newest) < LATEST:
                newest.setdefault(row.identity, f"{safe(name_of(Person.of([row])), 60)} {clock(moment)}")
        if newest:
            lines.append(f"{word}: {' · '.join(newest.values())}")
    return lines


def _deeds(deeds: Sequence[Entry]) -> list[str]:
    lines = [f"{clock(entry.at)} {did(entry)}{_about(entry)}" for entry in deeds[:DEEDS]]
    return lines[::-1]


def _about(entry: Entry) -> str:
    return f": “{safe(entry.detail, 80)}”" if entry.what == "poll" and entry.detail else ""


def _buttons(meeting_id: str) -> Sequence[Block]:
    value = packed({"m": meeting_id}) or ""
    return actions(
        button("Who's in", "watch.who", value),
        button("Poll…", "poll.open", value),
        button("Kick…", "kick.open", value),
        button("End for everyone…", "session.end", meeting_id, style="danger"),
        button("Stop watching", "watch.stop", value),
    )


def summary(seen: Seen, everyone: Sequence[Attended], *, ended_at: datetime | None) -> Message:
    """What a card turns into when its session has ended.

    Args:
        everyone: who was there.
    """
    session = seen.session
    lines = [f"*Ended*{f' {day(ended_at)}' if ended_at else ''}"]
    started = session.started_at or session.created_at
    if started and ended_at:
        lines.append(f"it lasted {lasted(ended_at - started)}")
    lines.append(f"{people(len(everyone)).capitalize()} came" if everyone else "")
    if session.peak is not None:
        lines.append(f"{session.peak:,} at most at once")
    if session.minutes is not None:
        lines.append(f"{counted(round(session.minutes), 'participant minute')} used")
    line = " · ".join(part for part in lines if part)
    blocks: list[Block] = [header(seen.title), section(line), *(small(deed) for deed in _deeds(seen.deeds))]
    if session.id:
        value = packed({"m": seen.meeting_id, "s": session.id}) or ""
        blocks += actions(button("Attendance", "attendance.show", value))
    return Message(cut("\n".join([f"{safe(seen.title)}: {line}.", *_deeds(seen.deeds)]), TEXT_MOST), blocks)


def stopped(title: str, by: str | None) -> Message:
    """What a card turns into when it follows the session no more.

    Args:
        by: who stopped it, where that is known.
    """
    said = (
        f"{mention(by)} stopped the watching of *{safe(title)}*" if by else f"*{safe(title)}* is not watched any more"
    )
    return message(f"{said} here.", small("`/session watch` starts it again."))


def moved(title: str) -> Message:
    """What a card turns into when the channel was given a new one of the same session."""
    return message(f"The card of *{safe(title)}* is further down.")


def watching(title: str, by: str) -> Message:
    """A channel watches a meeting from now on, in which nobody is yet."""
    line = f"{mention(by)} has *{safe(title)}* watched in this channel."
    then = "Nobody is in right now: a card will come when a session starts."
    return message(f"{line} {then}", small("`/session watch off` ends it."))


def late(title: str) -> Message:
    """Slack does not take the card right now."""
    return message(f"*{safe(title)}* is watched here. I could not post the card yet, and keep trying.")


def not_watching() -> Message:
    """There was nothing to stop."""
    return message("This channel does not watch that meeting, so there is nothing to stop.")


def started(session: Session, meeting_id: str, nonce: str) -> Message:
    """A session has started, for a channel that wants to be told.

    Args:
        nonce: makes this notice's buttons differ from those of others.
    """
    since = session.started_at or session.created_at
    line = f"*{safe(title_of(session.title, meeting_id))}* has started{f' at {clock(since)}' if since else ''}."
    value = packed({"m": meeting_id, "n": nonce}) or ""
    return message(line, *actions(button("Who's in", "watch.who", value), button("Watch here", "watch.start", value)))


def over(session: Session, meeting_id: str, ended_at: datetime | None) -> Message:
    """What the notice of a start turns into at the end."""
    since = session.started_at or session.created_at
    parts = [f"*{safe(title_of(session.title, meeting_id))}* is over{f', since {clock(ended_at)}' if ended_at else ''}"]
    if since and ended_at:
        parts.append(f"it lasted {lasted(ended_at - since)}")
    if session.peak is not None:
        parts.append(f"{people(session.peak)} at most")
    return message(" · ".join(parts) + ".")


_NOTICES = {
    Notices.OFF: "is told nothing when sessions start or end",
    Notices.START: "is told when a session starts",
    Notices.BOTH: "is told when a session starts, and that message says when it has ended",
}


def notices(choice: Notices, title: str, by: str = "") -> Message:
    """What a channel is told of its meeting's sessions.

    Args:
        by: who just changed it.
    """
    line = f"This channel {_NOTICES[choice]} (*{safe(title)}*)."
    lead = f"{mention(by)} changed the notices. " if by else ""
    return message(lead + line, small("`/session notices off`, `start` or `both` changes it."))


def came_back(meeting_id: str, title: str, person: Person, block: Blocked, nonce: str) -> Message:
    """Somebody who was to be kept out is in again.

    Args:
        block: by whom, and where; the buttons act for that channel, wherever this is told.
        nonce: makes this rendering's buttons differ from those of others.
    """
    line = f"*{safe(name_of(person), 80)}* is back in *{safe(title)}*, although {mention(block.by)} blocked them."
    why = "Your join page gave them a new place in the meeting: it must refuse them too, or they will come again."
    value = packed({"m": meeting_id, "k": person.key, "i": person.custom_id, "n": nonce, "c": block.channel_id})
    row = actions(
        button("Kick and block", "kick.again", value or "", style="danger"),
        button("Let them in", "kick.pardon", value or ""),
    )
    return message(line, small(why), *(row if value else ()))
