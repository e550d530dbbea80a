"""`/poll prepare`, `next` and `list`: polls that are written before the meeting, and asked one after another."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from bot.commands.sheet_text import MAX_POLLS, MAX_TEXT, parse, write
from bot.errors import MeetingChoice, Misused, Right, may_have_happened
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.models import Poll
from bot.sanitize import json_object
from bot.slack.context import Context, channel_meeting, meeting_in, private_metadata, target_value
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.slack.text import typed_text
from bot.store.errors import StoreError
from bot.store.records import PollState, Prepared, State, digest
from bot.store.sheets import Sheets, revision_of
from bot.views import poll, sheet
from bot.views.failures import FailureText, RetryButton
from bot.views.parts import display_title, encode
from bot.views.poll import PollDraft

USAGE = "/poll prepare · next · list"
ASK = FailureText(
    "The poll wasn't started. It's still on the list.",
    "I can't tell if the poll was started. Check the meeting before trying again.",
)
SAVE = FailureText("The poll wasn't saved.", "It may have been saved. Check `/poll list`.")
CHANGE = FailureText("The prepared polls weren't changed.", "Check `/poll list`.")
NO_ROOM = f"There's no room for that. Prepared polls can have up to {MAX_TEXT:,} characters in total."
JUST = timedelta(seconds=10)
"""What another host asked so recently, someone who types `next` may not have seen."""


@dataclass(eq=False)
class Sheet:
    """The prepared polls of channels. `refresh_cards`: of a channel, which show the next one.

    `claim_ttl`: seconds after which one that is being asked by a process that died is in doubt.
    """

    meetings: Meetings
    realtimekit: RealtimeKit
    operations: Operations
    sheets: Sheets
    refresh_cards: Callable[[str], Awaitable[None]]
    claim_ttl: float

    async def open_form(self, context: Context) -> None:
        """The form, filled with what is there, and below with the lines that were typed."""
        polls = await self.sheets.of(context.channel(USAGE))
        metadata = private_metadata(context.request, r=revision_of(polls))
        texts = [write([_draft(one) for one in polls]), typed_text(context.args).strip()]
        text = "\n\n".join(filter(None, texts))
        if len(text) > MAX_TEXT:
            raise Misused(NO_ROOM, USAGE)
        await context.show(sheet.form(text, private_metadata=metadata))

    async def submit(self, context: Context) -> None:
        """Save what is in the form; if someone else saved meanwhile, nothing is lost silently."""
        view, channel_id = context.request.view, context.channel(USAGE)
        text = view.text("polls")
        polls = [_prepared(draft) for draft in parse(text)[0]]
        expected = str(view.private_metadata.get("r") or "")
        if await self.sheets.save(channel_id, polls, expected) or await self._holds(channel_id, polls):
            await self.refresh_cards(channel_id)
            await context.reply(sheet.saved(len(polls), context.request.user_id))
            return
        context.outcome = State.FAILED
        await context.reply(sheet.conflict(text, context.request.request_id))

    async def _holds(self, channel_id: str, polls: Sequence[Prepared]) -> bool:
        """Whether just these are prepared, as after a submission that came twice."""
        return [one.content for one in await self.sheets.of(channel_id)] == [one.content for one in polls]

    async def save_for_later(self, context: Context, draft: PollDraft) -> None:
        """Add a poll at the end. Raises `Misused`: there is no room."""
        channel_id = context.channel(USAGE)
        context.failure = SAVE
        while not await self._append(channel_id, draft, context.request.intent):
            pass  # someone else changed them meanwhile
        await self.refresh_cards(channel_id)
        await context.reply(sheet.added(draft.question))

    async def _append(self, channel_id: str, draft: PollDraft, intent: str) -> bool:
        polls = await self.sheets.of(channel_id)
        added = replace(_prepared(draft), id=digest(intent)[:32])
        if any(one.id == added.id for one in polls):
            return True  # the same submission came before
        together = [*map(_draft, polls), draft]
        if len(together) > MAX_POLLS:
            raise Misused(f"There's no room for another prepared poll. The limit is {MAX_POLLS}.", USAGE)
        if len(write(together)) > MAX_TEXT:
            raise Misused(NO_ROOM, USAGE)
        return await self.sheets.save(channel_id, [*polls, added], revision_of(polls))

    async def show_list(self, context: Context) -> None:
        """All of them, with how far each has come."""
        polls = await self.sheets.of(context.channel(USAGE))
        await context.reply(sheet.listed(polls, context.request.request_id))

    async def ask_next(self, context: Context) -> None:
        """`/poll next`: the first that was not asked; what is uncertain is settled before that."""
        polls, nonce = await self.sheets.of(context.channel(USAGE)), context.request.request_id
        if doubtful := next((one for one in polls if one.state is PollState.UNSURE), None):
            await context.reply(sheet.unsure(doubtful, nonce))
            return
        if asking := next((one for one in polls if one.state is PollState.ASKING), None):
            await context.reply(sheet.just_asked(asking, None, nonce))
            return
        following = next((one for one in polls if one.state is PollState.WAITING), None)
        if recent := self._asked_by_another(context, polls):
            await context.reply(sheet.just_asked(recent, following, nonce))
        elif following is None:
            await context.reply(sheet.none_left(polls))
        else:
            await self._ask(context, following, polls)

    @staticmethod
    def _asked_by_another(context: Context, polls: Sequence[Prepared]) -> Prepared | None:
        for one in polls:
            recent = one.at is not None and context.now - one.at < JUST
            if recent and one.by != context.request.user_id and one.state is PollState.ASKED:
                return one
        return None

    async def ask_this(self, context: Context) -> None:
        """Ask next, Ask now, Ask again: the one that the button holds."""
        polls = await self.sheets.of(context.channel(USAGE))
        one = _chosen(context, polls)
        if one is None:
            await context.reply(sheet.gone())
            return
        await self._ask(context, one, polls, again=context.request.name == "sheet.again")

    async def _ask(self, context: Context, one: Prepared, polls: Sequence[Prepared], *, again: bool = False) -> None:
        number, total = polls.index(one) + 1, len(polls)
        value = json_object(context.request.value)
        meeting = meeting_in(context.request.value) if "m" in value else await channel_meeting(context, self.meetings)
        # Try again is about this poll, whichever is next by then.
        context.offer_retry = partial(_retry_ask, one, meeting, again=again)
        session = await self.meetings.live(meeting)
        if one.state is PollState.UNSURE and not again:
            await context.reply(sheet.unsure(one, context.request.request_id))
            return
        if not await self.sheets.take(one.id, context.request.user_id, context.now, self.claim_ttl, unsure=again):
            await self._say_taken(context, one)
            return
        try:
            created = await self._create(context, one, replace(meeting, title=session.title))
        except Exception as error:
            unsure = may_have_happened(error)
            with contextlib.suppress(StoreError):  # then the claim ends by itself, and nobody knows
                await self.sheets.mark(one.id, PollState.UNSURE if unsure else PollState.WAITING)
            if not (unsure and isinstance(error, RealtimeKitError)):
                raise
            context.outcome = State.UNKNOWN
            await context.reply(sheet.unsure(one, context.request.request_id))
            return
        with contextlib.suppress(StoreError):
            await self.sheets.mark(one.id, PollState.ASKED)
        title, by, place = display_title(session.title, meeting.id), context.request.user_id, f"{number} of {total}"
        said = poll.created(_draft(one), created, meeting.id, title, by, again=False, place=place)
        await context.announce(said)

    async def _say_taken(self, context: Context, one: Prepared) -> None:
        """Someone else has it: tell what became of it."""
        now = next((other for other in await self.sheets.of(context.channel(USAGE)) if other.id == one.id), None)
        if now is None:
            await context.reply(sheet.gone())
        elif now.state is PollState.UNSURE:
            await context.reply(sheet.unsure(now, context.request.request_id))
        else:
            await context.reply(sheet.not_asked(now))

    async def _create(self, context: Context, one: Prepared, meeting: MeetingChoice) -> Poll:
        # Whoever holds the claim asks it, and nobody else.
        operation = replace(
            context.operation("poll", meeting, detail=one.question),
            intent=f"{one.id[:32]}:{context.request.request_id}",
        )
        async with self.operations.once(operation) as attempt:
            created = await self.realtimekit.create_poll(
                meeting.id, one.question, one.options, anonymous=one.anonymous, hide_votes=one.hide_votes
            )
            attempt.outcome = "created"
        return created

    async def settle(self, context: Context) -> None:
        """It was asked, or Skip: what became of an uncertain one."""
        one = _chosen(context, await self.sheets.of(context.channel(USAGE)))
        if one is None:
            await context.reply(sheet.gone(), replace=True)
        elif one.state is not PollState.UNSURE:
            await context.reply(sheet.not_settled(one), replace=True)
        else:
            state = PollState.ASKED if context.request.name == "sheet.there" else PollState.SKIPPED
            await self.sheets.mark(one.id, state)
            await self.refresh_cards(context.channel(USAGE))
            await context.reply(sheet.settled(replace(one, state=state)), replace=True)

    async def rearrange(self, context: Context) -> None:
        """Move up, Start over, Clear; the list shows what came of it."""
        channel_id = context.channel(USAGE)
        polls = await self.sheets.of(channel_id)
        changed = list(polls)
        match context.request.name:
            case "sheet.up":
                one = _chosen(context, polls)
                # A second click of a double click finds it moved already.
                place = changed.index(one) if one else 0
                if one and place and json_object(context.request.value).get("i") in (None, place):
                    changed[place - 1 : place + 1] = [changed[place], changed[place - 1]]
            case "sheet.restart":
                await self.sheets.restart(channel_id)
            case _:
                changed = []
        if changed != polls and not await self.sheets.save(channel_id, changed, revision_of(polls)):
            raise Misused("The prepared polls just changed. Look at the list again.", USAGE)
        # It's changed; what follows only reads, and fails as such.
        context.failure = FailureText()
        await self.refresh_cards(channel_id)
        await context.reply(sheet.listed(await self.sheets.of(channel_id), context.request.request_id), replace=True)


def _chosen(context: Context, polls: Sequence[Prepared]) -> Prepared | None:
    poll_id = str(json_object(context.request.value).get("p") or "")
    return next((one for one in polls if one.id == poll_id), None)


def _retry_ask(one: Prepared, meeting: MeetingChoice, request: SlackRequest, *, again: bool) -> RetryButton | None:
    value = encode({"p": one.id, "m": meeting.id, "n": request.request_id} | target_value(request))
    return RetryButton(f"sheet.{'again' if again else 'ask'}", value) if value else None


def _draft(one: Prepared) -> PollDraft:
    return PollDraft(one.question, list(one.options), one.anonymous, one.hide_votes)


def _prepared(draft: PollDraft) -> Prepared:
    return Prepared("", draft.question, tuple(draft.options), draft.anonymous, draft.hide_votes)


def _validate(request: SlackRequest) -> Mapping[str, str]:
    polls, faults = parse(request.view.text("polls"))
    if not polls:
        return {"polls": "Enter at least one poll: a question and its options."}
    if len(polls) > MAX_POLLS:
        return {"polls": f"That's {len(polls)} polls. You can prepare up to {MAX_POLLS}."}
    if not faults:
        too_long = len(write(polls)) > MAX_TEXT
        return {"polls": f"That's too long. The limit is {MAX_TEXT:,} characters."} if too_long else {}
    more = f" And {len(faults) - 3} more." if len(faults) > 3 else ""
    return {"polls": " ".join(map(str, faults[:3])) + more}


def register(listeners: Listeners, feature: Sheet) -> None:
    """Register the commands, the form and the buttons."""
    host = Right.HOST
    for name, handler, summary, failure in (
        ("next", feature.ask_next, "Start the next prepared poll.", ASK),
        ("list", feature.show_list, "See the prepared polls and which ones were started.", CHANGE),
    ):
        listeners.command(
            f"/poll {name}", handler, needs=host, alone=True, usage=f"/poll {name}", summary=summary, failure=failure
        )
    listeners.command(
        "/poll prepare",
        feature.open_form,
        needs=host,
        alone=True,
        usage="/poll prepare",
        summary="Write up to 20 polls to start later.",
        loading=sheet.loading_form(),
        failure=CHANGE,
    )
    listeners.view("sheet", feature.submit, needs=host, validate=_validate, failure=CHANGE)
    listeners.action("sheet.edit", feature.open_form, needs=host, loading=sheet.loading_form(), failure=CHANGE)
    listeners.action("sheet.list", feature.show_list, needs=host)
    for name in ("ask", "again"):
        listeners.action(f"sheet.{name}", feature.ask_this, needs=host, failure=ASK)
    for name in ("there", "skip"):
        listeners.action(f"sheet.{name}", feature.settle, needs=host, failure=CHANGE)
    for name in ("up", "restart", "clear"):
        listeners.action(f"sheet.{name}", feature.rearrange, needs=host, failure=CHANGE)
