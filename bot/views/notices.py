"""What a channel is told of its meeting's sessions: starts, ends, and people without a host."""

from slack_sdk.models.blocks import Block, InputBlock, Option, PlainTextInputElement, RadioButtonsElement
from slack_sdk.models.views import View

from bot.store.records import Notices
from bot.views import parts
from bot.views.parts import Message

MAX_MINUTES = 120
_NOTICES = {
    Notices.OFF: "I won't post here when {title} starts or ends.",
    Notices.START: "I'll post here when {title} starts.",
    Notices.BOTH: "I'll post here when {title} starts, and update that message when it ends.",
}
_CHOICES = {
    Notices.OFF: "Nothing",
    Notices.START: "When the meeting starts",
    Notices.BOTH: "When the meeting starts and ends",
}


def notices(
    choice: Notices, title: str, no_host: int | None, by: str = "", *, no_host_before: int | None = None
) -> Message:
    """What a channel is told of its meeting's sessions.

    Args:
        no_host: after so many minutes without a host.
        by: who just changed it.
        no_host_before: the same until now.
    """
    said = [_NOTICES[choice].replace("{title}", parts.bold(title))]
    if no_host:
        said.append(_without_host(no_host, title))
    elif no_host_before:
        said.append("I also won't post if people are in it without a host.")
    lead = f"{parts.mention(by)} changed session notices. " if by else ""
    how = "To change this, use `/session notices off`, `start` or `both`."
    change = None if by else parts.button("Change…", "notices.edit", "open")
    return parts.message(lead + " ".join(said), parts.context_block(how), *parts.actions(change))


def no_host(minutes: int | None, title: str, by: str) -> Message:
    """When a channel is told that no host is in. `by`: who just changed it."""
    lead = f"{parts.mention(by)} changed session notices. "
    if minutes is None:
        return parts.message(f"{lead}I won't post if people are in {parts.bold(title)} without a host.")
    return parts.message(
        lead + _without_host(minutes, title),
        parts.context_block("I can't see people in a waiting room. To turn this off: `/session notices no-host off`."),
    )


def _without_host(minutes: int, title: str) -> str:
    after = parts.count_of(minutes, "minute")
    return f"I'll post here if people are in {parts.bold(title)} for {after} without a host."


def form(choice: Notices, minutes: int | None, title: str, *, private_metadata: str) -> View:
    """The modal in which both are chosen."""
    options = {one: Option(text=parts.plain(text, 75), value=one.value) for one, text in _CHOICES.items()}
    radio = RadioButtonsElement(action_id="choice", options=list(options.values()), initial_option=options[choice])
    field = PlainTextInputElement(action_id="text", max_length=3, initial_value=str(minutes) if minutes else None)
    blocks: list[Block] = [
        parts.section(f"What should I post here about {parts.bold(title)}?"),
        InputBlock(block_id="choice", label=parts.plain("Starts and ends", 100), element=radio),
        InputBlock(
            block_id="minutes",
            label=parts.plain("Warn after this many minutes without a host", 100),
            hint=parts.plain(f"1 to {MAX_MINUTES}. Leave it empty for no warning.", 100),
            element=field,
            optional=True,
        ),
    ]
    return parts.modal("Session notices", blocks, callback="notices", private_metadata=private_metadata, submit="Save")


def loading() -> View:
    """The modal before the channel's choices were read."""
    return parts.loading("Session notices", "Loading…")
