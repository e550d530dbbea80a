"""`/session hosts`: who may act in a channel; managers change it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.parsing import Word, split
from bot.errors import Misused, NotAllowed, Right
from bot.operations import Operations
from bot.slack.context import Context
from bot.slack.listeners import Listeners
from bot.store.hosts import Hosts as HostStore
from bot.views import hosts
from bot.views.failures import FailureText

USAGE = "/session hosts [add @name · remove @name]"
CHANGE = FailureText("The hosts were not changed.", "Look at `/session hosts` to see who may act.")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Shows and changes the hosts of a channel. `everywhere`: `BOT_HOSTS`."""

    hosts: HostStore
    operations: Operations
    everywhere: frozenset[str]

    async def show_or_change(self, context: Context) -> None:
        """The list for all; changes for managers."""
        words = split(context.args).words
        verb = words[0].text.lower() if words else ""
        if verb in ("add", "remove"):
            await self._change(context, verb, words[1:])
        elif verb:
            raise Misused(f"I can add and remove, but not “{words[0].text}”.", USAGE)
        else:
            members = await self.hosts.of(context.request.channel_id or "")
            await context.reply(hosts.overview(members, self.everywhere, context.right))

    async def _change(self, context: Context, verb: str, words: Sequence[Word]) -> None:
        if context.right < Right.MANAGE:
            raise NotAllowed(Right.MANAGE)
        members = list(dict.fromkeys(_member(word) for word in words))
        if not members:
            raise Misused(f"Say whom to {verb}.", USAGE)
        channel_id, by = context.channel(USAGE), context.request.user_id
        async with self.operations.once(context.operation(f"{verb} host", detail=" ".join(members))) as attempt:
            if verb == "add":
                await self.hosts.add(channel_id, members, by, context.now)
            else:
                await self.hosts.remove(channel_id, members)
            attempt.outcome = f"{len(members)} changed"
        changed = hosts.added if verb == "add" else hosts.removed
        await context.announce(changed(members, by))


def _member(word: Word) -> str:
    """The person or group that a word mentions; a name that Slack did not make a mention of could be anybody's."""
    member = word.mention or word.group
    if member is None:
        raise Misused(f"“{word.text}” is nobody that Slack knows: pick the name from the list that @ opens.", USAGE)
    return member


def register(listeners: Listeners, feature: Hosts) -> None:
    """Register the command."""
    listeners.command(
        "/session hosts",
        feature.show_or_change,
        usage=USAGE,
        summary="Shows who may act here. Workspace admins add and remove people and groups.",
        needs=Right.VIEW,
        failure=CHANGE,
    )
