"""`/poll`: a question to everyone in the meeting."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from slack_sdk.models.views import View

from bot.commands.poll_text import complete_draft, typed_draft
from bot.errors import Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import RealtimeKitError
from bot.slack.context import Context, channel_meeting, meeting_in, private_metadata, target_value
from bot.slack.directory import Directory
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.slack.text import unnamed_mentions, with_emoji
from bot.slack.view_state import ViewState
from bot.views import poll
from bot.views.failures import FailureText, RetryButton
from bot.views.parts import display_title
from bot.views.poll import PollDraft

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
    directory: Directory

    async def ask(self, context: Context) -> None:
        """Create the poll at once if nothing is missing; otherwise leave the form to the host."""
        text = await self.directory.with_names(context.request.text)
        if draft := complete_draft(text):
            await self._create(context, draft, "")
            return
        if any(unnamed_mentions(context.request.text)):
            await context.show(_filled_form(context.request, text))
        await self._require_live(context, "")

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
                meeting = await channel_meeting(context, self.meetings, meeting_id)
                await self.meetings.live(meeting)
        except (RealtimeKitError, TimeoutError):
            return

    async def _create(self, context: Context, draft: PollDraft, meeting_id: str) -> None:
        if meeting_id:
            meeting = meeting_in(meeting_id)
        else:
            meeting = await channel_meeting(context, self.meetings)
        session = await self.meetings.live(meeting)
        title = display_title(session.title, meeting.id)
        operation = context.operation("poll", replace(meeting, title=title), detail=draft.question)
        async with self.operations.once(operation) as attempt:
            created = await self.realtimekit.create_poll(
                meeting.id, draft.question, draft.options, anonymous=draft.anonymous, hide_votes=draft.hide_votes
            )
            attempt.outcome = "created"
        await context.announce(poll.created(draft, created, meeting.id, title, context.request.user_id))


def submitted_draft(state: ViewState) -> PollDraft:
    """The poll in the form."""
    fields = [block_id for block_id in state.block_ids if block_id.startswith("option.")]
    flags = state.selected("flags")
    question, *options = (with_emoji(state.text(field)) for field in ("question", *fields))
    return PollDraft(question, options, "anonymous" in flags, "hide-votes" in flags)


def _form_unless_complete(request: SlackRequest) -> View | None:
    """The form needs nothing from any service, so it opens at once, filled in as far as the words go."""
    if complete_draft(request.text):
        return None
    return poll.loading_form() if any(unnamed_mentions(request.text)) else _filled_form(request, request.text)


def _filled_form(request: SlackRequest, text: str) -> View:
    draft, remark = typed_draft(text)
    errors = draft.field_errors() if text.strip() else {}
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
