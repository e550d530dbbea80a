"""`/session hosts`: who may act in a channel; managers change it."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.commands.parsing import Word, not_in_slack, split
from bot.errors import CannotCheck, Misused, NotAllowed, Repeated, Right
from bot.operations import Operations
from bot.permissions import Permissions, is_guest, right_in_workspace, why_unsuitable
from bot.sanitize import json_object
from bot.slack.client import SlackFailed
from bot.slack.context import Context
from bot.slack.directory import Directory
from bot.slack.listeners import Listeners
from bot.store.hosts import Hosts as HostStore
from bot.store.records import Operation, State
from bot.views import hosts
from bot.views.failures import FailureText
from bot.views.parts import mention

log = structlog.get_logger(__name__)

USAGE = "/session hosts [add @name · remove @name]"
MAX_ASKED = 5
CHANGE = FailureText("No hosts were changed.", "Check `/session hosts` to see who can host.")


@dataclass(eq=False)
class Hosts:
    """Shows and changes the hosts of a channel."""

    hosts: HostStore
    directory: Directory
    operations: Operations
    permissions: Permissions

    async def show_or_change(self, context: Context) -> None:
        """The list for all; changes for managers."""
        words = split(context.args).words
        verb = words[0].text.lower() if words else ""
        if verb in ("add", "remove"):
            await self._change(context, verb, words[1:])
        elif verb:
            raise Misused(f"Use `add` or `remove`, not “{words[0].text}”.", USAGE)
        else:
            members = await self.hosts.of(context.request.channel_id or "")
            dead = (
                await self._dead_groups([*members, *self.permissions.managers]) if context.right is Right.MANAGE else ()
            )
            await context.reply(hosts.overview(members, self.permissions.managers, context.right, dead))

    async def ask(self, context: Context) -> None:
        """Send the channel's hosts one message from someone who isn't a host; at most one an hour."""
        channel_id, by = context.channel(USAGE), context.request.user_id
        people = hosts.people_among(await self.hosts.of(channel_id))
        operation = replace(context.operation("ask a host"), intent=f"ask:{channel_id}:{by}:{context.now:%Y%m%d%H}")
        try:
            asked = await self._ask_once(context, operation, people[:MAX_ASKED], channel_id)
        except Repeated:
            await context.reply(hosts.already_asked())
        else:
            await context.reply(hosts.told(asked))

    async def _ask_once(
        self, context: Context, operation: Operation, people: Sequence[str], channel_id: str
    ) -> Sequence[str]:
        async with self.operations.once(operation) as attempt:
            asked = [host for host in people if await self._send_request(context, host, channel_id)]
            attempt.outcome, attempt.state = f"{len(asked)} asked", State.DONE if asked else State.FAILED
        context.outcome = attempt.state
        return asked

    async def _send_request(self, context: Context, host: str, channel_id: str) -> bool:
        request, home = context.request, await self.directory.identity()
        user = await self.directory.user(host)
        manages = (
            host in self.permissions.managers
            or right_in_workspace(user, home.team_id, home.enterprise_id) is Right.MANAGE
        )
        message = hosts.asked(request.user_id, channel_id, request.request_id, manages=manages)
        try:
            await context.messages.post(await context.messages.open_direct(host), message)
        except SlackFailed as failed:
            log.info("host not asked", request=request.request_id, code=failed.code)
            return False  # also where the answer was lost: asking twice does no harm
        return True

    async def make(self, context: Context) -> None:
        """Make the person who asked a host of the channel."""
        channel_id, by = context.channel(USAGE), context.request.user_id
        member = str(json_object(context.request.value).get("u") or "")
        await self._require_possible(member, "They")
        async with self.operations.once(context.operation("add host", detail=member)) as attempt:
            await self.hosts.add(channel_id, [member], by, context.now)
            attempt.outcome = "1 changed"
        await context.announce(hosts.added([member], by))
        await context.settle(f"{mention(by)} made {mention(member)} a host")

    async def _dead_groups(self, members: Iterable[str]) -> list[str]:
        """The user groups among these that Slack does not know."""
        groups = sorted({member for member in members if member.startswith("S")})
        with contextlib.suppress(CannotCheck):
            return [group for group in groups if await self.directory.group(group) is None]
        return []

    async def _change(self, context: Context, verb: str, words: Sequence[Word]) -> None:
        if context.right < Right.MANAGE:
            raise NotAllowed(Right.MANAGE)
        members = {_member(word): word.text for word in words}
        if not members:
            raise Misused(f"Who should I {verb}?", USAGE)
        channel_id, by = context.channel(USAGE), context.request.user_id
        if verb == "add":
            for member, shown in members.items():
                try:
                    await self._require_possible(member, shown)
                except CannotCheck as error:
                    raise error.about_others() from None
        before = await self.hosts.of(channel_id)
        changing = [member for member in members if (member in before) is (verb == "remove")]
        if not changing:
            await context.reply(hosts.unchanged(list(members), are_hosts=verb == "add"))
            return
        async with self.operations.once(context.operation(f"{verb} host", detail=" ".join(changing))) as attempt:
            if verb == "add":
                await self.hosts.add(channel_id, changing, by, context.now)
            else:
                await self.hosts.remove(channel_id, changing)
            attempt.outcome = f"{len(changing)} changed"
        changed = hosts.added if verb == "add" else hosts.removed
        await context.announce(changed(changing, by))
        if verb == "remove" and (still := await self._still_hosts(changing, channel_id)):
            await context.reply(hosts.still(still))

    async def _still_hosts(self, members: Sequence[str], channel_id: str) -> Sequence[str]:
        """Who of these can host all the same: by a user group, as an admin, or by `BOT_HOSTS`."""
        others, still = {*await self.hosts.of(channel_id), *self.permissions.managers}, list[str]()
        with contextlib.suppress(CannotCheck):
            home = await self.directory.identity()
            for member in hosts.people_among(members):
                user = await self.directory.user(member)
                manages = right_in_workspace(user, home.team_id, home.enterprise_id) is Right.MANAGE
                if manages or await self.permissions.is_among(member, others):
                    still.append(member)
        return still

    async def _require_possible(self, member: str, shown: str) -> None:
        """Refuse whom being a host would give nothing. Raises `Misused`, `CannotCheck`."""
        if member.startswith("S"):
            why = "Slack won't say who's in that user group" if await self.directory.group(member) is None else ""
        else:
            home, user = await self.directory.identity(), await self.directory.user(member)
            why = why_unsuitable(user, right_in_workspace(user, home.team_id, home.enterprise_id))
            why = why or ("guests can see and join meetings, but can't change them" if is_guest(user) else "")
        if why:
            raise Misused(f"{shown} can't be a host: {why}.", USAGE)


def _member(word: Word) -> str:
    """The person or group that a word mentions. Raises `Misused`."""
    member = word.mention or word.group
    if member is None:
        raise not_in_slack(word, USAGE)
    return member


def register(listeners: Listeners, feature: Hosts) -> None:
    """Register the command."""
    listeners.action("hosts.ask", feature.ask, needs=Right.VIEW)
    listeners.action("hosts.make", feature.make, needs=Right.MANAGE, failure=CHANGE)
    listeners.command(
        "/session hosts",
        feature.show_or_change,
        usage=USAGE,
        summary="See who can host here. Workspace admins can add and remove people and groups.",
        needs=Right.VIEW,
        failure=CHANGE,
    )
