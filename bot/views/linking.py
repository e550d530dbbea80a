"""Linking a channel to a meeting."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ConversationFilter,
    ConversationSelectElement,
    ExternalDataSelectElement,
    InputBlock,
    Option,
)
from slack_sdk.models.views import View

from bot.errors import MeetingChoice
from bot.views.parts import Message, cut, mention, message, modal, plain, safe, section, small, title_of


def form(*, notes: str, with_channel: bool = False) -> View:
    """The modal in which one chooses a meeting.

    Args:
        with_channel: and the channel, where it was not opened in one.
    """
    menu = ExternalDataSelectElement(placeholder="Type words of its title", action_id="use.meeting", min_query_length=0)
    blocks: list[Block] = [section("Every command in the channel then means that meeting.")]
    if with_channel:
        channels = ConversationSelectElement(
            placeholder="Choose a channel",
            action_id="use.channel",
            filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
        )
        blocks.append(InputBlock(block_id="channel", label=plain("Channel", 100), element=channels))
    blocks.append(InputBlock(block_id="meeting", label=plain("Meeting", 100), element=menu))
    return modal("Link a meeting", blocks, callback="use", notes=notes, submit="Link")


def options(choices: Sequence[MeetingChoice]) -> list[dict[str, Any]]:
    """Meetings in a menu; those that share a title are told apart by the start of their ids."""
    titles = [title_of(choice.title, choice.id) for choice in choices]
    made = []
    for choice, title in zip(choices, titles, strict=True):
        text = f"{cut(title, 60)} ({choice.id[:8]})" if titles.count(title) > 1 else title
        made.append(Option(text=plain(text, 75), value=choice.id).to_dict())
    return made


def linked(meeting: MeetingChoice, by: str) -> Message:
    """A channel was linked."""
    line = f"{mention(by)} linked this channel to *{safe(title_of(meeting.title, meeting.id))}*."
    return message(line, small("`/session`, `/kick` and `/poll` now mean this meeting. `/session forget` undoes it."))


def forgotten(title: str | None, meeting_id: str, by: str) -> Message:
    """A channel was unlinked."""
    return message(f"{mention(by)} unlinked this channel from *{safe(title_of(title, meeting_id))}*.")


def not_linked() -> Message:
    """There was nothing to unlink."""
    return message("This channel is not linked to a meeting, so there is nothing to undo.")
