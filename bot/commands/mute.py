"""`/session mute`: mutes some people, or everyone."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.matching import find_people
from bot.commands.parsing import Words, means_everyone, split
from bot.errors import MeetingChoice, Misused, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSession, NoSuchParticipant, RealtimeKitError
from bot.realtimekit.models import Person, ids_of
from bot.slack.context import Context, channel_meeting
from bot.slack.directory import Directory
from bot.slack.listeners import Listeners
from bot.store.records import State
from bot.views import mute
from bot.views.failures import FailureText
from bot.views.mute import Outcome
from bot.views.parts import display_name, display_title, join_names

USAGE = "/session mute <names · ids · @people · all> [--hold]"
MUTE = FailureText("Nobody was muted.", "They may or may not be muted now: doing it again does no harm.")


@dataclass(frozen=True, slots=True)
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
            raise Misused(f"I don't know {words.unknown_flags[0]}." if words.words else "Say whom to mute.", USAGE)
        meeting = await channel_meeting(context, self.meetings)
        if means_everyone(words):
            await self._mute_all(context, meeting, hold="hold" in words.flags)
        elif "hold" in words.flags:
            raise Misused("Only everyone at once can be held muted: RealtimeKit cannot do it for some.", USAGE)
        else:
            await self._mute_named(context, meeting, words)

    async def _mute_all(self, context: Context, meeting: MeetingChoice, *, hold: bool) -> None:
        session = await self.meetings.live(meeting)
        title = display_title(session.title, meeting.id)
        async with self.operations.once(context.operation("mute all", MeetingChoice(meeting.id, title))) as attempt:
            count = await self.realtimekit.mute_all(meeting.id, allow_unmute=not hold)
            attempt.outcome = "everyone muted" + (", held" if hold else "")
        await context.announce(mute.all_muted(title, count, context.request.user_id, hold=hold))

    async def _mute_named(self, context: Context, meeting: MeetingChoice, words: Words) -> None:
        session, _, found = await find_people(self.meetings, self.directory, meeting, words.words)
        if found.unclear:
            raise Misused(_unclear(next(iter(found.unclear.items()))), USAGE)
        meeting = MeetingChoice(meeting.id, display_title(session.title, meeting.id))
        names = tuple(display_name(person) for person in found.clear)
        async with self.operations.once(context.operation("mute", meeting, people=names)) as attempt:
            outcome = await self._mute_people(meeting, found.clear)
            attempt.outcome, attempt.state = mute.summary(outcome), outcome.state
            attempt.people = [display_name(person) for person in outcome.muted] if outcome.muted else None
        context.outcome = outcome.state
        retry = context.retry if outcome.state is State.FAILED and outcome.failed else None
        said = mute.muted(outcome, meeting.title or "", context.request.user_id, retry)
        await (context.announce(said) if outcome.muted else context.reply(said))

    async def _mute_people(self, meeting: MeetingChoice, people: Sequence[Person]) -> Outcome:
        """Mute people, in one request if that works. Raises `RealtimeKitError`: as if it were for one."""
        try:
            await self.realtimekit.mute(meeting.id, *ids_of(people))
        except NoSuchParticipant:
            if len(people) == 1:
                return Outcome(left=people)
        else:
            return Outcome(muted=people)
        # One of several is gone, and then nobody was muted: each on their own.
        outcome = Outcome()
        for person in people:
            outcome += await self._mute_alone(meeting, person)
        return outcome

    async def _mute_alone(self, meeting: MeetingChoice, person: Person) -> Outcome:
        try:
            return await self._mute_people(meeting, [person])
        except NoSession:
            return Outcome(left=[person])
        except RealtimeKitError as error:
            return Outcome(unsure=[person]) if error.may_have_happened else Outcome(failed=[person])


def _unclear(word: tuple[str, Sequence[Person]]) -> str:
    text, candidates = word
    if not candidates:
        return f"Nobody in the room is called “{text}”."
    names = [display_name(one) for one in candidates]
    if len(set(names)) == len(names):
        return f"“{text}” could be {join_names(names, limit=6)}: write the whole name in quotes."
    ids = [one.custom_id or one.user_id or one.key for one in candidates]
    return f"“{text}” could be several people: write one of their ids, {join_names(ids, limit=6)}."


def register(listeners: Listeners, feature: Mute) -> None:
    """Register the command."""
    listeners.command(
        "/session mute",
        feature.mute,
        needs=Right.HOST,
        usage=USAGE,
        summary="Mutes people; they may unmute themselves, but with `all --hold` they may not.",
        failure=MUTE,
    )
