"""Who is who in Slack: the workspace, people, user groups; remembered for a few minutes."""

import contextlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from async_lru import alru_cache

from bot.errors import CannotCheck
from bot.sanitize import FROM_SLACK
from bot.slack.client import SlackClient, SlackFailed
from bot.slack.text import unnamed_mentions

log = structlog.get_logger(__name__)

DIRECTORY_TTL = 300.0
"""Seconds for which Slack's answer on a person or a user group is used."""

_UNKNOWN_USER = {"user_not_found", "user_not_visible", "users_not_found"}
_DEAD_GROUP = {"no_such_subteam", "subteam_not_found", "plan_upgrade_required", "missing_scope", "team_not_found"}
"""Codes that will be the same tomorrow: the group is gone, or this workspace has none, or Usher may not read them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The workspace that the bot is installed in, and the bot itself."""

    team_id: str
    bot_user_id: str
    enterprise_id: str | None = None


class Directory:
    """Looks people up. Every method but `ready` raises `CannotCheck` if Slack cannot be asked."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self.identity = alru_cache(maxsize=1)(self._identity)
        self.user = alru_cache(maxsize=5000, ttl=DIRECTORY_TTL)(self._user)
        self.group = alru_cache(maxsize=100, ttl=DIRECTORY_TTL)(self._group)
        self._channel_name = alru_cache(maxsize=1000, ttl=DIRECTORY_TTL)(self._ask_channel_name)
        self._group_names = alru_cache(maxsize=1, ttl=DIRECTORY_TTL)(self._ask_group_names)

    async def ready(self) -> bool:
        """Whether Slack accepts our token."""
        try:
            await self._client.call("auth.test")
        except SlackFailed:
            return False
        return True

    async def _identity(self) -> Identity:
        """`auth.test`."""
        found = await self._look_up("auth.test")
        return Identity(str(found.get("team_id")), str(found.get("user_id")), found.get("enterprise_id"))

    async def _user(self, user_id: str) -> Mapping[str, Any]:
        """`users.info`: Slack's `user` object (https://api.slack.com/types/user); empty if Slack shows none."""
        found = await self._look_up("users.info", user=user_id)
        user = found.get("user")
        return user if isinstance(user, dict) else {}

    async def _group(self, group_id: str) -> frozenset[str] | None:
        """`usergroups.users.list`: the ids of a user group's members; None if Slack knows no such group."""
        try:
            found = await self._look_up("usergroups.users.list", usergroup=group_id)
        except CannotCheck as error:
            if error.code in _DEAD_GROUP:
                return None
            raise
        return frozenset(found.get("users") or ())

    async def with_names(self, raw: str) -> str:
        """What was typed, with a label at each mention that Slack sent without one; the rest as it was."""
        for mention, kind, target in dict.fromkeys(unnamed_mentions(raw)):
            with contextlib.suppress(CannotCheck):
                name = html.escape(await self._name(kind, target), quote=False).replace("|", " ")
                raw = raw.replace(mention, f"<{kind}{target}|{name}>")
        return raw

    async def _name(self, kind: str, target: str) -> str:
        if kind == "#":
            return await self._channel_name(target)
        if kind == "@":
            return next(iter(names_of(await self.user(target))), "someone")
        return "@" + (await self._group_names()).get(target, "a group")

    async def _ask_channel_name(self, channel_id: str) -> str:
        """`conversations.info`: a public channel's name; Slack tells no other's."""
        try:
            found = (await self._look_up("conversations.info", channel=channel_id)).get("channel")
        except CannotCheck as error:
            if error.code not in ("channel_not_found", "missing_scope"):
                raise
            return "a private channel"
        public = isinstance(found, dict) and not found.get("is_private") and found.get("name")
        return str(found["name"]) if public and isinstance(found, dict) else "a private channel"

    async def _ask_group_names(self) -> dict[str, str]:
        """`usergroups.list`: the handles of the user groups, by id."""
        groups = (await self._look_up("usergroups.list")).get("usergroups") or ()
        return {str(one.get("id")): str(one.get("handle") or one.get("name") or "a group") for one in groups}

    async def _look_up(self, method: str, **arguments: str) -> Mapping[str, Any]:
        try:
            return await self._client.call(method, arguments, form=True, idempotent=True)
        except SlackFailed as failed:
            if failed.code in _UNKNOWN_USER:
                return {}
            log.warning("slack lookup failed", method=method, code=failed.code)
            raise CannotCheck(failed.code, failed.is_uninstalled) from None


def slack_id(team_id: str, user_id: str) -> str:
    """The custom id under which someone of the workspace is in meetings, if they joined from Slack."""
    return f"{FROM_SLACK}{team_id}-{user_id}"


def slack_user_in(custom_id: str | None, team_id: str) -> str | None:
    """The user id in such a custom id; None if it is not one of this workspace."""
    prefix = slack_id(team_id, "")
    user_id = custom_id.removeprefix(prefix) if custom_id and custom_id.startswith(prefix) else ""
    return user_id if re.fullmatch(r"[UW][A-Z0-9]{2,40}", user_id) else None


def name_shown(user: Mapping[str, Any]) -> str:
    """What someone is called in Slack: by their display name, otherwise by their full name; empty without either."""
    display = (user.get("profile") or {}).get("display_name")
    return display if isinstance(display, str) and display.strip() else next(iter(names_of(user)), "")


def names_of(user: Mapping[str, Any]) -> list[str]:
    """The names that people see of a `user` object, the full name first; never a handle or an address."""
    profile = user.get("profile") or {}
    every = (user.get("real_name"), profile.get("real_name"), profile.get("display_name"))
    return [name for name in every if isinstance(name, str) and name]
