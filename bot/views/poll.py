"""Polls: the modal, and the poll as the channel sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block, CheckboxesElement, InputBlock, Option, PlainTextInputElement
from slack_sdk.models.views import View

from bot.realtimekit.models import Poll
from bot.sanitize import json_object
from bot.views import parts
from bot.views.parts import Message

MAX_QUESTION = 300
MAX_OPTION = 120
MIN_OPTIONS, MAX_OPTIONS = 2, 10
"""The API documents no limits; these keep a poll readable in the meeting and in Slack."""

_ANONYMOUS = Option(
    text=parts.plain("Anonymous", 75), value="anonymous", description=parts.plain("Nobody sees who voted for what.", 75)
)
_HIDE = Option(
    text=parts.plain("Hide votes", 75),
    value="hide-votes",
    description=parts.plain("Counts stay hidden until one has voted.", 75),
)


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll to be put to everyone in a meeting."""

    question: str
    options: Sequence[str]
    anonymous: bool = False
    hide_votes: bool = False

    def field_errors(self) -> Mapping[str, str]:
        """What is wrong, by block id: `question`, `option.1` and so on."""
        errors: dict[str, str] = {}
        if not self.question:
            errors["question"] = "Please type a question."
        elif len(self.question) > MAX_QUESTION:
            errors["question"] = f"This has {len(self.question)} characters; a question may have {MAX_QUESTION}."
        seen: dict[str, int] = {}
        for number, option in enumerate(self.options, 1):
            field, same = f"option.{number}", seen.get(option.casefold())
            if len(option) > MAX_OPTION:
                errors[field] = f"This has {len(option)} characters; an option may have {MAX_OPTION}."
            elif option and same:
                errors[field] = f"This is the same as option {same}."
            elif not option and number <= MIN_OPTIONS:
                errors[field] = "Please type an option: a poll needs two."
            if option:
                seen.setdefault(option.casefold(), number)
        for number in range(len(self.options) + 1, MIN_OPTIONS + 1):
            errors[f"option.{number}"] = "Please type an option: a poll needs two."
        return errors


def loading_form() -> View:
    """The form before Slack has told the names of those who are mentioned in it."""
    return parts.loading("New poll", "Looking up names…")


def form(
    draft: PollDraft, *, private_metadata: str, field_errors: Mapping[str, str] | None = None, remark: str = ""
) -> View:
    """The form, filled in as far as the draft goes; what is wrong stands below its field, a remark above all."""
    field_errors = field_errors or {}
    count = min(max(len(draft.options), MIN_OPTIONS), MAX_OPTIONS)
    options = [*draft.options[:MAX_OPTIONS], *[""] * (count - len(draft.options))]
    blocks: list[Block | None] = [parts.context_block("Goes to everyone in the meeting.")]
    if remark:
        blocks.append(parts.plain_context_block(remark))
    blocks += _field("question", "Question", draft.question, field_errors)
    for number, text in enumerate(options, 1):
        blocks += _field(f"option.{number}", f"Option {number}", text, field_errors, optional=number > MIN_OPTIONS)
    blocks += parts.actions(
        parts.button("Add option", "poll.add") if count < MAX_OPTIONS else None,
        parts.button("Remove option", "poll.remove") if count > MIN_OPTIONS else None,
    )
    chosen = [box for box, on in ((_ANONYMOUS, draft.anonymous), (_HIDE, draft.hide_votes)) if on]
    boxes = CheckboxesElement(action_id="flags", options=[_ANONYMOUS, _HIDE], initial_options=chosen or None)
    blocks.append(InputBlock(block_id="flags", label=parts.plain("Votes", 100), element=boxes, optional=True))
    return parts.modal("New poll", blocks, callback="poll", private_metadata=private_metadata, submit="Ask everyone")


def _field(
    block: str, label: str, text: str, field_errors: Mapping[str, str], *, optional: bool = False
) -> list[Block | None]:
    field = PlainTextInputElement(action_id="text", initial_value=parts.truncate(text, 3000) or None)
    blocks: list[Block | None] = [
        InputBlock(block_id=block, label=parts.plain(label, 100), element=field, optional=optional)
    ]
    if block in field_errors:
        blocks.append(parts.context_block(f":warning: {parts.escape(field_errors[block])}"))
    return blocks


def created(draft: PollDraft, poll: Poll, meeting_id: str, title: str, by: str) -> Message:
    """A poll that was created, for the channel. Counts are shown only where the answer holds any."""
    texts = [option.text or "" for option in poll.options] or list(draft.options)
    counts = [option.count or 0 for option in poll.options] or [0] * len(texts)
    votes = any(counts)
    lines = [
        f"{number}. {parts.safe(text, 150)}" + (f" · {parts.count_of(count, 'vote')}" if votes else "")
        for number, (text, count) in enumerate(zip(texts, counts, strict=True), 1)
    ]
    flags = [name for name, on in (("anonymous", draft.anonymous), ("votes hidden", draft.hide_votes)) if on]
    lead = f"{parts.mention(by)} asked everyone in {parts.bold(title)}:"
    asked = parts.single_line(poll.question or draft.question)
    note = "People vote in the meeting, and see the results there."
    if flags:
        note = f"{' and '.join(flags).capitalize()}. {note}"
    value = button_value(draft, meeting_id, {})
    return parts.card(
        [f"{lead} {parts.safe(asked, 500)}", *lines, note],
        parts.section(lead),
        parts.header(asked) if len(asked) <= 150 else parts.section(f"*{parts.safe(asked, 500)}*"),
        *parts.sections(lines),
        parts.context_block(note),
        *parts.actions(parts.button("Ask again…", "poll.open", value) if value else None),
    )


def button_value(draft: PollDraft, meeting_id: str, place: Mapping[str, str]) -> str | None:
    """A poll in a button, so that it can be asked again, with the channel it acts for; None if it does not fit."""
    flags = [int(draft.anonymous), int(draft.hide_votes)]
    return parts.encode({"m": meeting_id, "q": draft.question, "o": list(draft.options), "f": flags} | dict(place))


def poll_in(value: str) -> tuple[str, PollDraft]:
    """The meeting's id and the poll in a button; both empty where there are none."""
    values: dict[str, Any] = json_object(value)
    options, flags = values.get("o"), values.get("f")
    anonymous, hide = map(bool, flags) if isinstance(flags, list) and len(flags) == 2 else (False, False)
    texts = [str(option) for option in options] if isinstance(options, list) else []
    return str(values.get("m") or ""), PollDraft(str(values.get("q") or ""), texts, anonymous, hide)
