"""Linking a channel to a meeting."""

from collections.abc import Sequence

from slack_sdk.models.blocks import (
    Block,
    ConversationFilter,
    ConversationSelectElement,
    ExternalDataSelectElement,
    InputBlock,
    Option,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.errors import MeetingChoice
from bot.views import parts
from bot.views.parts import Message


def form(*, private_metadata: str, with_channel: bool = False) -> View:
    """The modal in which one chooses a meeting. `with_channel`: and the channel, where it was not opened in one."""
    menu = ExternalDataSelectElement(placeholder="Search meetings", action_id="use.meeting", min_query_length=0)
    blocks: list[Block] = [
        parts.section("`/session`, `/kick` and `/poll` in the channel will control the meeting you choose.")
    ]
    if with_channel:
        channels = ConversationSelectElement(
            placeholder="Choose a channel",
            action_id="use.channel",
            filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
        )
        blocks.append(InputBlock(block_id="channel", label=parts.plain("Channel", 100), element=channels))
    blocks.append(InputBlock(block_id="meeting", label=parts.plain("Meeting", 100), element=menu))
    return parts.modal("Link a meeting", blocks, callback="use", private_metadata=private_metadata, submit="Link")


def meeting_options(choices: Sequence[MeetingChoice]) -> list[Option]:
    """Meetings in a menu; those that share a title are told apart by the start of their ids."""
    titles = [parts.display_title(choice.title, choice.id) for choice in choices]
    shared = [f"{parts.truncate(title, 60)} ({choice.id[:8]})" for choice, title in zip(choices, titles, strict=True)]
    texts = [apart if titles.count(title) > 1 else title for apart, title in zip(shared, titles, strict=True)]
    return [Option(text=parts.plain(text, 75), value=choice.id) for choice, text in zip(choices, texts, strict=True)]


def meeting_menu(choices: Sequence[MeetingChoice], action: str) -> StaticSelectElement:
    """A menu of the meetings that words may mean; what is chosen goes on with this action."""
    return StaticSelectElement(
        placeholder=PlainTextObject(text="Choose a meeting", emoji=False),
        action_id=action,
        options=meeting_options(choices[:100]),
    )


def linked(meeting: MeetingChoice, by: str, *, notices: bool) -> Message:
    """A channel was linked. `notices`: whether it gets session notices, from now on of this meeting."""
    line = f"{parts.mention(by)} linked this channel to {parts.bold_title(meeting.title, meeting.id)}."
    return parts.message(
        line,
        parts.context_block("This channel's session notices are now about this meeting." if notices else ""),
        parts.context_block(
            "In this channel, `/session`, `/kick` and `/poll` now control this meeting. To unlink: `/session forget`."
        ),
    )


def replaced(meeting: MeetingChoice) -> Message:
    """The channel was linked, and at once to another meeting by someone else."""
    title = parts.bold_title(meeting.title, meeting.id)
    return parts.message(f"Someone else just changed this channel's link, so it's no longer {title}.")


def forgotten(title: str | None, meeting_id: str, by: str) -> Message:
    """A channel was unlinked."""
    return parts.message(f"{parts.mention(by)} unlinked this channel from {parts.bold_title(title, meeting_id)}.")


def not_linked() -> Message:
    """There was nothing to unlink."""
    return parts.message("This channel isn't linked to a meeting.")
