"""Ending a session: the question before everyone is removed, and what came of it."""

from collections.abc import Sequence
from enum import Enum

from slack_sdk.models.blocks import CheckboxesElement, InputBlock, Option
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Session
from bot.views import parts
from bot.views.control import people_of
from bot.views.parts import Message


def loading_end() -> View:
    """The question before the meeting was read."""
    return parts.loading("End meeting", "Checking who's in…")


def question(
    session: Session, meeting_id: str, seen: Sequence[Person], *, private_metadata: str, locks: bool = False
) -> View:
    """The question before everyone is removed. `locks`: whether locking first is chosen already."""
    title = parts.safe(parts.display_title(session.title, meeting_id))
    people = session.people and people_of(seen, session.people)
    few = {1: "The one person in the meeting", 2: "Both people"}
    count = few.get(people, f"All {people:,} people") if people else "Everyone"
    removed = (
        f"{count} will be removed." if people != 0 else "No one is in the meeting right now. The session will end."
    )
    rooms = parts.count_of(len(session.breakout_rooms), "breakout room")
    warning = f"The meeting has {rooms}. People in breakout rooms may need to be removed separately."
    blocks = (
        parts.section(f"*End “{title}” for everyone?*\n{removed}"),
        InputBlock(block_id="lock", label=parts.plain("Lock", 100), element=_lock_box(locks=locks), optional=True),
        parts.context_block(warning if session.breakout_rooms else ""),
    )
    verb = "End meeting"
    return parts.modal(verb, blocks, callback="end", private_metadata=private_metadata, submit=verb)


def _lock_box(*, locks: bool) -> CheckboxesElement:
    lock_first = Option(
        text=parts.plain("Lock the meeting so no one can rejoin", 75),
        value="lock",
        description=parts.plain("Otherwise anyone with the link can start a new session.", 75),
    )
    return CheckboxesElement(action_id="lock", options=[lock_first], initial_options=[lock_first] if locks else None)


class Stopped(Enum):
    """What became of the meeting's recording before everyone was removed; nothing is said where there was none."""

    NOTHING = ""
    YES = "The recording was stopped."
    NOT = "I couldn't stop the recording first, so its file may be lost."
    UNKNOWN = "I can't tell if the recording was stopped first. If not, its file may be lost."
    UNREAD = "I couldn't check for a recording first. If there was one, its file may be lost."


def with_recording(said: Message, stopped: Stopped) -> Message:
    """The same, with what became of the recording."""
    line = stopped.value
    if not line:
        return said
    return parts.card(f"{said.text} {line}", *said.blocks[:1], parts.context_block(line), *said.blocks[1:])


def another_session(title: str, meeting_id: str, *, request_id: str) -> Message:
    """The session that the question was about is over, and another one runs."""
    return parts.message(
        f"No one was removed. That session of {parts.bold(title)} ended, and a new one has started since.",
        *parts.actions(parts.button("End meeting…", "session.end", {"m": meeting_id, "n": request_id}, style="danger")),
    )


def ended(
    title: str, meeting_id: str, count: int | None, by: str, *, locked: bool | None, rooms: bool, nonce: str
) -> Message:
    """What a kick-all came to.

    Args:
        locked: whether the meeting is; None where that is unknown.
        rooms: whether it had breakout rooms.
    """
    went = "It was already empty."
    if count is None:
        went = "Everyone was removed."
    elif count:
        went = f"{parts.count_people(count).capitalize()} {'was' if count == 1 else 'were'} removed."
    after = "It's locked: no one can join until a host unlocks it." if locked else "Anyone with the link can rejoin."
    if locked is None:
        after = "Unless it's locked, anyone with the link can rejoin."
    after += " People in breakout rooms may still be in the meeting." if rooms else ""
    value = {"m": meeting_id, "n": nonce}
    button = parts.button("Unlock", "lock.unlock", value) if locked else parts.button("Lock", "lock.lock", value)
    line = f"{parts.mention(by)} ended {parts.bold(title)} for everyone. {went}"
    return parts.message(line, parts.context_block(after, parts.OUTLOOK), *parts.actions(button))
