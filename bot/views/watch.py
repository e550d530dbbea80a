"""The live card, its summary, and the notices of a start and an end. None of them depends on when it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.errors import Right
from bot.realtimekit.models import PeerRow, Person, Session, identities, present
from bot.sanitize import from_slack
from bot.store.records import Ban, Entry, PollState, Prepared, Watch
from bot.views import control, join, parts
from bot.views.control import NO_CONDITIONS, Conditions
from bot.views.history import did
from bot.views.hosts import who
from bot.views.parts import Message

MAX_CHANGES = 3
"""Of those who came, and of those who went, so many are named."""
JUST = timedelta(minutes=10)
"""What is further apart from the newest change is no news; the card must not depend on when it is drawn."""
MAX_OPERATIONS = 4
MAX_READ = 20
"""Operations that are read, so that repeats can be folded."""
SHOWN_OPERATIONS = (
    *("kick", "kick and block", "let back in", "poll", "mute", "mute all", "lock", "unlock", "end"),
    *("record", "record pause", "record resume", "record stop"),
)
"""What concerns the people in the room, and not just the channel."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session as it was read: its connections and what was done in it, both newest first.

    `next_poll`: that is prepared in the channel.
    """

    meeting_id: str
    session: Session
    rows: Sequence[PeerRow]
    operations: Sequence[Entry]
    conditions: Conditions = NO_CONDITIONS
    next_poll: Prepared | None = None

    @property
    def title(self) -> str:
        """What the meeting is called."""
        return parts.display_title(self.session.title, self.meeting_id)


def card(snapshot: Snapshot) -> Message:
    """The card of a running session: everyone in the channel sees the same; each click is checked."""
    session, everyone, meeting_id = snapshot.session, present(snapshot.rows), snapshot.meeting_id
    count = session.people if session.people is not None else len(everyone)
    line = control.first_line(session, len(everyone), None, snapshot.conditions)
    changes = [" · ".join(_changes(snapshot.rows)), *_operations(snapshot.operations)]
    off = parts.button("Turn off live card", "watch.stop", {"m": meeting_id})
    ask = None
    if snapshot.next_poll:
        doubtful = " (may have been asked already)" if snapshot.next_poll.state is PollState.UNSURE else ""
        changes.append(f"Next poll: “{parts.safe(snapshot.next_poll.question, 150)}”{doubtful}")
        ask = parts.button("Ask next poll", "sheet.ask", {"p": snapshot.next_poll.id, "m": meeting_id})
    return parts.card(
        f"{parts.safe(snapshot.title)}: {line}",
        parts.header(snapshot.title),
        parts.section(line, accessory=control.menu(meeting_id, Right.HOST, snapshot.conditions)),
        control.names(everyone, count),
        *map(parts.context_block, changes),
        *control.buttons(meeting_id, Right.HOST, off, joins=snapshot.conditions.joins, also=ask),
    )


def _changes(rows: Sequence[PeerRow]) -> list[str]:
    """The latest arrivals, and the latest departures of people who haven't returned."""
    owned = list(zip(identities(rows), rows, strict=True))
    here = {owner for owner, row in owned if row.left_at is None}
    came = [(row.joined_at, owner, row) for owner, row in owned if row.joined_at and owner in here]
    went = [(row.left_at, owner, row) for owner, row in owned if row.left_at and owner not in here]
    newest_change = max((moment for moment, _, _ in came + went), default=None)
    lines = []
    for word, group in (("Just joined", came), ("Just left", went)):
        newest: dict[str, str] = {}
        for moment, owner, row in sorted(group, key=lambda change: change[0], reverse=True):
            recent = newest_change is not None and newest_change - moment < JUST
            if recent and len(newest) < MAX_CHANGES:
                newest.setdefault(owner, f"{parts.names_of([Person.of([row])])} {parts.time_of_day(moment)}")
        if newest:
            lines.append(f"{word}: {', '.join(newest.values())}")
    return lines


def _operations(operations: Sequence[Entry]) -> list[str]:
    """What was done, the last one last; repeats are folded: `muted everyone ×2`."""
    folded: dict[str, tuple[datetime, int]] = {}
    for entry in operations:
        what = did(entry) + _about(entry)
        at, times = folded.get(what, (entry.at, 0))
        folded[what] = at, times + 1
    lines = [
        f"{parts.time_of_day(at)} {what}" + (f" ×{times}" if times > 1 else "")
        for what, (at, times) in list(folded.items())[:MAX_OPERATIONS]
    ]
    return lines[::-1]


def _about(entry: Entry) -> str:
    return f": “{parts.safe(entry.detail, 80)}”" if entry.what == "poll" and entry.detail else ""


def summary(snapshot: Snapshot, attended: str) -> Message:
    """What a card turns into when its session has ended. `attended`: how many people; empty if that isn't known."""
    session = snapshot.session
    started, ended_at = session.started_at or session.created_at, session.ended_at
    facts = [f"*Ended*{f' {parts.date_and_time(ended_at)}' if ended_at else ''}"]
    if started and ended_at:
        facts.append(f"lasted {parts.duration(ended_at - started)}")
    if attended:
        facts.append(f"{attended} attended")
    if session.peak is not None:
        facts.append(f"peak {session.peak:,}")
    if session.minutes is not None:
        facts.append(parts.count_of(round(session.minutes), "participant minute"))
    line, done = " · ".join(facts), _operations(snapshot.operations)
    value = {"m": snapshot.meeting_id, "s": session.id}
    return parts.card(
        f"{parts.safe(snapshot.title)}: {line}",
        parts.header(snapshot.title),
        parts.section(line),
        *map(parts.context_block, done),
        *parts.actions(parts.button("Attendance", "attendance.show", value) if session.id else None),
    )


def stopped(title: str, by: str | None) -> Message:
    """What a card turns into when it follows the session no more. `by`: who stopped it, where that is known."""
    shown = parts.bold(title)
    said = f"{parts.mention(by)} turned off the live card for {shown}" if by else f"The live card for {shown} is off"
    return parts.message(
        f"{said} in this channel.",
        parts.context_block(f"To turn it back on: {parts.command('/session watch', title)}."),
    )


def moved(title: str) -> Message:
    """What a card turns into when the channel was given a new one of the same session."""
    return parts.message(f"The live card for {parts.bold(title)} is now farther down in this channel.")


def watching(title: str, meeting_id: str, by: str) -> Message:
    """A channel watches a meeting from now on, in which nobody is yet."""
    line = f"{parts.mention(by)} turned on a live card for {parts.bold(title)}."
    then = "No one's in the meeting yet. The card will appear here when a session starts."
    off = parts.button("Turn off live card", "watch.stop", {"m": meeting_id})
    return parts.message(f"{line} {then}", *parts.actions(off))


def needed_for_notes(title: str, meeting_id: str, nonce: str) -> Message:
    """Notes are on, and no channel has a live card, under whose summary they are posted."""
    return parts.message(
        "I post transcripts and AI summaries under the live card, "
        f"and {parts.bold(title)} doesn't have one in this channel yet.",
        *parts.actions(parts.button("Turn on live card", "watch.start", {"m": meeting_id, "n": nonce})),
    )


def late(title: str) -> Message:
    """Slack does not take the card right now."""
    return parts.message(
        f"The live card for {parts.bold(title)} is on. I haven't been able to post it yet, but I'll keep trying."
    )


def not_watching(others: Sequence[Watch]) -> Message:
    """There was nothing to stop. `others`: what the channel watches."""
    line = "There's no live card for that meeting in this channel."
    if others:
        names = parts.join_names([parts.bold_title(one.title, one.meeting_id) for one in others], limit=5)
        line += f" On now: {names}. To turn one off, add its title after `/session watch off`."
    return parts.message(line)


def started(session: Session, meeting_id: str, nonce: str, *, joins: bool) -> Message:
    """A session has started, for a channel that wants to be told."""
    since, title = session.started_at or session.created_at, parts.display_title(session.title, meeting_id)
    at, value = f" at {parts.time_of_day(since)}" if since else "", {"m": meeting_id, "n": nonce}
    enter = join.button(meeting_id) if joins else None
    buttons = (
        enter,
        parts.button("People…", "session.people", value),
        parts.button("Turn on live card", "watch.start", value),
    )
    return parts.message(f"{parts.bold(title)} started{at}.", *parts.actions(*buttons))


def over(session: Session, meeting_id: str, ended_at: datetime | None) -> Message:
    """What the notice of a start turns into at the end."""
    since = session.started_at or session.created_at
    ended = f" at {parts.time_of_day(ended_at)}" if ended_at else ""
    facts = [f"{parts.bold_title(session.title, meeting_id)} ended{ended}"]
    if since and ended_at:
        facts.append(f"lasted {parts.duration(ended_at - since)}")
    if session.peak is not None:
        facts.append(f"peak {session.peak:,}")
    return parts.message(" · ".join(facts) + ".")


def no_host(
    title: str, meeting_id: str, since: datetime, waiting: int, hosts: Sequence[str], *, joins: bool
) -> Message:
    """People are in without a host. `hosts`: of the channel, who are mentioned."""
    have = "has" if waiting == 1 else "have"
    line = f"There's no host in {parts.bold(title)}. {parts.count_people(waiting).capitalize()} {have} been waiting "
    line += f"since {parts.time_of_day(since)}."
    return parts.message(
        _calling(hosts, line),
        *parts.actions(
            join.button(meeting_id) if joins else None, parts.button("People…", "session.people", {"m": meeting_id})
        ),
    )


def host_came(title: str, host: str, waited: timedelta) -> Message:
    """What that warning turns into. `waited`: until the host came; less than nothing if they became one while in."""
    if waited < timedelta():
        return parts.message(f"*{parts.safe(host, 80)}* is now a host in {parts.bold(title)}.")
    return parts.message(
        f"*{parts.safe(host, 80)}* joined {parts.bold(title)} as a host. "
        f"People had been waiting without one for {parts.duration(waited)}."
    )


def nobody_waits(title: str) -> Message:
    """The same, where everyone has left meanwhile."""
    return parts.message(f"Everyone left {parts.bold(title)} before I saw a host join.")


def not_checked(title: str) -> Message:
    """The same, where the channel doesn't want to know any longer, or is linked to another meeting."""
    return parts.message(f"There was no host in {parts.bold(title)}. This channel no longer gets these notices.")


def no_host_came(title: str) -> Message:
    """The same, where the session ended before."""
    return parts.message(f"{parts.bold(title)} ended. I didn't see a host join.")


def still_recording(title: str | None, meeting_id: str, hosts: Sequence[str], nonce: str) -> Message:
    """A recording goes on though nobody is in. `hosts`: of the channel, who are mentioned."""
    line = f"{parts.bold_title(title, meeting_id)} is still being recorded, but it's been empty for 10 minutes."
    return parts.message(
        _calling(hosts, line),
        *parts.actions(parts.button("Stop recording", "record.stop", {"m": meeting_id, "n": nonce})),
        parts.context_block("Cloudflare charges for recording by the minute."),
    )


def _calling(hosts: Sequence[str], line: str) -> str:
    """The line with the channel's hosts mentioned after it; if everyone is a host, nobody is."""
    return " ".join([line, *(who(member) for member in hosts if member != "*")])


def banned_person_returned(meeting_id: str, title: str, person: Person, ban: Ban, nonce: str) -> Message:
    """Someone who was banned is in again; the buttons act for the channel where the ban was made."""
    name, by = parts.safe(parts.display_name(person), 80), parts.mention(ban.by)
    value: dict[str, Any] = {"m": meeting_id, "p": [person.key], "d": [ban.person], "n": nonce, "c": ban.channel_id}
    value |= {"s": ids} if (ids := from_slack([person.custom_id])) else {}
    return parts.message(
        f"*{name}* is in {parts.bold(title)} with the ID of someone {by} kept out earlier.",
        parts.context_block(
            "Either an old invitation still works, or your own site gave that ID out again. Block it there too."
        ),
        *parts.actions(
            parts.button("Keep out", "kick.again", value, style="danger", label=f"Keep {name} out"),
            parts.button("Allow", "kick.pardon", value, label=f"Allow {name}"),
        ),
    )
