"""The live card, its summary, and the notices of a start and an end. None of them depends on when it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import ActionsBlock, SectionBlock

from bot.realtimekit.attendance import Attended
from bot.realtimekit.models import PeerRow, Person, Session, present
from bot.store.records import Ban, Entry, Notices, Watch
from bot.views import parts
from bot.views.history import did
from bot.views.parts import Message

MAX_CHANGES = 3
"""Of those who came, and of those who went, so many are named."""
MAX_OPERATIONS = 4
SHOWN_OPERATIONS = ("kick", "kick and block", "let back in", "poll", "mute", "mute all", "lock", "unlock", "end")
"""What concerns the people in the room, and not just the channel."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session as it was read: its connections and what was done in it, both newest first."""

    meeting_id: str
    session: Session
    rows: Sequence[PeerRow]
    operations: Sequence[Entry]

    @property
    def title(self) -> str:
        """What the meeting is called."""
        return parts.display_title(self.session.title, self.meeting_id)


def card(snapshot: Snapshot) -> Message:
    """The card of a running session."""
    session, everyone = snapshot.session, present(list(snapshot.rows))
    count = session.people if session.people is not None else len(everyone)
    facts = ["*Live*", f"*{parts.count_people(count)} now*" if count else "empty, closing soon"]
    if session.peak is not None:
        facts.append(f"{session.peak:,} at most")
    if started := session.started_at or session.created_at:
        facts.append(f"since {parts.date_and_time(started)}")
    names = [parts.truncate(parts.display_name(person), 60) for person in everyone]
    inside = f"In the room: {parts.join_names(names, total=count)}" if names and count else ""
    line, changes = " · ".join(facts), [*_changes(snapshot.rows), *_operations(snapshot.operations)]
    return parts.card(
        [f"{parts.safe(snapshot.title)}: {line}.", parts.escape(inside), *changes],
        parts.header(snapshot.title),
        parts.section(line),
        SectionBlock(text=parts.plain(inside, 2000)) if inside else None,
        *map(parts.context_block, changes),
        *_buttons(snapshot.meeting_id),
    )


def _changes(rows: Sequence[PeerRow]) -> list[str]:
    """Who came last, and who went last and is not back."""
    here = {row.identity for row in rows if row.left_at is None}
    came = [(row.joined_at, row) for row in rows if row.joined_at and row.identity in here]
    went = [(row.left_at, row) for row in rows if row.left_at and row.identity not in here]
    lines = []
    for word, group in (("Came last", came), ("Went last", went)):
        newest: dict[str, str] = {}
        for moment, row in sorted(group, key=lambda pair: pair[0], reverse=True):
            if len(newest) < MAX_CHANGES:
                newest.setdefault(row.identity, f"{parts.names_of([Person.of([row])])} {parts.time_of_day(moment)}")
        if newest:
            lines.append(f"{word}: {' · '.join(newest.values())}")
    return lines


def _operations(operations: Sequence[Entry]) -> list[str]:
    lines = [f"{parts.time_of_day(entry.at)} {did(entry)}{_about(entry)}" for entry in operations[:MAX_OPERATIONS]]
    return lines[::-1]


def _about(entry: Entry) -> str:
    return f": “{parts.safe(entry.detail, 80)}”" if entry.what == "poll" and entry.detail else ""


def _buttons(meeting_id: str) -> Sequence[ActionsBlock]:
    value = {"m": meeting_id}
    return parts.actions(
        parts.button("Who's in", "watch.who", value),
        parts.button("Poll…", "poll.open", value),
        parts.button("Kick…", "kick.open", value),
        parts.button("End for everyone…", "session.end", meeting_id, style="danger"),
        parts.button("Stop watching", "watch.stop", value),
    )


def summary(snapshot: Snapshot, everyone: Sequence[Attended], *, ended_at: datetime | None) -> Message:
    """What a card turns into when its session has ended. `everyone`: who was there."""
    session = snapshot.session
    started = session.started_at or session.created_at
    facts = [f"*Ended*{f' {parts.date_and_time(ended_at)}' if ended_at else ''}"]
    if started and ended_at:
        facts.append(f"it lasted {parts.duration(ended_at - started)}")
    if everyone:
        facts.append(f"{parts.count_people(len(everyone)).capitalize()} came")
    if session.peak is not None:
        facts.append(f"{session.peak:,} at most at once")
    if session.minutes is not None:
        facts.append(f"{parts.count_of(round(session.minutes), 'participant minute')} used")
    line, done = " · ".join(facts), _operations(snapshot.operations)
    value = {"m": snapshot.meeting_id, "s": session.id}
    return parts.card(
        [f"{parts.safe(snapshot.title)}: {line}.", *done],
        parts.header(snapshot.title),
        parts.section(line),
        *map(parts.context_block, done),
        *parts.actions(parts.button("Attendance", "attendance.show", value) if session.id else None),
    )


def stopped(title: str, by: str | None) -> Message:
    """What a card turns into when it follows the session no more. `by`: who stopped it, where that is known."""
    shown = parts.bold(title)
    said = f"{parts.mention(by)} stopped the watching of {shown}" if by else f"{shown} is not watched any more"
    return parts.message(f"{said} here.", parts.context_block("`/session watch` starts it again."))


def moved(title: str) -> Message:
    """What a card turns into when the channel was given a new one of the same session."""
    return parts.message(f"The card of {parts.bold(title)} is further down.")


def watching(title: str, by: str) -> Message:
    """A channel watches a meeting from now on, in which nobody is yet."""
    line = f"{parts.mention(by)} has {parts.bold(title)} watched in this channel."
    then = "Nobody is in right now: a card will come when a session starts."
    return parts.message(f"{line} {then}", parts.context_block("`/session watch off` ends it."))


def late(title: str) -> Message:
    """Slack does not take the card right now."""
    return parts.message(f"{parts.bold(title)} is watched here. I could not post the card yet, and keep trying.")


def not_watching(others: Sequence[Watch]) -> Message:
    """There was nothing to stop. `others`: what the channel watches."""
    line = "This channel does not watch that meeting, so there is nothing to stop."
    if others:
        names = parts.join_names([parts.bold_title(one.title, one.meeting_id) for one in others], limit=5)
        line += f" It watches {names}: name it after `/session watch off`."
    return parts.message(line)


def started(session: Session, meeting_id: str, nonce: str) -> Message:
    """A session has started, for a channel that wants to be told."""
    since, title = session.started_at or session.created_at, parts.display_title(session.title, meeting_id)
    at, value = f" at {parts.time_of_day(since)}" if since else "", {"m": meeting_id, "n": nonce}
    buttons = parts.button("Who's in", "watch.who", value), parts.button("Watch here", "watch.start", value)
    return parts.message(f"{parts.bold(title)} has started{at}.", *parts.actions(*buttons))


def over(session: Session, meeting_id: str, ended_at: datetime | None) -> Message:
    """What the notice of a start turns into at the end."""
    since = session.started_at or session.created_at
    ended = f", since {parts.time_of_day(ended_at)}" if ended_at else ""
    facts = [f"{parts.bold_title(session.title, meeting_id)} is over{ended}"]
    if since and ended_at:
        facts.append(f"it lasted {parts.duration(ended_at - since)}")
    if session.peak is not None:
        facts.append(f"{parts.count_people(session.peak)} at most")
    return parts.message(" · ".join(facts) + ".")


_NOTICES = {
    Notices.OFF: "is told nothing when sessions start or end",
    Notices.START: "is told when a session starts",
    Notices.BOTH: "is told when a session starts, and that message says when it has ended",
}


def notices(choice: Notices, title: str, by: str = "") -> Message:
    """What a channel is told of its meeting's sessions. `by`: who just changed it."""
    line = f"This channel {_NOTICES[choice]} ({parts.bold(title)})."
    lead = f"{parts.mention(by)} changed the notices. " if by else ""
    return parts.message(lead + line, parts.context_block("`/session notices off`, `start` or `both` changes it."))


def banned_person_returned(meeting_id: str, title: str, person: Person, ban: Ban, nonce: str) -> Message:
    """Someone who was banned is in again; the buttons act for the channel where the ban was made."""
    name, by = parts.safe(parts.display_name(person), 80), parts.mention(ban.by)
    value = {"m": meeting_id, "k": person.key, "i": person.custom_id, "n": nonce, "c": ban.channel_id}
    return parts.message(
        f"*{name}* is back in {parts.bold(title)}, although {by} blocked them.",
        parts.context_block(
            "Your join page gave them a new place in the meeting: it must refuse them too, or they will come again."
        ),
        *parts.actions(
            parts.button("Kick and block", "kick.again", value, style="danger"),
            parts.button("Let them in", "kick.pardon", value),
        ),
    )
