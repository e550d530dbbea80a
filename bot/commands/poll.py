"""`/poll`: a question to everyone in the meeting."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from slack_sdk.models.views import View

from bot.ask import Ask, Form
from bot.commands.parsing import split
from bot.commands.routing import Router, Turn, meeting_in, notes_of, place_of
from bot.errors import Right
from bot.orders import OPTIONS_MOST, NewPoll
from bot.realtimekit.errors import RealtimeKitError
from bot.views import poll
from bot.views.faults import Again, Effect
from bot.views.parts import title_of

router = Router()

EFFECT = Effect(
    "The poll was not created.",
    "The poll may or may not exist: look in the meeting before you ask again. I did not send it twice.",
)
QUICK = 1.0
"""Seconds in which a fresh form may still be replaced by "nobody is in"; later somebody may be typing in it."""


def _draft(text: str) -> tuple[NewPoll, str]:
    """The poll that was typed, and a remark on what could not be made sense of; empty where all of it could."""
    typed = split(text, ("anonymous", "hide-votes"))
    parts: list[str] = []
    # `"Lunch?", "Pizza", "Salad"` is how many write a list.
    words = [word for word in typed.words if word.quoted or word.text not in (",", ";")]
    for quoted, group in groupby(words, key=lambda word: word.quoted):
        # Words outside of quotes belong together; each pair of quotes stands for itself.
        texts = [word.text for word in group]
        parts += texts if quoted else [" ".join(texts)]
    remarks = []
    if any(not word.quoted for word in words):
        remarks.append("Put the question and each option into quotes to ask at once.")
    if typed.open_quote:
        remarks.append("A quote was opened and not closed.")
    if typed.unknown_flags:
        remarks.append(f"I don't know {', '.join(typed.unknown_flags)}.")
    if len(parts) > OPTIONS_MOST + 1:
        left_out = ", ".join(parts[OPTIONS_MOST + 1 :])
        remarks.append(f"A poll may have {OPTIONS_MOST} options. Left out: {left_out}.")
    options = parts[1 : OPTIONS_MOST + 1]
    order = NewPoll(parts[0] if parts else "", options, "anonymous" in typed.flags, "hide-votes" in typed.flags)
    return order, " ".join(remarks)


def _ready(text: str) -> NewPoll | None:
    """The poll that was typed, where nothing is missing or wrong."""
    order, remark = _draft(text)
    complete = not remark and not order.faults() and all(order.options)
    return order if complete else None


def _form_at_once(ask: Ask) -> View | None:
    """The form needs nothing from anybody, so it opens at once, filled in as far as the words go."""
    if _ready(ask.text):
        return None
    order, remark = _draft(ask.text)
    faults = order.faults() if ask.text.strip() else {}
    return poll.form(order, notes=notes_of(ask), faults=faults, remark=remark)


def _form_of_button(ask: Ask) -> View:
    meeting_id, order = poll.poll_in(ask.value)
    return poll.form(order, notes=notes_of(ask, m=meeting_id or None))


@router.command(
    "/poll",
    usage='/poll ["Question?" "Option" "Option" …] [--anonymous] [--hide-votes]',
    summary="Asks everyone in the room. Alone, it opens a form.",
    needs=Right.ACT,
    loading=_form_at_once,
    effect=EFFECT,
)
async def ask_poll(turn: Turn) -> None:
    """Create the poll at once where nothing is missing; else leave the form to the host."""
    order = _ready(turn.args)
    if order is None:
        await _warn_early(turn, "")
    else:
        await _create(turn, order, "")


@router.action("poll.open", needs=Right.ACT, loading=_form_of_button, effect=EFFECT)
async def open_form(turn: Turn) -> None:
    """The Poll…, Ask again… and Try again buttons."""
    await _warn_early(turn, poll.poll_in(turn.ask.value)[0])


async def _warn_early(turn: Turn, meeting_id: str) -> None:
    """Where nobody could answer, say so before somebody types a poll."""
    try:
        async with asyncio.timeout(QUICK):
            await turn.services.meetings.live(await turn.meeting(meeting_id))
    except (RealtimeKitError, TimeoutError):
        return


@router.action("poll.add", "poll.remove", needs=Right.ACT, effect=EFFECT)
async def change_options(turn: Turn) -> None:
    """Add an option field, or take the last one away; what was typed stays."""
    form = turn.ask.form
    if form is None:
        return
    order = _submitted(form)
    options = [*order.options, ""] if turn.ask.name == "poll.add" else order.options[:-1]
    changed = replace(order, options=options)
    view = poll.form(changed, notes=notes_of(turn.ask, m=form.notes.get("m")))
    await turn.services.slack.update_modal(form.id, view, form.hash)


def _submitted(form: Form) -> NewPoll:
    fields = [block for block in form.blocks if block.startswith("option.")]
    flags = form.chosen("flags")
    return NewPoll(
        form.text("question"), [form.text(field) for field in fields], "anonymous" in flags, "hide-votes" in flags
    )


def _faults(ask: Ask) -> Mapping[str, str]:
    return _submitted(ask.form).faults() if ask.form else {}


def _again(ask: Ask) -> Again | None:
    if ask.form is None:
        return None
    value = poll.again_value(_submitted(ask.form), str(ask.form.notes.get("m") or ""), place_of(ask))
    return Again("poll.open", value, "Try again…") if value else None


@router.submission("poll", needs=Right.ACT, faults=_faults, effect=EFFECT, again=_again)
async def create_submitted(turn: Turn) -> None:
    """Create the poll in the form; options beyond the second that were left empty are none."""
    form = turn.ask.form
    if form is None:
        return
    order = _submitted(form)
    options = [option for option in order.options if option]
    await _create(turn, replace(order, options=options), str(form.notes.get("m") or ""))


async def _create(turn: Turn, order: NewPoll, meeting_id: str) -> None:
    services = turn.services
    meeting = meeting_in(meeting_id) if meeting_id else await turn.meeting()
    session = await services.meetings.live(meeting)
    title = title_of(session.title, meeting.id)
    deed = turn.deed("poll", replace(meeting, title=title), detail=order.question)
    async with services.operations.once(deed) as attempt:
        created = await services.kit.create_poll(
            meeting.id, order.question, order.options, anonymous=order.anonymous, hide_votes=order.hide_votes
        )
        attempt.outcome = "created"
    await turn.announce(poll.created(order, created, meeting.id, title, turn.ask.user_id))
