"""`/session record`, `recordings` and `notes`: one recording at a time, and what becomes of it."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.commands.parsing import EVERYONE
from bot.errors import AmbiguousMeeting, MeetingChoice, MeetingNotFound, Misused, Repeated, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit, Switches
from bot.realtimekit.errors import Conflict, RealtimeKitError
from bot.realtimekit.models import is_uuid
from bot.realtimekit.recordings import Action, RecordingState
from bot.realtimekit.secrets import Recording, RecordingStatus
from bot.sanitize import json_object
from bot.slack.context import Context, first_word, named_meeting
from bot.slack.listeners import Listeners
from bot.slack.request import Kind
from bot.store.cards import Cards
from bot.store.errors import StoreError
from bot.store.links import Links
from bot.store.records import Operation, State
from bot.views import record, watch
from bot.views.failures import FailureText
from bot.views.parts import Message, display_title

USAGE = "/session record [pause · resume · stop] [meeting]"
NOTES_USAGE = "/session notes on · off"
RECORD = FailureText("Nothing was changed.", "Check `/session` to see whether it's being recorded.")
NOTES = FailureText("The notes setting wasn't changed.", "It may have been changed. You can safely try again.")
MAX_LISTED = 10
ACTIONS: Mapping[str, Action] = {"stop": "stop", "pause": "pause", "resume": "resume"}
ALONE: Mapping[str, Action | None] = {
    **dict.fromkeys(("end", "off"), "stop"),
    **dict.fromkeys(("on", "start", *EVERYONE)),
}
"""These may as well begin a title."""


@dataclass(eq=False)
class Record:
    """Records meetings. `state`: what is being recorded, shared with the cards."""

    meetings: Meetings
    links: Links
    cards: Cards
    realtimekit: RealtimeKit
    operations: Operations
    state: RecordingState

    async def by_command(self, context: Context) -> None:
        """Start, or do what is named."""
        word, rest = first_word(context.args)
        action = ACTIONS.get(word.lower())
        if action and rest and await self._is_title(context.words):
            raise Misused(
                f"“{context.words[:80]}” is also a meeting's title. If you mean that meeting, put its title in quotes.",
                USAGE,
            )
        if not rest and word.lower() in ALONE:
            action, context.args = ALONE[word.lower()], ""
        elif action:
            # With a meeting chosen from several, the same goes on.
            context.args, context.resume = rest, f"record.{action}"
        meeting = await self._meeting(context)
        await (self._change(context, meeting, action) if action else self._start(context, meeting))

    async def _is_title(self, words: str) -> bool:
        try:
            await self.meetings.find(words, None)
        except MeetingNotFound:
            return False
        except AmbiguousMeeting:
            pass
        return True

    async def start(self, context: Context) -> None:
        """Record, on a card."""
        await self._start(context, await self._meeting(context))

    async def change(self, context: Context) -> None:
        """Pause, Resume or Stop recording, on a card or a message."""
        action = ACTIONS[context.request.name.removeprefix("record.")]
        await self._change(context, await self._meeting(context), action)

    async def _meeting(self, context: Context) -> MeetingChoice:
        meeting = await self.meetings.current(await named_meeting(context, self.meetings))
        return replace(meeting, title=display_title(meeting.title, meeting.id))

    async def _start(self, context: Context, meeting: MeetingChoice) -> None:
        """Start a recording, unless one runs, or anyone is just starting one."""
        if running := await self._read(meeting.id):
            await self._say_running(context, running, meeting)
            return
        session = await self.meetings.live(meeting)
        newest = next(iter(await self.realtimekit.recordings(meeting.id, 1)), None)
        # Whoever starts the next one after this one means the same one, whatever they clicked on.
        before = f"record:{newest.id if newest else session.id}"
        operation = replace(context.operation("record", meeting), intent=before[:64])
        try:
            state = await self._start_once(operation, meeting.id)
        except (Repeated, Conflict) as error:
            if running := await self._read(meeting.id):
                await self._say_running(context, running, meeting)
                return
            if not (isinstance(error, Repeated) and (error.may_have_happened or error.on_purpose)):
                raise
            # An earlier attempt came to nothing.
            state = await self._start_once(context.operation("record", meeting), meeting.id)
        context.outcome = state
        title, by, nonce = meeting.title or "", context.request.user_id, context.request.request_id
        if state is State.FAILED:
            await context.reply(record.not_started(title))
        elif state is State.DONE:
            await self._tell(context, meeting.id, record.started(title, meeting.id, by, nonce), always=True)
        else:
            await context.reply(record.unknown("start", title))

    async def _tell(self, context: Context, meeting_id: str, message: Message, *, always: bool) -> None:
        """Tell the channel, and each other channel whose meeting this is, wherever the command was typed."""
        here = context.request.channel_id
        untold = [] if await context.announce(message, always=always) or not here else [here]
        if not (always or context.announces):
            return
        with contextlib.suppress(StoreError):
            others = [one for one in await self.links.channels(meeting_id) if one != here]
            untold += [one for one in others if await context.post(message, one)]
        if untold and always:
            await context.reply(record.untold(untold))

    async def _start_once(self, operation: Operation, meeting_id: str) -> State:
        async with self.operations.once(operation) as attempt:
            attempt.state = await self._carry_out_start(meeting_id)
            outcomes = {State.DONE: "recording", State.FAILED: "failed"}
            attempt.outcome = outcomes.get(attempt.state, "not confirmed")
        return attempt.state

    async def _carry_out_start(self, meeting_id: str) -> State:
        try:
            made = await self.realtimekit.start_recording(meeting_id)
        except RealtimeKitError as error:
            if not error.may_have_happened:
                raise
            made = None
        finally:
            self.state.changed(meeting_id)
        if made and made.is_active:
            self.state.learn(meeting_id, made)
            return State.DONE
        try:
            running = await self._read(meeting_id)
        except RealtimeKitError:
            return State.UNKNOWN
        if running:
            return State.DONE
        return State.FAILED if made and made.status is RecordingStatus.ERRORED else State.UNKNOWN

    async def _change(self, context: Context, meeting: MeetingChoice, action: Action) -> None:
        running, title = await self._read(meeting.id), meeting.title or ""
        if running is None or not running.id:
            await context.reply(record.nothing(title))
            return
        if action != "stop" and running.is_paused is (action == "pause"):
            await context.reply(record.already(action, title))
            return
        # What was just read is what counts: twice does no harm.
        operation = context.operation(f"record {action}", meeting, harmless=True)
        async with self.operations.once(operation) as attempt:
            changed = await self.state.change(meeting.id, running.id, action)
            attempt.state = {"yes": State.DONE, "already": State.FAILED}.get(changed, State.UNKNOWN)
            past = record.DONE[action]
            attempt.outcome = {"yes": past, "already": f"already {past}"}.get(changed, "not confirmed")
        context.outcome = attempt.state
        if changed == "already":
            await context.reply(record.already(action, title))
            return
        if attempt.state is not State.DONE:
            answered = changed == "not yet"
            await context.reply(record.not_yet(action, title) if answered else record.unknown(action, title))
            return
        said = record.changed(action, title, meeting.id, context.request.user_id, context.request.request_id)
        await self._tell(context, meeting.id, said, always=action == "stop")

    async def _read(self, meeting_id: str) -> Recording | None:
        self.state.changed(meeting_id)
        return await self.state.now(meeting_id)

    async def _say_running(self, context: Context, running: Recording, meeting: MeetingChoice) -> None:
        nonce = context.request.request_id
        await context.reply(record.running(running, meeting.title or "", meeting.id, nonce))

    async def show_list(self, context: Context) -> None:
        """The last recordings."""
        meeting = await self._meeting(context)
        found = await self.realtimekit.recordings(meeting.id, MAX_LISTED)
        await context.reply(record.listed(found, meeting.title or "", context.now))

    async def show_link(self, context: Context) -> None:
        """A fresh link to the file, for the asker alone."""
        recording_id = str(json_object(context.request.value).get("r") or "")
        if not is_uuid(recording_id):
            raise Misused("That isn't a recording.", USAGE)
        await context.reply(record.file_link(await self.realtimekit.recording(recording_id), context.now))

    async def switch_notes(self, context: Context) -> None:
        """Transcript and AI summary after each session: on or off."""
        word = context.request.name.removeprefix("notes.")
        if context.request.kind is Kind.COMMAND:
            word, context.args = first_word(context.args)
            word = word.lower()
        if word not in ("on", "off"):
            raise Misused("Turn notes on or off.", NOTES_USAGE)
        on, context.resume = word == "on", f"notes.{word}"
        chosen = await named_meeting(context, self.meetings)
        meeting = replace(chosen, title=display_title((await self.meetings.read(chosen)).title, chosen.id))
        operation = context.operation("notes", meeting, detail=word)
        async with self.operations.once(operation) as attempt:
            try:
                switches = Switches(transcribe_on_end=on, summarize_on_end=on)
                await self.realtimekit.update_meeting(meeting.id, **switches)
            finally:
                self.meetings.changed(meeting.id)
            attempt.outcome = word
        title = meeting.title or ""
        await context.announce(record.notes_switched(title, context.request.user_id, on=on))
        if on and not await self.cards.is_watched(context.request.channel_id, meeting.id):
            await context.reply(watch.needed_for_notes(title, meeting.id, context.request.request_id))


def register(listeners: Listeners, feature: Record) -> None:
    """Register the commands, and their buttons."""
    listeners.command(
        "/session record",
        feature.by_command,
        usage=USAGE,
        summary="Record the meeting, or pause, resume or stop the recording. I post each change in the channel.",
        needs=Right.HOST,
        failure=RECORD,
        resume="record.start",
    )
    listeners.command(
        "/session recordings",
        feature.show_list,
        usage="/session recordings [meeting]",
        summary="See recent recordings and get links to them.",
        needs=Right.HOST,
        resume="record.list",
    )
    notes = "Turn notes on or off: a transcript and an AI summary after each session."
    listeners.command(
        "/session notes", feature.switch_notes, usage=NOTES_USAGE, summary=notes, needs=Right.HOST, failure=NOTES
    )
    _register_buttons(listeners, feature)


def _register_buttons(listeners: Listeners, feature: Record) -> None:
    listeners.action("record.start", feature.start, needs=Right.HOST, failure=RECORD)
    for switch in ("on", "off"):
        listeners.action(f"notes.{switch}", feature.switch_notes, needs=Right.HOST, failure=NOTES)
    for action in ("stop", "pause", "resume"):
        listeners.action(f"record.{action}", feature.change, needs=Right.HOST, failure=RECORD)
    listeners.action("record.list", feature.show_list, needs=Right.HOST)
    listeners.action("record.link", feature.show_link, needs=Right.HOST)
