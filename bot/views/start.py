"""Starting meetings from Slack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block, CheckboxesElement, InputBlock, Option, PlainTextInputElement
from slack_sdk.models.views import View

from bot.errors import MeetingChoice
from bot.views import join, parts
from bot.views.parts import Message

MAX_TITLE = 150


@dataclass(frozen=True, slots=True)
class Plan:
    """What a host wants to start.

    Attributes:
        record: from the first join.
        notes: a transcript and a summary after the session.
        unrecorded: no longer recorded from the first join.
    """

    title: str
    record: bool = False
    notes: bool = False
    unrecorded: bool = False

    def value(self, **more: Any) -> dict[str, Any]:
        """For a button."""
        options = ("r", self.record), ("n", self.notes), ("x", self.unrecorded)
        return {"t": self.title, "o": "".join(letter for letter, on in options if on), **more}


_RECORD = Option(text=parts.plain("Record as soon as someone joins", 75), value="record")
_NOTES = Option(text=parts.plain("Transcript and AI summary afterward", 75), value="notes")


def form(plan: Plan | None = None, *, private_metadata: str, joins: bool) -> View:
    """The modal that asks for the title, where the channel has no meeting. `plan`: what was entered before."""
    title = PlainTextInputElement(
        action_id="text",
        max_length=MAX_TITLE,
        placeholder="Weekly standup",
        initial_value=(plan and plan.title) or None,
        focus_on_load=True,
    )
    chosen = [box for box, on in ((_RECORD, plan.record), (_NOTES, plan.notes)) if on] if plan else []
    boxes = CheckboxesElement(action_id="switches", options=[_RECORD, _NOTES], initial_options=chosen or None)
    blocks: list[Block] = [
        parts.section(
            "This creates a meeting, links this channel to it and posts a Join button here."
            if joins
            else "This creates a meeting and links this channel to it."
        ),
        InputBlock(block_id="title", label=parts.plain("Title", 100), element=title),
        InputBlock(block_id="switches", label=parts.plain("Options", 100), element=boxes, optional=True),
    ]
    return parts.modal("Start a meeting", blocks, callback="start", private_metadata=private_metadata, submit="Start")


def ask(plan: Plan, linked: MeetingChoice | None, same: Sequence[MeetingChoice], request_id: str) -> Message:
    """Before a link is replaced, or a second meeting of the same title is created."""
    title, lines = parts.bold(plan.title), []
    mine = linked is not None and linked.id in [one.id for one in same]
    if mine:
        lines.append(f"This channel is already linked to a meeting called {title}.")
    elif linked:
        lines.append(f"This channel is linked to {parts.bold_title(linked.title, linked.id)}.")
    if same and not mine:
        lines.append(f"A meeting called {title} already exists.")
    lines.append("Use it, or create another?" if same else f"Start {title} and link the channel to it instead?")
    value = plan.value(l=linked.id if linked else "", n=request_id)
    use = None
    if same:
        existing = linked if mine and linked else same[0]
        use = parts.button("Use the existing one", "start.use", {**value, "m": existing.id}, style="primary")
    create = "Create another" if same else "Start and relink"
    create_button = parts.button(create, "start.create", value, style=None if same else "primary")
    return parts.message(" ".join(lines), *parts.actions(use, create_button))


@dataclass(frozen=True, slots=True)
class Opening:
    """How a meeting was opened.

    Attributes:
        created: it's new.
        relinked: the channel had another meeting before.
        live: a session runs already.
        unlocked: it was locked until now.
        recorded: whether what runs is recorded; None where that isn't known.
    """

    created: bool = False
    relinked: bool = False
    live: bool = False
    unlocked: bool = False
    recorded: bool | None = False


def announced(title: str, meeting_id: str, by: str, plan: Plan, opening: Opening, *, joins: bool) -> Message:
    """A meeting was started, or opened again, for the channel."""
    name = parts.bold_title(title, meeting_id)
    line = f"{parts.mention(by)} started {name}." if opening.created else f"{parts.mention(by)} opened {name}."
    if opening.live:
        line = f"{name} is live. {parts.mention(by)} invited everyone in this channel."
    recording = f"● Recording starts {'with the next session' if opening.live else 'as soon as someone joins'}."
    if opening.live and opening.recorded is not False:
        recording = "● It's being recorded." if opening.recorded else "● Sessions of this meeting are recorded."
    facts = [
        "It's this channel's meeting from now on." if opening.relinked else "",
        "It's unlocked now." if opening.unlocked else "",
        recording if plan.record else "",
        "You'll get a transcript and an AI summary after the next session." if plan.notes and opening.live else "",
        "You'll get a transcript and an AI summary afterward." if plan.notes and not opening.live else "",
    ]
    return parts.message(
        line,
        *parts.actions(join.button(meeting_id) if joins else None),
        parts.context_block(" ".join(fact for fact in facts if fact)),
    )


def unlinked(title: str, meeting_id: str, *, created: bool) -> Message:
    """The meeting is there, but the channel could not be linked to it."""
    done = "created" if created else "opened"
    line = f"I {done} {parts.bold(title)}, but couldn't link this channel to it."
    return parts.message(f"{line} To link it: `/session use {meeting_id}`.")


def maybe_created(plan: Plan, began: float, linked: str, request_id: str) -> Message:
    """The answer to the creation was lost, and the meeting is not found. `linked`: the channel's meeting until then."""
    value = plan.value(at=round(began), l=linked, n=request_id)
    return parts.message(
        f"RealtimeKit didn't answer, so I can't tell whether {parts.bold(plan.title)} was created. "
        "I won't create it twice.",
        *parts.actions(parts.button("Check again", "start.look", value)),
    )


def being_started(by: str) -> Message:
    """Someone else asked for the same meeting at the same moment."""
    return parts.message(f"{parts.mention(by)} is starting that meeting here right now. See it with `/session`.")


def no_page(*, manages: bool) -> Message:
    """The meeting is open, but nobody can join it from Slack."""
    if manages:
        return parts.message("There's no Join button, because `JOIN_URL` isn't set. Ask whoever runs Usher to set it.")
    return parts.message("There's no Join button, because joining from Slack isn't set up here.")
