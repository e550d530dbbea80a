"""`/session hosts`: who may act in a channel; managers change it."""

from collections.abc import Sequence

from bot.commands.parsing import Word, split
from bot.commands.routing import Router, Turn
from bot.errors import Misused, NotAllowed, Right
from bot.views import hosts
from bot.views.faults import Effect

router = Router()

USAGE = "/session hosts [add @name · remove @name]"


@router.command(
    "/session",
    "hosts",
    usage=USAGE,
    summary="Shows who may act here. Workspace admins add and remove people and groups.",
    needs=Right.LOOK,
    effect=Effect("The hosts were not changed.", "Look at `/session hosts` to see who may act."),
)
async def show_or_change(turn: Turn) -> None:
    """The list for all; changes for managers."""
    words = split(turn.args).words
    verb = words[0].text.lower() if words else ""
    if verb in ("add", "remove"):
        await _change(turn, verb, words[1:])
    elif verb:
        raise Misused(f"I can add and remove, but not “{words[0].text}”.", USAGE)
    else:
        members = await turn.services.hosts.of(turn.ask.channel_id or "")
        await turn.reply(hosts.overview(members, turn.services.bot_hosts, turn.right))


async def _change(turn: Turn, verb: str, words: Sequence[Word]) -> None:
    if turn.right < Right.MANAGE:
        raise NotAllowed(Right.MANAGE)
    members = list(dict.fromkeys(_member(word) for word in words))
    if not members:
        raise Misused(f"Say whom to {verb}.", USAGE)
    services, channel = turn.services, turn.channel(USAGE)
    async with services.operations.once(turn.deed(f"{verb} host", detail=" ".join(members))) as attempt:
        if verb == "add":
            await services.hosts.add(channel, members, turn.ask.user_id, turn.now)
        else:
            await services.hosts.remove(channel, members)
        attempt.outcome = f"{len(members)} changed"
    said = hosts.added if verb == "add" else hosts.removed
    await turn.announce(said(members, turn.ask.user_id))


def _member(word: Word) -> str:
    """The person or group that a word mentions; a name that Slack did not make a mention of could be anybody's."""
    member = word.mention or word.group
    if member is None:
        raise Misused(f"“{word.text}” is nobody that Slack knows: pick the name from the list that @ opens.", USAGE)
    return member
