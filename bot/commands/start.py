"""`/session start`: creates a meeting for the channel, or opens the one it has, and says so with Join."""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commands.start_text import USAGE, linked_then, parse, plan_in, plan_of_button, switches_of
from bot.errors import DialogNotOpened, MeetingChoice, NotLinked, Repeated, Right
from bot.meetings import CLOCK_SKEW, Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.models import Meeting, MeetingStatus
from bot.sanitize import folded, json_object
from bot.slack.context import Context, channel_meeting, meeting_in, named_meeting, private_metadata, target_value
from bot.slack.directory import Directory
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.store.cards import Cards
from bot.store.errors import StoreError
from bot.store.links import Links
from bot.store.records import Link, State
from bot.views import failures, start, watch
from bot.views.failures import FailureText, RetryButton
from bot.views.parts import display_title, encode
from bot.views.start import MAX_TITLE, Opening, Plan

START = FailureText(
    "No meeting was started.", "I can't tell whether the meeting was started. Check `/session` before trying again."
)


@dataclass(eq=False)
class Start:
    """Starts meetings. `joins`: whether people can join from Slack."""

    meetings: Meetings
    realtimekit: RealtimeKit
    links: Links
    cards: Cards
    operations: Operations
    directory: Directory
    joins: bool

    async def by_command(self, context: Context) -> None:
        """With a title, a new meeting; without one, the channel's, or a form that asks for the title."""
        plan = parse(await self.directory.with_names(context.args))
        context.channel(USAGE)
        if plan.title:
            await self._start(context, plan)
            return
        try:
            meeting = await channel_meeting(context, self.meetings)
        except NotLinked:
            await self._ask_for_title(context)
        else:
            await self._open(context, meeting, plan)

    async def open_named(self, context: Context) -> None:
        """Start meeting, on the card of a meeting that isn't live."""
        await self._open(context, await named_meeting(context, self.meetings), Plan(""))

    async def submit(self, context: Context) -> None:
        """The title that was typed in the form."""
        await self._start(context, plan_in(context.request))

    async def form_opened(self, context: Context) -> None:
        """Start a meeting…, offered where the form could not be opened: the form is all of it."""

    async def use(self, context: Context) -> None:
        """Use the existing one: link the channel to it, and open it."""
        link = await self.links.of(context.channel(USAGE))
        plan, meeting = plan_of_button(context.request), meeting_in(context.request.value)
        if _id_of(link) not in (linked_then(context.request), meeting.id):
            await self._ask(context, plan, link, [await self.meetings.titled(meeting)])
            return
        await self._open(context, meeting, plan, expected=_id_of(link))

    async def create(self, context: Context) -> None:
        """Create another, or Start and relink; unless the channel's link has changed since that was asked."""
        plan, linked = plan_of_button(context.request), linked_then(context.request)
        if _id_of(await self.links.of(context.channel(USAGE))) != linked:
            await self._start(context, plan)
            return
        await self._create(context, plan, {one.id for one in await self._called(plan.title)}, linked=linked)

    async def look_again(self, context: Context) -> None:
        """After a lost answer: whether the meeting is there by now. Nothing is created.

        If the channel was linked meanwhile, it's asked first, like anything that replaces a link.
        """
        plan, value = plan_of_button(context.request), json_object(context.request.value)
        began, linked = float(value.get("at") or 0), linked_then(context.request)
        made = await self._made_since(plan.title, began, ())
        if made is None:
            await context.reply(start.maybe_created(plan, began, linked, context.request.request_id), replace=True)
            return
        meeting = MeetingChoice(made.id, plan.title)
        link = await self.links.of(context.channel(USAGE))
        if _id_of(link) != linked:
            await self._ask(context, plan, link, [meeting])
            return
        async with self.operations.once(context.operation("link", meeting)) as attempt:
            attempt.outcome, attempt.state = await self._link_if_possible(context, meeting, linked)
        if attempt.state is State.PARTLY:
            await context.reply(start.unlinked(plan.title, meeting.id, created=True))
            return
        # It may be someone else's meeting of the same title, so it's opened, and only what it is set to is said of it.
        plan = replace(plan, record=bool(made.record_on_start), notes=bool(made.transcribe_on_end))
        await self._announce(context, meeting, plan, Opening())

    async def _ask_for_title(self, context: Context) -> None:
        form = start.form(private_metadata=private_metadata(context.request), joins=self.joins)
        try:
            await context.show(form)
        except DialogNotOpened as error:
            request_id = context.request.request_id
            retry = RetryButton("start.form", encode({"n": request_id}) or "", "Start a meeting…")
            await context.reply(failures.message(error, failure=START, retry=retry, request_id=request_id))

    async def _start(self, context: Context, plan: Plan) -> None:
        """Create the meeting, unless there is something to ask first."""
        channel_id = context.channel(USAGE)
        # Whoever starts the next one after this one means the same one. It's read first, so that what changes is seen.
        before = await self.operations.latest(channel_id, ("start", "open", "link", "unlink"))
        same, link = await self._called(plan.title), await self.links.of(context.channel(USAGE))
        if same or link:
            await self._ask(context, plan, link, same)
            return
        try:
            await self._create(context, plan, (), intent=f"start:{channel_id}:{folded(plan.title)}:{before}")
        except Repeated as repeated:
            if repeated.by == context.request.user_id:
                raise
            await context.reply(start.being_started(repeated.by))

    async def _ask(self, context: Context, plan: Plan, link: Link | None, same: Sequence[MeetingChoice]) -> None:
        """Ask before a link is replaced, or a second meeting of the same title is created."""
        linked = MeetingChoice(link.meeting_id, link.title) if link else None
        await context.reply(start.ask(plan, linked, same, context.request.request_id))

    async def _called(self, title: str) -> Sequence[MeetingChoice]:
        """The meetings of exactly this title that can be joined."""
        found, _ = await self.realtimekit.all_meetings(title[:100], status="ACTIVE")
        return [MeetingChoice(one.id, one.title) for one in found if folded(one.title) == folded(title)]

    async def _create(
        self, context: Context, plan: Plan, before: Collection[str], *, linked: str = "", intent: str = ""
    ) -> None:
        """Create a meeting, link the channel to it and announce it.

        Args:
            before: those of the same title until now.
            linked: the channel's meeting until now.
        """
        began, meeting = context.now, MeetingChoice("", plan.title)
        operation = context.operation("start", meeting)
        async with self.operations.once(replace(operation, intent=intent or operation.intent)) as attempt:
            made = await self._made(plan, began.timestamp(), before)
            if made is None:
                attempt.outcome, attempt.state = "not confirmed", State.UNKNOWN
            else:
                meeting = MeetingChoice(made.id, plan.title)
                attempt.outcome, attempt.state = await self._link_if_possible(context, meeting, linked)
        context.outcome = attempt.state
        if made is None:
            await context.reply(start.maybe_created(plan, began.timestamp(), linked, context.request.request_id))
        elif attempt.state is State.PARTLY:
            await context.reply(start.unlinked(plan.title, meeting.id, created=True))
        else:
            await self._announce(context, meeting, plan, Opening(created=True, relinked=bool(linked)))

    async def _made(self, plan: Plan, began: float, before: Collection[str]) -> Meeting | None:
        """The new meeting; where the answer was lost, the one that is found. None: nobody knows whether it exists."""
        try:
            return await self.realtimekit.create_meeting(plan.title, **switches_of(plan))
        except RealtimeKitError as error:
            if not error.may_have_happened:
                raise
        try:
            return await self._made_since(plan.title, began, before)
        except RealtimeKitError:
            return None

    async def _made_since(self, title: str, began: float, before: Collection[str]) -> Meeting | None:
        """The one meeting of this title that was created since then, and that no channel is linked to."""
        found = []
        for one in (await self.realtimekit.all_meetings(title[:100]))[0]:
            since = one.created_at is None or one.created_at.timestamp() >= began - CLOCK_SKEW.total_seconds()
            if one.title == title and one.id not in before and since and not await self.links.channels(one.id):
                found.append(one)
        return found[0] if len(found) == 1 else None

    async def _link_if_possible(self, context: Context, meeting: MeetingChoice, expected: str) -> tuple[str, State]:
        """Link the channel, unless someone else has just linked it to another meeting than was expected."""
        channel_id, by, linked = context.channel(USAGE), context.request.user_id, False
        with contextlib.suppress(StoreError):
            linked = await self.links.put(channel_id, meeting.id, meeting.title, by, context.now, replacing=expected)
        self.meetings.relinked(channel_id)
        return ("started", State.DONE) if linked else ("created, not linked", State.PARTLY)

    async def _open(self, context: Context, meeting: MeetingChoice, plan: Plan, *, expected: str | None = None) -> None:
        """Unlock a meeting if it is locked, change what was asked for, and announce it.

        Args:
            expected: the channel's meeting until now, if it's to be linked to this one.
        """
        known = await self.meetings.read(meeting)
        meeting = replace(meeting, title=display_title(known.title or meeting.title, meeting.id))
        live = await self.realtimekit.live_session(meeting.id) is not None
        unlocks = known.status is MeetingStatus.INACTIVE
        async with self.operations.once(context.operation("unlock" if unlocks else "open", meeting)) as attempt:
            switches = switches_of(plan)
            if unlocks:
                switches["status"] = "ACTIVE"
            try:
                if switches:
                    await self.realtimekit.update_meeting(meeting.id, **switches)
            finally:
                self.meetings.changed(meeting.id)
            attempt.outcome, attempt.state = (
                ("opened", State.DONE) if expected is None else await self._link_if_possible(context, meeting, expected)
            )
        if attempt.state is State.PARTLY:
            await context.reply(start.unlinked(meeting.title or "", meeting.id, created=False))
        opening = Opening(
            relinked=attempt.state is State.DONE and expected not in (None, "", meeting.id),
            live=live,
            unlocked=unlocks,
            recorded=await self._is_recorded(meeting.id) if live and known.record_on_start else False,
        )
        plan = replace(plan, record=(plan.record or bool(known.record_on_start)) and not plan.unrecorded)
        await self._announce(context, meeting, plan, opening)

    async def _is_recorded(self, meeting_id: str) -> bool | None:
        try:
            return await self.realtimekit.active_recording(meeting_id) is not None
        except RealtimeKitError:
            return None

    async def _announce(self, context: Context, meeting: MeetingChoice, plan: Plan, opening: Opening) -> None:
        title, by = meeting.title or "", context.request.user_id
        said = start.announced(title, meeting.id, by, plan, opening, joins=self.joins)
        await context.announce(said, always=plan.record)
        if not self.joins:
            await context.reply(start.no_page(manages=context.right is Right.MANAGE))
        if plan.notes and not await self.cards.is_watched(context.request.channel_id, meeting.id):
            await context.reply(watch.needed_for_notes(title, meeting.id, context.request.request_id))


def _id_of(link: Link | None) -> str:
    """The id of the channel's meeting; empty if there is none."""
    return link.meeting_id if link else ""


def _retry_submission(request: SlackRequest) -> RetryButton | None:
    """The form again, with what was entered."""
    value = encode(plan_in(request).value(n=request.request_id) | target_value(request))
    return RetryButton("start.form", value, "Try again…") if value else None


def _validate(request: SlackRequest) -> Mapping[str, str]:
    title = plan_in(request).title
    if not title:
        return {"title": "Enter a title."}
    return {"title": f"Use up to {MAX_TITLE} characters."} if len(title) > MAX_TITLE else {}


def register(listeners: Listeners, feature: Start) -> None:
    """Register the command, the form and the buttons of the questions."""
    listeners.command(
        "/session start",
        feature.by_command,
        usage=USAGE,
        summary="Start a new meeting in this channel. Without a title, starts the channel's meeting.",
        needs=Right.HOST,
        failure=START,
    )
    listeners.view(
        "start", feature.submit, needs=Right.HOST, validate=_validate, failure=START, retry=_retry_submission
    )
    listeners.action(
        "start.form",
        feature.form_opened,
        needs=Right.HOST,
        loading=lambda request: start.form(
            plan_of_button(request), private_metadata=private_metadata(request), joins=feature.joins
        ),
        failure=START,
    )
    listeners.action("start.open", feature.open_named, needs=Right.HOST, failure=START)
    listeners.action("start.use", feature.use, needs=Right.HOST, failure=START)
    listeners.action("start.create", feature.create, needs=Right.HOST, failure=START)
    listeners.action("start.look", feature.look_again, needs=Right.HOST, failure=START)
