"""`/kick`: showing people out."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.models.views import View

from bot.ask import Ask, Form
from bot.commands import people as matching
from bot.commands.kicks import show_out
from bot.commands.mentions import slack_names
from bot.commands.parsing import Words, split
from bot.commands.routing import Router, Turn, meeting_in, notes_of, place_of
from bot.errors import DialogNotOpened, MeetingChoice, Misused, NotLive, PeopleUnknown, Right
from bot.orders import NewKick
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.models import Person, is_uuid
from bot.store.errors import StoreError
from bot.views import faults, removal
from bot.views.faults import Again, Effect
from bot.views.parts import loading, name_of, packed, title_of, unpacked

log = structlog.get_logger(__name__)
router = Router()

USAGE = "/kick [names · e-mails · ids · @people] [--block], or /kick all"
EVERYONE = (["all"], ["everyone"], ["everybody"])
KICK = Effect(
    "Nobody was removed.",
    "They may or may not have been removed: look at `/session who` before you do it again.",
)


def _words(text: str) -> Words:
    return split(text, ("block",))


def _means_everyone(words: Words) -> bool:
    return [word.text.lower() for word in words.words if not word.quoted] in EVERYONE and len(words.words) == 1


def _loading_kick(ask: Ask) -> View | None:
    """`/kick` alone and `/kick all` are answered in a modal; names are acted on at once."""
    words = _words(ask.text)
    if words.unknown_flags:
        return None
    if _means_everyone(words):
        return loading("End for everyone", "Looking who is in the room…")
    return None if words.words else _loading_people(ask)


def _loading_people(ask: Ask) -> View:
    return loading("Kick people", "Looking who is in the room…")


@router.command(
    "/kick",
    usage=USAGE,
    summary="Removes people. Alone, it opens a menu of those who are in; with `--block` they cannot come back.",
    needs=Right.ACT,
    loading=_loading_kick,
    effect=KICK,
)
async def kick(turn: Turn) -> None:
    """Act where every word names exactly one person; else let the host choose."""
    words = _words(turn.args)
    if words.unknown_flags:
        raise Misused(f"I don't know {words.unknown_flags[0]}.", USAGE)
    if _means_everyone(words):
        if "block" in words.flags:
            raise Misused("Everyone can't be blocked at once.", USAGE)
        await turn.follow("session.end", (await turn.meeting()).id)
        return
    await _kick_named(turn, await turn.meeting(), words)


@router.action("kick.open", needs=Right.ACT, loading=_loading_people, effect=KICK)
async def open_menu(turn: Turn) -> None:
    """The Kick… button: the same menu, with whom the words named already chosen."""
    words = _words(str(unpacked(turn.ask.value).get("w") or ""))
    await _kick_named(turn, meeting_in(turn.ask.value), words, choose=True)


async def _kick_named(turn: Turn, meeting: MeetingChoice, words: Words, *, choose: bool = False) -> None:
    meetings = turn.services.meetings
    session = await meetings.live(meeting)
    everyone = await meetings.people(session)
    everyone = tuple(person for person in everyone if person.can_be_kicked)
    if not everyone and not session.people:
        raise NotLive(dataclasses.replace(meeting, title=session.title))
    if not everyone:
        raise PeopleUnknown(session.people or 0)
    found = matching.match(words.words, everyone, await slack_names(turn.services.slack, words.words))
    block = "block" in words.flags
    if words.words and not found.unclear and not choose:
        await _carry_out(turn, meeting, session.title, found.clear, block=block)
        return
    few = [group for group in found.unclear.values() if len(group) <= removal.CANDIDATES_MOST]
    chosen = {person.key for group in (found.clear, *few) for person in group}
    view = removal.form(
        session,
        meeting.id,
        everyone,
        now=turn.now,
        notes=notes_of(turn.ask, m=meeting.id, t=title_of(session.title, meeting.id)[:200]),
        chosen=chosen,
        remarks=removal.remarks(found.unclear),
        block=block,
    )
    try:
        await turn.show(view)
    except DialogNotOpened as error:
        await _offer_menu(turn, meeting, error)


async def _offer_menu(turn: Turn, meeting: MeetingChoice, error: DialogNotOpened) -> None:
    """The trigger was too old when it was known that a choice is needed: a button brings a fresh one."""
    value = packed({"m": meeting.id, "w": turn.args, "n": turn.ask.request_id})
    again = Again("kick.open", value, "Choose people…") if value else turn.again
    await turn.reply(faults.message(error, effect=KICK, again=again, request_id=turn.ask.request_id))


def _submitted(form: Form) -> NewKick:
    return NewKick(
        meeting_id=str(form.notes.get("m") or ""),
        keys=form.chosen("people"),
        block="block" in form.chosen("flags"),
        reason=form.text("reason"),
    )


def _kick_faults(ask: Ask) -> Mapping[str, str]:
    return {} if ask.form and ask.form.chosen("people") else {"people": "Please choose somebody."}


def _kick_again(ask: Ask) -> Again | None:
    """The menu of that meeting once more, with the same people chosen."""
    if ask.form is None:
        return None
    order = _submitted(ask.form)
    words = " ".join([*order.keys, *(["--block"] if order.block else [])])
    value = packed({"m": order.meeting_id, "w": words, "n": ask.request_id} | place_of(ask))
    return Again("kick.open", value, "Try again…") if value else None


@router.submission("kick", needs=Right.ACT, faults=_kick_faults, effect=KICK, again=_kick_again)
async def kick_chosen(turn: Turn) -> None:
    """Those who were chosen in the modal: no further look at the room is needed, the menu's values are their ids."""
    form = turn.ask.form
    if form is None:
        return
    order = _submitted(form)
    people = [_person_of(key, form.labels.get(key)) for key in order.keys]
    meeting = meeting_in(order.meeting_id)
    await _carry_out(turn, meeting, str(form.notes.get("t") or ""), people, block=order.block, reason=order.reason)


def _person_of(key: str, name: str | None) -> Person:
    """A person by what a menu holds of them."""
    custom = key.removeprefix("custom:") if key.startswith("custom:") else None
    return Person(key=key, user_id=key if is_uuid(key) else None, custom_id=custom, name=name)


@router.action("kick.one", needs=Right.ACT, effect=KICK)
async def kick_one(turn: Turn) -> None:
    """The Kick button beside a name; the list it stands in is brought up to date."""
    await _kick_of_button(turn, block=False)
    # The kick is done and told; what follows is a look, and fails as one.
    turn.effect, turn.again = Effect(), None
    await turn.follow("session.who")


async def _carry_out(
    turn: Turn,
    meeting: MeetingChoice,
    title: str | None,
    people: Sequence[Person],
    *,
    block: bool = False,
    reason: str = "",
) -> None:
    services = turn.services
    shown = title_of(title, meeting.id)
    deed = turn.deed(
        "kick and block" if block else "kick",
        dataclasses.replace(meeting, title=shown),
        people=[name_of(person) for person in people],
        detail=reason,
    )
    if block:
        people = await _with_custom_ids(turn, meeting, people)
    async with services.operations.once(deed) as attempt:
        outcome = await show_out(services.kit, services.meetings, meeting, people, block=block)
        attempt.outcome = removal.summary(outcome)
    if block:
        noticed = await _keep_out(turn, meeting, outcome.gone(people))
        outcome = dataclasses.replace(outcome, noticed=noticed)
    said = removal.kicked(outcome, shown, turn.ask.user_id, reason)
    if outcome.removed or (outcome.blocked and not outcome.failed):
        await turn.announce(said)
    else:
        await turn.reply(said)


async def _with_custom_ids(turn: Turn, meeting: MeetingChoice, people: Sequence[Person]) -> Sequence[Person]:
    """People as the room knows them: a menu holds one id only, and it is by the other that one who returns is known."""
    if all(person.custom_id for person in people):
        return people
    try:
        everyone = await turn.services.meetings.people(await turn.services.meetings.live(meeting))
    except (NotLive, RealtimeKitError):
        return people
    known = {person.key: person for person in everyone}
    return [known.get(person.key, person) for person in people]


async def _keep_out(turn: Turn, meeting: MeetingChoice, people: Sequence[Person]) -> bool:
    """Remember who must not come back; whether a return of each of them will be noticed.

    They are out already: whether this works changes nothing of that.
    """
    custom_ids = [person.custom_id for person in people if person.custom_id]
    try:
        await turn.services.blocks.add(meeting.id, custom_ids, turn.ask.channel_id, turn.ask.user_id, turn.now)
    except StoreError as error:
        log.warning("a block was not written down", request=turn.ask.request_id, error=str(error))
        return False
    return len(custom_ids) == len(people)


@router.action("kick.again", needs=Right.ACT, effect=KICK)
async def kick_again(turn: Turn) -> None:
    """Kick and block, where somebody who was blocked is told to be back."""
    await _kick_of_button(turn, block=True)


async def _kick_of_button(turn: Turn, *, block: bool) -> None:
    """Remove the person whom a button holds."""
    meeting, key = meeting_in(turn.ask.value), str(unpacked(turn.ask.value).get("k") or "")
    meetings = turn.services.meetings
    session = await meetings.live(meeting)
    everyone = await meetings.people(session)
    person = next((one for one in everyone if one.key == key), _person_of(key, None))
    await _carry_out(turn, meeting, session.title, [person], block=block)


@router.action("kick.pardon", needs=Right.ACT, effect=Effect("They are still to be kept out."))
async def let_back_in(turn: Turn) -> None:
    """Let them in: their return is no news any more."""
    meeting, values = await turn.services.meetings.titled(meeting_in(turn.ask.value)), unpacked(turn.ask.value)
    async with turn.services.operations.once(turn.deed("let back in", meeting)) as attempt:
        await turn.services.blocks.remove(meeting.id, str(values.get("i") or ""))
        attempt.outcome = "let back in"
    await turn.announce(removal.pardoned(title_of(meeting.title, meeting.id), turn.ask.user_id))


@router.menu("kick.people", needs=Right.ACT)
async def offer_people(turn: Turn) -> list[dict[str, Any]]:
    """The people in a room of more than a hundred, by what was typed so far."""
    form = turn.ask.form
    meeting = meeting_in(form.notes.get("m") if form else None)
    everyone = await turn.services.meetings.people(await turn.services.meetings.live(meeting))
    found = matching.offered(turn.ask.text, everyone)[: removal.MENU_MOST]
    return [option.to_dict() for option in removal.options(found, everyone, turn.now)]
