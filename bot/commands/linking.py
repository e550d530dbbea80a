"""`/session use` and `/session forget`: which meeting a channel means."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.models.views import View

from bot.ask import Ask
from bot.commands.parsing import as_typed
from bot.commands.routing import Router, Turn, first_word, meeting_in, notes_of
from bot.errors import MeetingChoice, Right
from bot.views import linking
from bot.views.faults import Effect

router = Router()

USAGE = "/session use [meeting]"
LINK = Effect("The channel's link was not changed.", "Look at `/session` to see which meeting the channel means.")


def _form(ask: Ask) -> View:
    return linking.form(notes=notes_of(ask), with_channel=ask.home)


def _form_unless_words(ask: Ask) -> View | None:
    """`/session use` alone is answered in a modal, which needs nothing from anybody."""
    return None if first_word(ask.text)[1] else _form(ask)


@router.command(
    "/session",
    "use",
    usage=USAGE,
    summary="Links this channel to a meeting. Alone, it opens a menu of meetings.",
    needs=Right.ACT,
    loading=_form_unless_words,
    effect=LINK,
    resume="use.pick",
)
async def use(turn: Turn) -> None:
    """Link the channel to the meeting that is named; without a name the modal is open already."""
    if turn.args:
        await _link(turn, await turn.services.meetings.known(as_typed(turn.args)))


@router.action("use.open", needs=Right.ACT, loading=_form, effect=LINK)
async def open_form(turn: Turn) -> None:
    """The Link a meeting… button: the form is all of it."""


@router.action("use.pick", needs=Right.ACT, effect=LINK)
async def pick(turn: Turn) -> None:
    """The choice of a meeting from several of like titles."""
    await _link(turn, await turn.services.meetings.known(meeting_in(turn.ask.value).id))


@router.menu("use.meeting", needs=Right.ACT)
async def offer_meetings(turn: Turn) -> list[dict[str, Any]]:
    """The meetings that can be joined; what is typed is searched for by the API."""
    return linking.options(await turn.services.meetings.offered(turn.ask.text))


def _faults(ask: Ask) -> Mapping[str, str]:
    faults = {} if ask.form and ask.form.chosen("meeting") else {"meeting": "Please choose a meeting."}
    # Slack itself asks for the other field, but what it sends is checked all the same.
    return faults | ({} if ask.channel_id else {"channel": "Please choose a channel."} if ask.home else {})


@router.submission("use", needs=Right.ACT, faults=_faults, effect=LINK)
async def use_chosen(turn: Turn) -> None:
    """Link the channel to the meeting that was chosen."""
    chosen = turn.ask.form.chosen("meeting") if turn.ask.form else ()
    await _link(turn, await turn.services.meetings.known(meeting_in(chosen[0] if chosen else "").id))


async def _link(turn: Turn, meeting: MeetingChoice) -> None:
    services, channel = turn.services, turn.channel(USAGE)
    async with services.operations.once(turn.deed("link", meeting)) as attempt:
        await services.links.put(channel, meeting.id, meeting.title, turn.ask.user_id, turn.now)
        services.meetings.relinked(channel)
        await services.look_soon(meeting.id)
        attempt.outcome = "linked"
    await turn.announce(linking.linked(meeting, turn.ask.user_id))


@router.command(
    "/session", "forget", usage="/session forget", summary="Unlinks this channel.", needs=Right.ACT, effect=LINK
)
async def forget(turn: Turn) -> None:
    """Unlink the channel."""
    services, channel = turn.services, turn.channel(USAGE)
    link = await services.links.of(channel)
    if link is None:
        await turn.reply(linking.not_linked())
        return
    async with services.operations.once(turn.deed("unlink", MeetingChoice(link.meeting_id, link.title))) as attempt:
        await services.links.remove(channel)
        services.meetings.relinked(channel)
        attempt.outcome = "unlinked"
    await turn.announce(linking.forgotten(link.title, link.meeting_id, turn.ask.user_id))
