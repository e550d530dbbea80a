"""Who may do what: decided on the server, from what Slack signed and says of a person, never from a button."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from bot.ask import Ask
from bot.errors import NotAllowed, Right

Directory = Callable[[str], Awaitable[Mapping[str, Any]]]
"""A user id in, Slack's `user` object out (https://api.slack.com/types/user). Raises `CannotCheck`."""


def standing(user: Mapping[str, Any], team_id: str, enterprise_id: str | None) -> Right:
    """What somebody may do by what they are in the workspace, hosts aside.

    Any field of a `user` object may be absent or null; absence is taken for the lesser right.

    Args:
        user: Slack's `user` object; empty for somebody whom Slack does not show.
        team_id: the workspace that the bot is installed in.
        enterprise_id: its Enterprise Grid organisation, whose workspaces belong together.
    """
    enterprise = user.get("enterprise_user") or {}
    at_home = user.get("team_id") == team_id or (enterprise_id and enterprise.get("enterprise_id") == enterprise_id)
    if not at_home or user.get("is_stranger") or user.get("is_bot") or user.get("deleted"):
        return Right.NOTHING
    if any(user.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner")):
        return Right.MANAGE
    return Right.LOOK


def is_guest(user: Mapping[str, Any]) -> bool:
    """Whether this is a guest, of one channel or several."""
    return bool(user.get("is_restricted") or user.get("is_ultra_restricted"))


class Access:
    """The rights of people in one workspace.

    Args:
        hosts: `BOT_HOSTS`: user ids, user group ids, or `*`.
        home: the workspace's id and its Enterprise Grid organisation's.
        user: looks a person up.
        group: looks a user group's members up.
        hosts_of: whom managers made hosts of a channel: user ids and user group ids.
    """

    def __init__(
        self,
        *,
        hosts: frozenset[str],
        home: Callable[[], Awaitable[tuple[str, str | None]]],
        user: Directory,
        group: Callable[[str], Awaitable[frozenset[str]]],
        hosts_of: Callable[[str], Awaitable[Iterable[str]]],
    ) -> None:
        self._hosts, self._home, self._user, self._group = hosts, home, user, group
        self._hosts_of = hosts_of

    async def require(self, ask: Ask, needed: Right) -> Right:
        """What the asker may do, which is at least `needed`.

        Raises:
            NotAllowed: it is not.
            CannotCheck: Slack could not be asked.
            StoreError: the channel's hosts could not be looked up.
        """
        if needed is Right.NOTHING:
            return Right.NOTHING
        right, guest = await self._judge(ask)
        if right < needed:
            raise NotAllowed(needed, outsider=right is Right.NOTHING and not guest, guest=guest)
        return right

    async def right_of(self, ask: Ask) -> Right:
        """What the asker may do. Raises `CannotCheck`, `StoreError`."""
        return (await self._judge(ask))[0]

    async def _judge(self, ask: Ask) -> tuple[Right, bool]:
        team_id, enterprise_id = await self._home()
        if ask.team_id != team_id and not enterprise_id:
            return Right.NOTHING, False
        user = await self._user(ask.user_id)
        right = standing(user, team_id, enterprise_id)
        if right is Right.NOTHING:
            return right, False
        if is_guest(user):
            # Slack lets a guest type and click only in the channels they are in; the Home tab is in none.
            return (Right.LOOK if ask.channel_id and not ask.home else Right.NOTHING), True
        if right is Right.MANAGE or await self._is_among(ask.user_id, self._hosts):
            return Right.MANAGE, False
        if ask.channel_id and await self._is_among(ask.user_id, await self._hosts_of(ask.channel_id)):
            return Right.ACT, False
        return right, False

    async def _is_among(self, user_id: str, hosts: Iterable[str]) -> bool:
        named = set(hosts)
        if "*" in named or user_id in named:
            return True
        for group in sorted(host for host in named if host.startswith("S")):
            if user_id in await self._group(group):
                return True
        return False
