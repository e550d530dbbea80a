"""Polls: the modal, and the poll as the channel sees it."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import Block, CheckboxesElement, InputBlock, Option, PlainTextInputElement
from slack_sdk.models.views import View

from bot.orders import OPTIONS_LEAST, OPTIONS_MOST, NewPoll
from bot.realtimekit.models import Poll
from bot.views.parts import (
    TEXT_MOST,
    Message,
    actions,
    button,
    clean,
    counted,
    cut,
    escape,
    header,
    mention,
    modal,
    packed,
    paragraphs,
    plain,
    safe,
    section,
    small,
    small_plain,
    unpacked,
)

_ANONYMOUS = Option(
    text=plain("Anonymous", 75), value="anonymous", description=plain("Nobody sees who voted for what.", 75)
)
_HIDE = Option(
    text=plain("Hide votes", 75), value="hide-votes", description=plain("Counts stay hidden until one has voted.", 75)
)


def form(draft: NewPoll, *, notes: str, faults: Mapping[str, str] | None = None, remark: str = "") -> View:
    """The modal, filled in as far as the draft goes.

    Args:
        faults: what is wrong, by field; shown below it.
        remark: plain text, what to know first.
    """
    faults = faults or {}
    count = min(max(len(draft.options), OPTIONS_LEAST), OPTIONS_MOST)
    options = [*draft.options[:OPTIONS_MOST], *[""] * (count - len(draft.options))]
    blocks: list[Block] = [small("Goes to everyone in the meeting.")]
    if remark:
        blocks.append(small_plain(remark))
    blocks += _field("question", "Question", draft.question, faults)
    for number, text in enumerate(options, 1):
        blocks += _field(f"option.{number}", f"Option {number}", text, faults, optional=number > OPTIONS_LEAST)
    blocks += actions(
        button("Add option", "poll.add") if count < OPTIONS_MOST else None,
        button("Remove option", "poll.remove") if count > OPTIONS_LEAST else None,
    )
    chosen = [box for box, on in ((_ANONYMOUS, draft.anonymous), (_HIDE, draft.hide_votes)) if on]
    boxes = CheckboxesElement(action_id="flags", options=[_ANONYMOUS, _HIDE], initial_options=chosen or None)
    blocks.append(InputBlock(block_id="flags", label=plain("Votes", 100), element=boxes, optional=True))
    return modal("New poll", blocks, callback="poll", notes=notes, submit="Ask everyone")


def _field(block: str, label: str, text: str, faults: Mapping[str, str], *, optional: bool = False) -> list[Block]:
    field = PlainTextInputElement(action_id="text", initial_value=cut(text, 3000) or None)
    blocks: list[Block] = [InputBlock(block_id=block, label=plain(label, 100), element=field, optional=optional)]
    if block in faults:
        blocks.append(small(f":warning: {escape(faults[block])}"))
    return blocks


def created(order: NewPoll, poll: Poll, meeting_id: str, title: str, by: str) -> Message:
    """A poll that was created, for the channel. Counts are shown only where the answer holds any."""
    texts = [option.text or "" for option in poll.options] or list(order.options)
    counts = [option.count or 0 for option in poll.options] or [0] * len(texts)
    votes = any(counts)
    lines = [
        f"{number}. {safe(text, 150)}" + (f" · {counted(count, 'vote')}" if votes else "")
        for number, (text, count) in enumerate(zip(texts, counts, strict=True), 1)
    ]
    flags = [name for name, on in (("anonymous", order.anonymous), ("votes hidden", order.hide_votes)) if on]
    lead = f"{mention(by)} asked everyone in *{safe(title)}*:"
    asked = clean(poll.question or order.question)
    note = "People vote in the meeting, and see the results there."
    if flags:
        note = f"{' and '.join(flags).capitalize()}. {note}"
    value = again_value(order, meeting_id, {})
    blocks: list[Block] = [section(lead), header(asked) if len(asked) <= 150 else section(f"*{safe(asked, 500)}*")]
    blocks += [*paragraphs(lines), small(note)]
    blocks += actions(button("Ask again…", "poll.open", value)) if value else []
    return Message(cut("\n".join([f"{lead} {safe(asked, 500)}", *lines, note]), TEXT_MOST), blocks)


def again_value(order: NewPoll, meeting_id: str, place: Mapping[str, str]) -> str | None:
    """A poll in a button, so that it can be asked again; None where it does not fit.

    Args:
        place: the channel that the button acts for, where it may stand elsewhere.
    """
    flags = [int(order.anonymous), int(order.hide_votes)]
    return packed({"m": meeting_id, "q": order.question, "o": list(order.options), "f": flags} | dict(place))


def poll_in(value: str) -> tuple[str, NewPoll]:
    """The meeting's id and the poll in a button; both empty where there are none."""
    values: dict[str, Any] = unpacked(value)
    options = values.get("o")
    flags = values.get("f")
    anonymous, hide = (
        (bool(flags[0]), bool(flags[1])) if isinstance(flags, list) and len(flags) == 2 else (False, False)
    )
    texts = [str(option) for option in options] if isinstance(options, list) else []
    return str(values.get("m") or ""), NewPoll(str(values.get("q") or ""), texts, anonymous, hide)
