"""`/session mute`: quiet for some, or for all."""

from collections.abc import Sequence

from bot.commands import people as matching
from bot.commands.mentions import slack_names
from bot.commands.parsing import Words, split
from bot.commands.routing import Router, Turn
from bot.errors import MeetingChoice, Misused, Right
from bot.realtimekit.errors import NoSuchParticipant
from bot.realtimekit.models import Person, ids_of
from bot.views import muting
from bot.views.faults import Effect
from bot.views.parts import listed, name_of, title_of

router = Router()

USAGE = "/session mute <names · ids · @people · all> [--hold]"


@router.command(
    "/session",
    "mute",
    usage=USAGE,
    summary="Mutes people; they may unmute themselves, but with `all --hold` they may not.",
    needs=Right.ACT,
    effect=Effect("Nobody was muted.", "They may or may not be muted now: doing it again does no harm."),
)
async def mute(turn: Turn) -> None:
    """Mute those whom the words name, each beyond doubt, or everybody."""
    words = split(turn.args, ("hold",))
    if words.unknown_flags or not words.words:
        raise Misused(f"I don't know {words.unknown_flags[0]}." if words.words else "Say whom to mute.", USAGE)
    meeting = await turn.meeting()
    if len(words.words) == 1 and words.words[0].text.lower() in ("all", "everyone", "everybody"):
        await _mute_all(turn, meeting, hold="hold" in words.flags)
    elif "hold" in words.flags:
        raise Misused("Only everyone at once can be held muted: RealtimeKit cannot do it for some.", USAGE)
    else:
        await _mute_named(turn, meeting, words)


async def _mute_all(turn: Turn, meeting: MeetingChoice, *, hold: bool) -> None:
    session = await turn.services.meetings.live(meeting)
    title = title_of(session.title, meeting.id)
    async with turn.services.operations.once(turn.deed("mute all", MeetingChoice(meeting.id, title))) as attempt:
        count = await turn.services.kit.mute_all(meeting.id, allow_unmute=not hold)
        attempt.outcome = "everyone muted" + (", held" if hold else "")
    await turn.announce(muting.all_muted(title, count, turn.ask.user_id, hold=hold))


async def _mute_named(turn: Turn, meeting: MeetingChoice, words: Words) -> None:
    services = turn.services
    session = await services.meetings.live(meeting)
    everyone = tuple(one for one in await services.meetings.people(session) if one.can_be_kicked)
    found = matching.match(words.words, everyone, await slack_names(services.slack, words.words))
    if found.unclear:
        raise Misused(_unclear(next(iter(found.unclear.items()))), USAGE)
    title, names = title_of(session.title, meeting.id), [name_of(person) for person in found.clear]
    async with services.operations.once(turn.deed("mute", MeetingChoice(meeting.id, title), people=names)) as attempt:
        left = await _mute_people(turn, meeting, found.clear)
        if len(left) == len(names):
            raise Misused(f"{listed(names, most=6)} left before they could be muted.", USAGE)
        attempt.outcome = f"{len(names) - len(left)} muted"
    muted = [name_of(person) for person in found.clear if person not in left]
    await turn.announce(muting.muted(muted, title, turn.ask.user_id, left=[name_of(person) for person in left]))


async def _mute_people(turn: Turn, meeting: MeetingChoice, people: Sequence[Person]) -> Sequence[Person]:
    """Mute people, in one request where that does; who had left already."""
    kit = turn.services.kit
    try:
        await kit.mute(meeting.id, *ids_of(people))
    except NoSuchParticipant:
        if len(people) == 1:
            return people
    else:
        return ()
    # Somebody of several is gone, and then nobody was muted: each on their own.
    return [person for person in people if await _mute_people(turn, meeting, [person])]


def _unclear(word: tuple[str, Sequence[Person]]) -> str:
    text, candidates = word
    if not candidates:
        return f"Nobody in the room is called “{text}”."
    return f"“{text}” could be {listed([name_of(one) for one in candidates], most=6)}: write the whole name in quotes."
