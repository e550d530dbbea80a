"""Prepared polls: the form, the list, and what is said when one is asked."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, InputBlock, Option, OverflowMenuElement, PlainTextInputElement
from slack_sdk.models.views import View

from bot.store.records import PollState, Prepared
from bot.views import parts
from bot.views.parts import Message

EXAMPLE = "Lunch? --anonymous\nPizza\nSalad\n\nDone?\nYes\nNo"
_STATES = {
    PollState.WAITING: "not asked yet",
    PollState.ASKING: "being asked",
    PollState.ASKED: "✓ asked",
    PollState.UNSURE: "⚠ not confirmed",
    PollState.SKIPPED: "skipped",
}


def form(text: str, *, private_metadata: str) -> View:
    """The form with one field for all polls of the channel."""
    field = PlainTextInputElement(
        action_id="text",
        multiline=True,
        max_length=3000,
        placeholder=EXAMPLE,
        initial_value=text or None,
        focus_on_load=True,
    )
    blocks: list[Block] = [
        parts.section("Write a question, then its options, each on its own line. Leave an empty line between polls."),
        InputBlock(
            block_id="polls",
            label=parts.plain("Polls", 100),
            hint=parts.plain("Up to 20. Add --anonymous or --hide-votes after a question.", 150),
            element=field,
        ),
    ]
    return parts.modal("Prepare polls", blocks, callback="sheet", private_metadata=private_metadata, submit="Save")


def loading_form() -> View:
    """The form before the polls were read."""
    return parts.loading("Prepare polls", "Loading…")


def saved(count: int, by: str) -> Message:
    """The polls were saved; only who saved them sees that."""
    return parts.message(
        f"Saved. This channel has {parts.count_of(count, 'prepared poll')}. Start the next one with `/poll next`.",
        *parts.actions(parts.button("Show list", "sheet.list", {"u": by})),
    )


def added(question: str) -> Message:
    """A poll was saved for later, at the end of the list."""
    return parts.message(f"Saved for later: “{parts.safe(question, 150)}”. See the whole list with `/poll list`.")


def listed(polls: Sequence[Prepared], nonce: str) -> Message:
    """All prepared polls of the channel, with how far each has come."""
    if not polls:
        return parts.message(
            "This channel has no prepared polls.",
            *parts.actions(parts.button("Prepare polls…", "sheet.edit", {"n": nonce}, style="primary")),
        )
    following = next((one for one in polls if one.state is PollState.WAITING), None)
    rows: list[Block | None] = [_row(number, one, nonce) for number, one in enumerate(polls, 1)]
    ask = {"p": following.id, "n": nonce} if following else {}
    clear = parts.confirm("Clear the list?", "All of this channel's prepared polls will be deleted.", "Clear")
    again = parts.confirm("Start over?", "All polls will be marked as not asked yet.", "Start over")
    return parts.card(
        [f"{number}. {parts.safe(one.question, 100)}" for number, one in enumerate(polls, 1)],
        parts.section("*Prepared polls in this channel*"),
        *rows,
        *parts.actions(
            parts.button("Ask next", "sheet.ask", ask, style="primary") if following else None,
            parts.button("Edit…", "sheet.edit", {"n": nonce}),
            parts.button("Start over", "sheet.restart", {"n": nonce}, confirmation=again),
            parts.button("Clear", "sheet.clear", {"n": nonce}, style="danger", confirmation=clear),
        ),
    )


def _row(number: int, one: Prepared, nonce: str) -> Block:
    when = f" {parts.date_and_time(one.at)}" if one.at and one.state is not PollState.WAITING else ""
    by = f" by {parts.mention(one.by)}" if one.by and one.state is PollState.ASKED else ""
    options = " · ".join(parts.safe(option, 40) for option in one.options)
    line = f"{number}. *{parts.safe(one.question, 150)}*\n{_STATES[one.state]}{when}{by}\n{options}"
    choices = [("Ask now", "sheet.ask"), *([("Move up", "sheet.up")] if number > 1 else [])]
    menu = OverflowMenuElement(
        action_id="more",
        options=[
            Option(
                text=parts.plain(text, 75),
                value=parts.encode({"do": action, "p": one.id, "i": number - 1, "n": nonce}) or "",
            )
            for text, action in choices
        ],
    )
    return parts.section(parts.truncate(line, 1000) if len(line) > 1000 else line, accessory=menu)


def none_left(polls: Sequence[Prepared]) -> Message:
    """All were asked, or skipped."""
    if not polls:
        return parts.message("This channel has no prepared polls. To prepare some: `/poll prepare`.")
    skipped = sum(one.state is PollState.SKIPPED for one in polls)
    started = f"{len(polls) - skipped} of {len(polls)}" if skipped else f"all {len(polls)}"
    line = f"No polls left: {started} were started" + (f", {skipped} skipped." if skipped else ".")
    if len(polls) == 1:
        line = f"No polls left: the only one was {'skipped' if skipped else 'started'}."
    return parts.message(f"{line} To reuse them, choose *Start over* in `/poll list`.")


def just_asked(one: Prepared, following: Prepared | None, nonce: str) -> Message:
    """Another host was faster."""
    by = parts.mention(one.by) if one.by else "Someone"
    what = "is asking" if one.state is PollState.ASKING else "just asked"
    button = parts.button("Ask the next one", "sheet.ask", {"p": following.id, "n": nonce}) if following else None
    return parts.message(f"{by} {what} “{parts.safe(one.question, 150)}”.", *parts.actions(button))


def gone() -> Message:
    """It was taken off the list."""
    return parts.message("That poll isn't on the list anymore. See what's left with `/poll list`.")


def not_asked(one: Prepared) -> Message:
    """It wasn't asked now, since someone else has it, or had it."""
    what = f"“{parts.safe(one.question, 150)}”"
    if one.state is PollState.ASKED:
        return parts.message(f"{what} was already asked.")
    if one.state is PollState.ASKING:
        return parts.message(f"{what} is being asked right now.")
    return parts.message(f"{what} wasn't asked. It's still on the list.")


def unsure(one: Prepared, nonce: str) -> Message:
    """Nobody knows whether this was asked; that must be settled first."""
    value = {"p": one.id, "n": nonce}
    return parts.message(
        f"I can't tell whether “{parts.safe(one.question, 150)}” was asked. Check the meeting first.",
        *parts.actions(
            parts.button("It was asked", "sheet.there", value),
            parts.button("Ask again", "sheet.again", value),
            parts.button("Skip", "sheet.skip", value),
        ),
    )


def settled(one: Prepared) -> Message:
    """It was said what became of it."""
    line = f"“{parts.safe(one.question, 150)}” is marked as {'skipped' if one.state is PollState.SKIPPED else 'asked'}."
    return parts.message(f"{line} Start the next one with `/poll next`.")


def not_settled(one: Prepared) -> Message:
    """Someone else had settled it, or is asking it."""
    line = f"Nothing was changed. “{parts.safe(one.question, 150)}” is listed as *{_STATES[one.state]}*."
    return parts.message(f"{line} See the whole list with `/poll list`.")


def conflict(text: str, nonce: str) -> Message:
    """Someone else saved meanwhile: nothing was saved, and nothing is lost."""
    line = "This channel's polls were changed while you were editing, so yours weren't saved."
    return parts.card(
        line,
        parts.section(f"{line} Here's your text to paste into the form:"),
        *parts.typed_text(text),
        *parts.actions(parts.button("Edit…", "sheet.edit", {"n": nonce})),
    )
