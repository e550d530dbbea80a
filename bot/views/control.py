"""The control card: a meeting at a glance, with what one can do. The same for `/session status` and the live card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import ActionsBlock, InteractiveElement, Option, OverflowMenuElement, SectionBlock

from bot.errors import Right
from bot.realtimekit.models import Person, Session
from bot.realtimekit.secrets import Recording
from bot.views import join, parts, record


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a card shows and offers besides the session.

    Attributes:
        locked: whether nobody new can join; None where that is unknown.
        recording: what is being recorded, as far as is known.
        joins: whether people can join from Slack.
    """

    locked: bool | None = None
    recording: Recording | None = None
    joins: bool = False


NO_CONDITIONS = Conditions()


def first_line(session: Session, seen: int, now: datetime | None, conditions: Conditions) -> str:
    """`🟢 Live · 35 here · peak 40 · started 9:21 AM · 🔒 Locked · ● Recording since 9:30 AM`.

    Args:
        seen: how many were listed, where the session doesn't say how many are in.
        now: leaves the day out where it is today; None for a card that stays for long.
    """
    facts = ["🟢 *Live*", *people_here(session, seen)]
    if session.peak is not None:
        facts.append(f"peak {session.peak:,}")
    if started := session.started_at or session.created_at:
        today = now is not None and (now - started).days < 1
        facts.append(f"started {parts.time_of_day(started) if today else parts.date_and_time(started)}")
    facts += ["🔒 *Locked*"] if conditions.locked else []
    return " · ".join(fact for fact in (*facts, record.state(conditions.recording)) if fact)


def people_here(session: Session, seen: int) -> Sequence[str]:
    """`35 here`; nothing where nobody can tell."""
    if session.people is None:
        return [f"*at least {seen:,} here*"] if seen else []
    return [f"*{session.people:,} here*" if session.people else "empty right now"]


def people_of(seen: Sequence[Person], connections: int) -> int:
    """How many people these connections are, of which one person may have several; all of them were seen, or not."""
    return len(seen) if sum(max(1, len(person.peer_ids)) for person in seen) >= connections else connections


def names(people: Sequence[Person], count: int) -> SectionBlock | None:
    """`Alan Turing, Grace Hopper and 32 more`."""
    count = people_of(people, count)
    shown = [parts.truncate(parts.display_name(person), 60) for person in people]
    return SectionBlock(text=parts.plain(parts.join_names(shown, total=count), 2000)) if shown and count else None


def menu(meeting_id: str, right: Right, conditions: Conditions) -> OverflowMenuElement:
    """What is needed now and then."""
    lock = ("Unlock", "session.unlock") if conditions.locked else ("Lock", "session.lock")
    recorded = ("Stop recording", "record.stop") if conditions.recording else ("Record", "record.start")
    invite = [("Invite…", "invite.open")] if conditions.joins else []
    choices = [lock, recorded, *invite, ("Attendance", "attendance.of")] if right >= Right.HOST else []
    options = [
        Option(text=parts.plain(text, 75), value=parts.encode({"do": action, "m": meeting_id}) or "")
        for text, action in [*choices, ("Details…", "session.details")]
    ]
    return OverflowMenuElement(action_id="more", options=options)


def buttons(
    meeting_id: str, right: Right, *last: InteractiveElement | None, joins: bool, also: InteractiveElement | None = None
) -> Sequence[ActionsBlock]:
    """Two rows; what ends the meeting is the last button of all, so that no line begins with it on a phone.

    Args:
        last: what belongs to this kind of card.
        joins: whether people can join from Slack.
        also: belongs to the first row, which may wrap.
    """
    host, value = right >= Right.HOST, {"m": meeting_id}
    return [
        *parts.actions(
            join.button(meeting_id) if joins else None,
            parts.button("People…", "session.people", value),
            parts.button("Poll…", "poll.open", value) if host else None,
            parts.button("Mute all", "mute.all", value) if host else None,
            also,
        ),
        *parts.actions(*last, parts.button("End meeting…", "session.end", value, style="danger") if host else None),
    ]
