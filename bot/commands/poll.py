"""`/poll`: a poll for everyone in the meeting."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from slack_sdk.models.views import View

from bot.commands.poll_text import complete_draft, draft_of_message, is_above_lines, typed_draft
from bot.errors import Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import RealtimeKitError
from bot.slack.context import Context, Handler, channel_meeting, meeting_in, private_metadata, target_value
from bot.slack.directory import Directory
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.slack.text import with_emoji
from bot.slack.view_state import ViewState
from bot.views import poll
from bot.views.failures import FailureText, RetryButton
from bot.views.parts import display_title
from bot.views.poll import Audience, PollDraft

USAGE = '/poll ["Question?" "Option" "Option" …] [--anonymous] [--hide-votes]'
POLL = FailureText(
    "The poll wasn't started.", "I can't tell if the poll was started. Check the meeting before trying again."
)
READ_TIMEOUT = 1.0
"""Seconds for which the form waits to learn who is in the meeting; after that it opens without."""


@dataclass(eq=False)
class Poll:
    """Creates polls.

    Attributes:
        prepare: opens the form of the channel's prepared polls.
        save_for_later: adds one to them.
    """

    meetings: Meetings
    realtimekit: RealtimeKit
    operations: Operations
    directory: Directory
    prepare: Handler
    save_for_later: Callable[[Context, PollDraft], Awaitable[None]]

    async def ask(self, context: Context) -> None:
        """Create the poll at once if nothing is missing; otherwise show the form, filled in as far as the words go."""
        if is_above_lines(context.args, "prepare"):
            context.args = context.args.strip().partition("\n")[2]
            await self.prepare(context)
            return
        text = await self.directory.with_names(context.request.text)
        if draft := complete_draft(text):
            await self._create(context, draft, Audience())
            return
        draft, remark = typed_draft(text)
        await self._show_form(context, Audience(), draft, remark, draft.field_errors() if text.strip() else {})

    async def open_form(self, context: Context) -> None:
        """Show the form, with the poll in the button."""
        await self._show_form(context, *poll.poll_in(context.request.value))

    async def from_message(self, context: Context) -> None:
        """Ask in the meeting…, on a message: its first line is the question, the lines below the options."""
        text = await self.directory.with_names(context.request.text)
        await self._show_form(context, Audience(), *draft_of_message(text))

    async def _show_form(
        self,
        context: Context,
        audience: Audience,
        draft: PollDraft,
        remark: str = "",
        field_errors: Mapping[str, str] | None = None,
    ) -> None:
        """Show the form for a meeting, unless nobody could answer. Raises as `Meetings.find` and `live` do."""
        if audience.meeting_id:
            meeting = meeting_in(audience.meeting_id)
        else:
            meeting = await channel_meeting(context, self.meetings)
        audience = replace(audience, meeting_id=meeting.id, title=meeting.title)
        with contextlib.suppress(RealtimeKitError, TimeoutError):
            async with asyncio.timeout(READ_TIMEOUT):
                session = await self.meetings.live(meeting)
            audience = replace(audience, title=display_title(session.title, meeting.id), people=session.people)
        metadata = private_metadata(context.request, **audience.metadata())
        form = poll.form(draft, audience, private_metadata=metadata, remark=remark, field_errors=field_errors)
        await context.show(form)

    async def change_options(self, context: Context) -> None:
        """Add an option field, or take the last one away; what was typed stays."""
        state = context.request.view
        draft = submitted_draft(state)
        adding = context.request.name == "poll.add"
        options = [*draft.options, ""] if adding else draft.options[:-1]
        audience = Audience.remembered(state.private_metadata)
        metadata = private_metadata(context.request, **audience.metadata())
        focus = f"option.{len(options)}" if adding else "question"
        form = poll.form(replace(draft, options=options), audience, private_metadata=metadata, focus=focus)
        await context.messages.update_modal(state.id, form, state.hash)

    async def submit(self, context: Context) -> None:
        """Create the poll in the form. Options after the second that were left empty do not count."""
        state = context.request.view
        draft = submitted_draft(state)
        draft = replace(draft, options=[option for option in draft.options if option])
        if draft.later:
            await self.save_for_later(context, draft)
            return
        await self._create(context, draft, Audience.remembered(state.private_metadata))

    async def _create(self, context: Context, draft: PollDraft, audience: Audience) -> None:
        if audience.meeting_id:
            meeting = meeting_in(audience.meeting_id)
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
        by = context.request.user_id
        await context.announce(poll.created(draft, created, meeting.id, title, by, again=audience.again))


def submitted_draft(state: ViewState) -> PollDraft:
    """The poll in the form."""
    fields = [block_id for block_id in state.block_ids if block_id.startswith("option.")]
    flags = state.selected("flags")
    question, *options = (with_emoji(state.text(field)) for field in ("question", *fields))
    return PollDraft(question, options, "anonymous" in flags, "hide-votes" in flags, "later" in flags)


def _form_unless_complete(request: SlackRequest) -> View | None:
    return None if complete_draft(request.text) else poll.loading_form()


def _validate(request: SlackRequest) -> Mapping[str, str]:
    return submitted_draft(request.view).field_errors()


def _retry_submission(request: SlackRequest) -> RetryButton | None:
    audience = Audience.remembered(request.view.private_metadata)
    draft = submitted_draft(request.view)
    value = poll.button_value(draft, audience.meeting_id, again=audience.again, **target_value(request))
    return RetryButton("poll.open", value, "Try again…") if value else None


def register(listeners: Listeners, feature: Poll) -> None:
    """Register the command, the form and its buttons."""
    listeners.command(
        "/poll",
        feature.ask,
        needs=Right.HOST,
        usage=USAGE,
        summary="Start a poll in the meeting. Without text, opens a form. On a message: ⋯ > Ask in the meeting….",
        loading=_form_unless_complete,
        failure=POLL,
    )
    for name in ("poll.open", "poll.another"):
        listeners.action(name, feature.open_form, needs=Right.HOST, loading=poll.loading_form(), failure=POLL)
    listeners.action("poll.add", feature.change_options, needs=Right.HOST, failure=POLL)
    listeners.action("poll.remove", feature.change_options, needs=Right.HOST, failure=POLL)
    listeners.shortcut(
        "poll.from_message", feature.from_message, needs=Right.HOST, loading=poll.loading_form(), failure=POLL
    )
    listeners.view("poll", feature.submit, needs=Right.HOST, validate=_validate, failure=POLL, retry=_retry_submission)
