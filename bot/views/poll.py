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
    text=parts.plain("Anonymous", 75),
    value="anonymous",
    description=parts.plain("No one can see who voted for what.", 75),
)
_HIDE = Option(
    text=parts.plain("Hide results until people vote", 75),
    value="hide-votes",
    description=parts.plain("People see the results only after voting.", 75),
)
_LATER = Option(
    text=parts.plain("Save for later", 75),
    value="later",
    description=parts.plain("Adds it to this channel's prepared polls instead of starting it now.", 75),
)
_TOO_FEW = "A poll needs at least two options."


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll to be started in a meeting; `later`: it's to be saved instead."""

    question: str
    options: Sequence[str]
    anonymous: bool = False
    hide_votes: bool = False
    later: bool = False

    def field_errors(self) -> Mapping[str, str]:
        """What is wrong, by block id: `question`, `option.1` and so on."""
        errors: dict[str, str] = {}
        if not self.question:
            errors["question"] = "Enter a question."
        elif len(self.question) > MAX_QUESTION:
            errors["question"] = f"Too long: {len(self.question)} characters. The limit is {MAX_QUESTION}."
        seen: dict[str, int] = {}
        for number, option in enumerate(self.options, 1):
            field, same = f"option.{number}", seen.get(option.casefold())
            if len(option) > MAX_OPTION:
                errors[field] = f"Too long: {len(option)} characters. The limit is {MAX_OPTION}."
            elif option and same:
                errors[field] = f"Same as option {same}."
            elif not option and number <= MIN_OPTIONS:
                errors[field] = _TOO_FEW
            if option:
                seen.setdefault(option.casefold(), number)
        for number in range(len(self.options) + 1, MIN_OPTIONS + 1):
            errors[f"option.{number}"] = _TOO_FEW
        return errors


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a poll will reach: remembered in the form's `private_metadata`, so that it goes where the form said.

    Attributes:
        title: the meeting's; None where it is unknown.
        people: how many are in; None where that is unknown.
        again: an earlier poll of this meeting is being corrected.
    """

    meeting_id: str = ""
    title: str | None = None
    people: int | None = None
    again: bool = False

    @classmethod
    def remembered(cls, metadata: Mapping[str, Any]) -> "Audience":
        """The audience in a form's metadata."""
        title, people = metadata.get("title"), metadata.get("people")
        return cls(
            str(metadata.get("meeting_id") or ""),
            title if isinstance(title, str) else None,
            people if isinstance(people, int) else None,
            bool(metadata.get("again")),
        )

    def metadata(self) -> dict[str, Any]:
        """What the form has to remember."""
        title = parts.truncate(self.title, 150) if self.title else None
        return {"meeting_id": self.meeting_id, "title": title, "people": self.people, "again": self.again or None}

    def line(self) -> str:
        """Such as: Everyone in Rust for everyone (35 people) will see this."""
        where = parts.bold(self.title) if self.title else "the meeting"
        count = f" ({parts.count_people(self.people)})" if self.people else ""
        return f"Everyone in {where}{count} will see this." + (f" {_STAYS}" if self.again else "")


_STAYS = "The earlier poll also stays in the meeting. It can't be changed or deleted from Slack."


def loading_form() -> View:
    """The form before it is known whom the poll will reach."""
    return parts.loading("New poll", "Loading…")


def form(
    draft: PollDraft,
    audience: Audience,
    *,
    private_metadata: str,
    field_errors: Mapping[str, str] | None = None,
    remark: str = "",
    focus: str = "question",
) -> View:
    """The form, filled in as far as the draft goes.

    Args:
        field_errors: what is wrong, shown below its field.
        remark: shown above the fields.
        focus: the block id of the field that has the focus.
    """
    field_errors = field_errors or {}
    count = min(max(len(draft.options), MIN_OPTIONS), MAX_OPTIONS)
    options = [*draft.options[:MAX_OPTIONS], *[""] * (count - len(draft.options))]
    blocks: list[Block | None] = [parts.context_block(audience.line())]
    if remark:
        blocks.append(parts.plain_context_block(remark))
    blocks += _field("question", "Question", draft.question, field_errors, focus=focus)
    for number, text in enumerate(options, 1):
        optional = number > MIN_OPTIONS
        blocks += _field(f"option.{number}", f"Option {number}", text, field_errors, optional=optional, focus=focus)
    blocks += parts.actions(
        parts.button("Add option", "poll.add") if count < MAX_OPTIONS else None,
        parts.button("Remove option", "poll.remove") if count > MIN_OPTIONS else None,
    )
    every = (_ANONYMOUS, draft.anonymous), (_HIDE, draft.hide_votes), (_LATER, draft.later)
    chosen = [box for box, on in every if on]
    boxes = CheckboxesElement(action_id="flags", options=[_ANONYMOUS, _HIDE, _LATER], initial_options=chosen or None)
    blocks.append(InputBlock(block_id="flags", label=parts.plain("Settings", 100), element=boxes, optional=True))
    return parts.modal("New poll", blocks, callback="poll", private_metadata=private_metadata, submit="Start poll")


def _field(
    block: str, label: str, text: str, field_errors: Mapping[str, str], *, optional: bool = False, focus: str
) -> list[Block | None]:
    field = PlainTextInputElement(
        action_id="text", initial_value=parts.truncate(text, 3000) or None, focus_on_load=block == focus
    )
    blocks: list[Block | None] = [
        InputBlock(block_id=block, label=parts.plain(label, 100), element=field, optional=optional)
    ]
    if block in field_errors:
        blocks.append(parts.context_block(f":warning: {parts.escape(field_errors[block])}"))
    return blocks


def created(
    draft: PollDraft, poll: Poll, meeting_id: str, title: str, by: str, *, again: bool, place: str = ""
) -> Message:
    """A poll that was created, for the channel. Counts are shown only where the answer holds any.

    Args:
        again: it corrects an earlier one.
        place: `2 of 5`, where it was prepared.
    """
    texts = [option.text or "" for option in poll.options] or list(draft.options)
    counts = [option.count or 0 for option in poll.options] or [0] * len(texts)
    votes = any(counts)
    lines = [
        f"{number}. {parts.safe(text, 150)}" + (f" · {parts.count_of(count, 'vote')}" if votes else "")
        for number, (text, count) in enumerate(zip(texts, counts, strict=True), 1)
    ]
    anonymous = draft.anonymous if poll.anonymous is None else poll.anonymous
    hidden = draft.hide_votes if poll.hide_votes is None else poll.hide_votes
    settings = ("Anonymous", anonymous), ("Results hidden until you vote", hidden)
    lead = f"{parts.mention(by)} started a poll in {parts.bold(title)}" + (f" ({place})" if place else "")
    asked = parts.single_line(poll.question or draft.question)
    said = [*(name for name, on in settings if on), "Voting and results are in the meeting"]
    note = ". ".join([*said, _STAYS.removesuffix(".")] if again else said) + "."
    another = PollDraft("", draft.options, draft.anonymous, draft.hide_votes)
    open_again, open_another = button_value(draft, meeting_id, again=True), button_value(another, meeting_id)
    return parts.card(
        f"{lead}: {parts.safe(asked, 500)}",
        parts.section(lead),
        parts.header(asked) if len(asked) <= 150 else parts.section(f"*{parts.safe(asked, 500)}*"),
        *parts.sections(lines),
        parts.context_block(note),
        *parts.actions(
            parts.button("Next question…", "poll.another", open_another) if open_another else None,
            parts.button("Edit and ask again…", "poll.open", open_again) if open_again else None,
        ),
    )


def button_value(draft: PollDraft, meeting_id: str, *, again: bool = False, **place: str) -> str | None:
    """A poll in a button that opens the form; None if it does not fit.

    Args:
        again: the form corrects a poll that was started.
        place: the channel that it acts for, where the button is elsewhere.
    """
    flags = [int(draft.anonymous), int(draft.hide_votes), *([1] if draft.later else [])]
    values = {"m": meeting_id, "q": draft.question, "o": list(draft.options), "f": flags}
    return parts.encode(values | ({"again": True} if again else {}) | place)


def poll_in(value: str) -> tuple[Audience, PollDraft]:
    """The meeting and the poll in a button; both empty where there are none."""
    values: dict[str, Any] = json_object(value)
    options, flags = values.get("o"), values.get("f")
    anonymous, hide, later = (
        (*map(bool, flags), False)[:3] if isinstance(flags, list) and len(flags) > 1 else [False] * 3
    )
    texts = [str(option) for option in options] if isinstance(options, list) else []
    audience = Audience(str(values.get("m") or ""), again=bool(values.get("again")))
    return audience, PollDraft(str(values.get("q") or ""), texts, anonymous, hide, later)
