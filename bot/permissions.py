"""Who may do what: decided on the server, from what Slack signed and says of a person, never from a button."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import CannotCheck, NotAllowed, Right
from bot.slack.directory import Directory
from bot.slack.request import SlackRequest
from bot.store.hosts import Hosts


def right_in_workspace(user: Mapping[str, Any], team_id: str, enterprise_id: str | None) -> Right:
    """What someone may do because of who they are in the workspace, hosts aside.

    Any field of a `user` object may be absent or null; absence counts as the lesser right.

    Args:
        user: Slack's `user` object (https://api.slack.com/types/user); empty for someone whom Slack does not show.
        team_id: the workspace that the bot is installed in.
        enterprise_id: its Enterprise Grid organization, whose workspaces belong together.
    """
    enterprise = user.get("enterprise_user") or {}
    at_home = user.get("team_id") == team_id or (enterprise_id and enterprise.get("enterprise_id") == enterprise_id)
    if not at_home or user.get("is_stranger") or user.get("is_bot") or user.get("deleted"):
        return Right.NOTHING
    if any(user.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner")):
        return Right.MANAGE
    return Right.VIEW


def is_guest(user: Mapping[str, Any]) -> bool:
    """Whether this is a guest, of one channel or several."""
    return bool(user.get("is_restricted") or user.get("is_ultra_restricted"))


def why_unsuitable(user: Mapping[str, Any], right: Right) -> str:
    """Why someone whom a command names can't be meant: half a sentence; empty if they can."""
    if not user:
        return "Slack doesn't recognize them"
    if user.get("is_bot") or user.get("id") == "USLACKBOT":
        return "that's a bot"
    if user.get("deleted"):
        return "their account is deactivated"
    return "" if right >= Right.VIEW else "they aren't in this workspace"


@dataclass(eq=False)
class Permissions:
    """The rights of people in one workspace.

    Attributes:
        managers: `BOT_HOSTS`: user ids, user group ids, or `*`.
        hosts: whom managers added as hosts of channels.
    """

    directory: Directory
    managers: frozenset[str]
    hosts: Hosts

    async def require(self, request: SlackRequest, needed: Right) -> Right:
        """What the person may do, which is at least `needed`. Raises `NotAllowed`, `CannotCheck`, `StoreError`.

        Looking does not depend on user groups: where they cannot be asked, it is refused to nobody.
        """
        if needed is Right.NOTHING:
            return Right.NOTHING
        right, guest = await self._right_and_guest(request, strict=needed > Right.VIEW)
        if right < needed:
            member = right >= Right.VIEW and not guest and needed is Right.HOST
            hosts = await self.hosts.of(request.channel_id) if member and request.channel_id else ()
            raise NotAllowed(needed, outsider=right is Right.NOTHING and not guest, guest=guest, hosts=tuple(hosts))
        return right

    async def _right_and_guest(self, request: SlackRequest, *, strict: bool) -> tuple[Right, bool]:
        home = await self.directory.identity()
        if request.team_id != home.team_id and not home.enterprise_id:
            return Right.NOTHING, False
        user = await self.directory.user(request.user_id)
        right = right_in_workspace(user, home.team_id, home.enterprise_id)
        if right is Right.NOTHING:
            return right, False
        if is_guest(user):
            # Slack lets guests type and click only in the channels they are in; the Home tab is in none.
            return (Right.VIEW if request.channel_id and not request.from_home else Right.NOTHING), True
        if right is Right.MANAGE or await self.is_among(request.user_id, self.managers, strict=strict):
            return Right.MANAGE, False
        read = self.hosts.of if strict else self.hosts.lately
        hosts = await read(request.channel_id) if request.channel_id else ()
        return (Right.HOST if await self.is_among(request.user_id, hosts, strict=strict) else right), False

    async def is_among(self, user_id: str, members: Collection[str], *, strict: bool = False) -> bool:
        """Whether someone is named by these: user ids, user group ids, or `*`.

        A group that Slack does not know any more has no members.

        Args:
            strict: raise `CannotCheck` where a group that cannot be asked right now might name them.
        """
        if "*" in members or user_id in members:
            return True
        unknown = None
        for group_id in sorted({member for member in members if member.startswith("S")}):
            try:
                if user_id in (await self.directory.group(group_id) or ()):
                    return True
            except CannotCheck as error:
                unknown = error
        if strict and unknown:
            raise unknown
        return False
