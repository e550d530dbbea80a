"""By which names in the room somebody may be known who is mentioned in a command."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commands.parsing import Word
from bot.errors import CannotCheck
from bot.slack import Slack


async def slack_names(slack: Slack, words: Sequence[Word]) -> Mapping[str, Sequence[str]]:
    """The names in Slack of each mentioned user id; none where Slack cannot be asked."""
    names: dict[str, Sequence[str]] = {}
    for user_id in {word.mention for word in words if word.mention}:
        try:
            names[user_id] = _names_of(await slack.user(user_id))
        except CannotCheck:
            names[user_id] = ()
    return names


def _names_of(user: Mapping[str, Any]) -> Sequence[str]:
    profile = user.get("profile") or {}
    every = (
        user.get("real_name"),
        profile.get("real_name"),
        profile.get("display_name"),
        profile.get("email"),
        user.get("name"),
    )
    return [name for name in every if isinstance(name, str) and name]
