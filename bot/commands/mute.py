"""`/session mute`: mutes some people, or everyone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.commands.matching import find_people
from bot.commands.parsing import Words, means_everyone, split
from bot.commands.people_form import chosen, keys_in, retry_people, validate
from bot.errors import DialogNotOpened, MeetingChoice, Misused, NotLive, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import Facts, NoSession, NoSuchParticipant, RealtimeKitError
from bot.realtimekit.models import Person, by_keys, ids_of
from bot.realtimekit.reported import as_reported
from bot.sanitize import json_object
from bot.slack.context import Context, channel_meeting, meeting_in, private_metadata
from bot.slack.directory import Directory
from bot.slack.listeners import Listeners
from bot.store.records import State
from bot.views import mute
from bot.views.failures import FailureText
from bot.views.kick import remarks
from bot.views.mute import Outcome
from bot.views.parts import display_name, display_title, join_names

USAGE = "/session mute [name, ID or @person], or /session mute all [--hold]"
MUTE = FailureText("No one was muted.", "They may be muted now. You can safely try again.")


@dataclass(eq=False)
class Mute:
    """Mutes people."""

    meetings: Meetings
    realtimekit: RealtimeKit
    directory: Directory
    operations: Operations

    async def mute(self, context: Context) -> None:
        """Mute those whom the words name, each beyond doubt, or everyone."""
        words = split(context.args, ("hold",))
        if words.unknown_flags or not words.words:
            unknown = f"Unknown option `{words.unknown_flags[0]}`." if words.unknown_flags else "Who should I mute?"
            raise Misused(unknown, USAGE)
        meeting = await channel_meeting(context, self.meetings)
        if means_everyone(words):
            await self._mute_all(context, meeting, hold="hold" in words.flags)
        elif "hold" in words.flags:
            raise Misused("`--hold` only works with `all`.", USAGE)
        else:
            await self._mute_named(context, meeting, words)

    async def everyone(self, context: Context) -> None:
        """The Mute all button."""
        await self._mute_all(context, meeting_in(context.request.value), hold=False)

    async def one(self, context: Context) -> None:
        """Mute, in the menu beside a name."""
        meeting = meeting_in(context.request.value)
        key = str(json_object(context.request.value).get("k") or "")
        session = await self.meetings.live(meeting)
        person = next((one for one in await self.meetings.people(session) if one.key == key), None)
        if person is None:
            raise NoSuchParticipant(Facts("mute"))
        await self._mute_these(context, replace(meeting, title=session.title), (person,))

    async def retry(self, context: Context) -> None:
        """Try again with the same people, whatever the words that named them would mean by now."""
        meeting = meeting_in(context.request.value)
        session = await self.meetings.live(meeting)
        people = by_keys(keys_in(context.request), await self.meetings.people(session))
        await self._mute_these(context, replace(meeting, title=session.title), people)

    async def _mute_all(self, context: Context, meeting: MeetingChoice, *, hold: bool) -> None:
        session = await self.meetings.live(meeting)
        if session.people == 0:
            raise NotLive(replace(meeting, title=session.title), running=True)
        title = display_title(session.title, meeting.id)
        operation = context.operation("mute all", MeetingChoice(meeting.id, title), harmless=True)
        async with self.operations.once(operation) as attempt:
            count = await self.realtimekit.mute_all(meeting.id, allow_unmute=not hold)
            attempt.outcome = "everyone muted" + (", held" if hold else "")
            if count == 0:
                attempt.outcome, attempt.state = "no one muted", State.FAILED
        context.outcome = attempt.state
        if count == 0:
            await context.reply(mute.none_muted(title))
            return
        await context.announce(mute.all_muted(title, count, context.request.user_id, hold=hold))

    async def _mute_named(self, context: Context, meeting: MeetingChoice, words: Words) -> None:
        session, everyone, found = await find_people(self.meetings, self.directory, meeting, words.words)
        meeting = replace(meeting, title=session.title)
        if not found.unclear:
            await self._mute_these(context, meeting, found.clear)
            return
        title = display_title(session.title, meeting.id)
        form = mute.form(
            title,
            everyone,
            found.candidates,
            now=context.now,
            private_metadata=private_metadata(context.request, m=meeting.id, t=title[:200], w=context.args[:500]),
            remarks=remarks(found.unclear),
        )
        try:
            await context.show(form)
        except DialogNotOpened:
            raise Misused(_unclear(next(iter(found.unclear.items()))), USAGE) from None

    async def submit(self, context: Context) -> None:
        """The people chosen in the form."""
        await self._mute_these(context, *chosen(context.request))

    async def _mute_these(self, context: Context, meeting: MeetingChoice, people: Sequence[Person]) -> None:
        meeting = replace(meeting, title=display_title(meeting.title, meeting.id))
        names = tuple(display_name(person) for person in people)
        operation = context.operation("mute", meeting, people=names, harmless=True)
        context.offer_retry = partial(retry_people, "mute.retry", meeting, people)
        async with self.operations.once(operation) as attempt:
            outcome = await self._mute_people(meeting, people, context.now)
            attempt.outcome, attempt.state = mute.summary(outcome), outcome.state
            attempt.people = [display_name(person) for person in outcome.muted] if outcome.muted else None
        context.outcome = outcome.state
        retry = context.retry if outcome.state is State.FAILED and outcome.failed else None
        said = mute.muted(outcome, meeting.title or "", context.request.user_id, retry)
        await (context.announce(said) if outcome.muted else context.reply(said))

    async def _mute_people(self, meeting: MeetingChoice, people: Sequence[Person], now: datetime) -> Outcome:
        """Mute people, in one request if that works. Raises `RealtimeKitError`: as if it were for one."""
        try:
            reported = await self.realtimekit.mute(meeting.id, *ids_of(people))
        except NoSuchParticipant:
            if len(people) == 1:
                here = await self.meetings.verified_people(meeting, now)
                gone = here is not None and people[0].key not in {person.key for person in here}
                return Outcome(left=people) if gone else Outcome(failed=people)
        else:
            missing = () if reported is None else as_reported(people, reported)[1]
            return Outcome(muted=[one for one in people if one not in missing], unsure=missing)
        # One of several is gone, and then nobody was muted: each on their own.
        outcome = Outcome()
        for person in people:
            outcome += await self._mute_alone(meeting, person, now)
        return outcome

    async def _mute_alone(self, meeting: MeetingChoice, person: Person, now: datetime) -> Outcome:
        try:
            return await self._mute_people(meeting, [person], now)
        except NoSession:
            return Outcome(left=[person])
        except RealtimeKitError as error:
            return Outcome(unsure=[person]) if error.may_have_happened else Outcome(failed=[person])


def _unclear(word: tuple[str, Sequence[Person]]) -> str:
    text, candidates = word
    if not candidates:
        return f"No one in the meeting matches “{text}”."
    names = [display_name(one) for one in candidates]
    if len(set(names)) == len(names):
        return f"“{text}” matches {join_names(names, limit=6)}. Use a full name in quotes."
    ids = [one.custom_id or one.user_id or one.key for one in candidates]
    return f"“{text}” matches several people. Use one of their IDs: {join_names(ids, limit=6)}."


def register(listeners: Listeners, feature: Mute) -> None:
    """Register the command."""
    listeners.command(
        "/session mute",
        feature.mute,
        needs=Right.HOST,
        usage=USAGE,
        summary="Mute specific people or everyone. With `all --hold`, they can't unmute themselves.",
        failure=MUTE,
    )
    listeners.view("mute", feature.submit, needs=Right.HOST, validate=validate, failure=MUTE)
    listeners.action("mute.all", feature.everyone, needs=Right.HOST, failure=MUTE)
    listeners.action("mute.retry", feature.retry, needs=Right.HOST, failure=MUTE)
    listeners.action("mute.one", feature.one, needs=Right.HOST, failure=MUTE)
