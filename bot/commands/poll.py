"""`/poll`: a question to everyone in the meeting."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from slack_sdk.models.views import View

from bot.commands.parsing import split
from bot.errors import Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import RealtimeKitError
from bot.slack.context import Context, meeting_in, private_metadata, target_value
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.slack.view_state import ViewState
from bot.views import poll
from bot.views.failures import FailureText, RetryButton
from bot.views.parts import display_title
from bot.views.poll import MAX_OPTIONS, PollDraft

USAGE = '/poll ["Question?" "Option" "Option" …] [--anonymous] [--hide-votes]'
POLL = FailureText(
    "The poll was not created.",
    "The poll may or may not exist: look in the meeting before you ask again. I did not send it twice.",
)
EARLY_TIMEOUT = 1.0
"""Seconds within which a fresh form may still be replaced by "nobody is in"; later someone may be typing in it."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Creates polls."""

    meetings: Meetings
    realtimekit: RealtimeKit
    operations: Operations

    async def ask(self, context: Context) -> None:
        """Create the poll at once if nothing is missing; otherwise leave the form to the host."""
        draft = complete_draft(context.request.text)
        if draft is None:
            await self._require_live(context, "")
        else:
            await self._create(context, draft, "")

    async def form_opened(self, context: Context) -> None:
        """The form of the Poll…, Ask again… and Try again buttons is open: replace it if nobody could answer."""
        await self._require_live(context, poll.poll_in(context.request.value)[0])

    async def change_options(self, context: Context) -> None:
        """Add an option field, or take the last one away; what was typed stays."""
        state = context.request.view
        draft = submitted_draft(state)
        options = [*draft.options, ""] if context.request.name == "poll.add" else draft.options[:-1]
        metadata = private_metadata(context.request, m=state.private_metadata.get("m"))
        form = poll.form(replace(draft, options=options), private_metadata=metadata)
        await context.messages.update_modal(state.id, form, state.hash)

    async def submit(self, context: Context) -> None:
        """Create the poll in the form. Options after the second that were left empty do not count."""
        state = context.request.view
        draft = submitted_draft(state)
        options = [option for option in draft.options if option]
        await self._create(context, replace(draft, options=options), str(state.private_metadata.get("m") or ""))

    async def _require_live(self, context: Context, meeting_id: str) -> None:
        """Refuse before someone types a poll that nobody could answer. Raises as `Meetings.find` and `live` do."""
        try:
            async with asyncio.timeout(EARLY_TIMEOUT):
                meeting = await self.meetings.find(meeting_id, context.request.channel_id)
                await self.meetings.live(meeting)
        except (RealtimeKitError, TimeoutError):
            return

    async def _create(self, context: Context, draft: PollDraft, meeting_id: str) -> None:
        if meeting_id:
            meeting = meeting_in(meeting_id)
        else:
            meeting = await self.meetings.find("", context.request.channel_id)
        session = await self.meetings.live(meeting)
        title = display_title(session.title, meeting.id)
        operation = context.operation("poll", replace(meeting, title=title), detail=draft.question)
        async with self.operations.once(operation) as attempt:
            created = await self.realtimekit.create_poll(
                meeting.id, draft.question, draft.options, anonymous=draft.anonymous, hide_votes=draft.hide_votes
            )
            attempt.outcome = "created"
        await context.announce(poll.created(draft, created, meeting.id, title, context.request.user_id))


def typed_draft(text: str) -> tuple[PollDraft, str]:
    """The poll that was typed, and a remark on what could not be understood; empty if all of it was."""
    typed = split(text, ("anonymous", "hide-votes"))
    # `"Lunch?", "Pizza", "Salad"` is how many people write a list.
    words = [word for word in typed.words if word.quoted or word.text not in (",", ";")]
    parts: list[str] = []
    for quoted, group in groupby(words, key=lambda word: word.quoted):
        # Words outside quotes belong together; each pair of quotes stands for itself.
        texts = [word.text for word in group]
        parts += texts if quoted else [" ".join(texts)]
    remarks = []
    if any(not word.quoted for word in words):
        remarks.append("Put the question and each option into quotes to ask at once.")
    if typed.open_quote:
        remarks.append("A quote was opened and not closed.")
    if typed.unknown_flags:
        remarks.append(f"I don't know {', '.join(typed.unknown_flags)}.")
    if len(parts) > MAX_OPTIONS + 1:
        left_out = ", ".join(parts[MAX_OPTIONS + 1 :])
        remarks.append(f"A poll may have {MAX_OPTIONS} options. Left out: {left_out}.")
    options = parts[1 : MAX_OPTIONS + 1]
    draft = PollDraft(parts[0] if parts else "", options, "anonymous" in typed.flags, "hide-votes" in typed.flags)
    return draft, " ".join(remarks)


def complete_draft(text: str) -> PollDraft | None:
    """The poll that was typed, if nothing is missing or wrong."""
    draft, remark = typed_draft(text)
    complete = not remark and not draft.field_errors() and all(draft.options)
    return draft if complete else None


def submitted_draft(state: ViewState) -> PollDraft:
    """The poll in the form."""
    fields = [block_id for block_id in state.block_ids if block_id.startswith("option.")]
    flags = state.selected("flags")
    return PollDraft(
        state.text("question"), [state.text(field) for field in fields], "anonymous" in flags, "hide-votes" in flags
    )


def _form_unless_complete(request: SlackRequest) -> View | None:
    """The form needs nothing from any service, so it opens at once, filled in as far as the words go."""
    if complete_draft(request.text):
        return None
    draft, remark = typed_draft(request.text)
    errors = draft.field_errors() if request.text.strip() else {}
    return poll.form(draft, private_metadata=private_metadata(request), field_errors=errors, remark=remark)


def _form_of_button(request: SlackRequest) -> View:
    meeting_id, draft = poll.poll_in(request.value)
    return poll.form(draft, private_metadata=private_metadata(request, m=meeting_id or None))


def _validate(request: SlackRequest) -> Mapping[str, str]:
    return submitted_draft(request.view).field_errors()


def _retry_submission(request: SlackRequest) -> RetryButton | None:
    meeting_id = str(request.view.private_metadata.get("m") or "")
    value = poll.button_value(submitted_draft(request.view), meeting_id, target_value(request))
    return RetryButton("poll.open", value, "Try again…") if value else None


def register(listeners: Listeners, feature: Poll) -> None:
    """Register the command, the form and its buttons."""
    listeners.command(
        "/poll",
        feature.ask,
        needs=Right.HOST,
        usage=USAGE,
        summary="Asks everyone in the room. Alone, it opens a form.",
        loading=_form_unless_complete,
        failure=POLL,
    )
    listeners.action("poll.open", feature.form_opened, needs=Right.HOST, loading=_form_of_button, failure=POLL)
    listeners.action("poll.add", feature.change_options, needs=Right.HOST, failure=POLL)
    listeners.action("poll.remove", feature.change_options, needs=Right.HOST, failure=POLL)
    listeners.view("poll", feature.submit, needs=Right.HOST, validate=_validate, failure=POLL, retry=_retry_submission)
