"""Ending a session: the question before everyone is removed, and what came of it."""

from slack_sdk.models.blocks import CheckboxesElement, InputBlock, Option
from slack_sdk.models.views import View

from bot.realtimekit.models import Session
from bot.views import parts
from bot.views.parts import Message


def loading_end() -> View:
    """The question before the meeting was read."""
    return parts.loading("End for everyone", "Looking who is in the room…")


def question(session: Session, meeting_id: str, *, private_metadata: str, locks: bool = False) -> View:
    """The question before everyone is removed. `locks`: whether locking first is chosen already."""
    title = parts.safe(parts.display_title(session.title, meeting_id))
    count = "Everyone" if session.people is None else parts.count_people(session.people).capitalize()
    rooms = parts.count_of(len(session.breakout_rooms), "breakout room")
    warning = f"The meeting has {rooms}: people in there may have to be removed on their own."
    blocks = (
        parts.section(f"*End {title} for everyone?*\n{count} will be removed."),
        InputBlock(
            block_id="lock", label=parts.plain("Afterwards", 100), element=_lock_box(locks=locks), optional=True
        ),
        parts.context_block(warning if session.breakout_rooms else ""),
    )
    verb = "End for everyone"
    return parts.modal(verb, blocks, callback="end", private_metadata=private_metadata, submit=verb)


def _lock_box(*, locks: bool) -> CheckboxesElement:
    lock_first = Option(
        text=parts.plain("Lock the meeting first", 75),
        value="lock",
        description=parts.plain("Else people can come back and start a new session.", 75),
    )
    return CheckboxesElement(action_id="lock", options=[lock_first], initial_options=[lock_first] if locks else None)


def ended(title: str, count: int | None, by: str, *, locked: bool = False) -> Message:
    """What a kick-all came to."""
    went = "Nobody was in any more, so nobody was"
    if count is None:
        went = "Everyone was"
    elif count:
        went = f"{parts.count_people(count).capitalize()} {'was' if count == 1 else 'were'}"
    after = "Unless the meeting is locked, people can come back: `/session lock` keeps everybody out."
    if locked:
        after = "The meeting is locked: nobody can join before `/session unlock`."
    line = f"{parts.mention(by)} ended {parts.bold(title)} for everyone. {went} removed."
    return parts.message(line, parts.context_block(after))
