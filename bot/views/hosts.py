"""Who may act in a channel."""

from collections.abc import Iterable, Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.errors import Right
from bot.views.parts import Message, actions, button, context_block, join_names, mention, message


def who(member: str) -> str:
    """A host: a person, a user group, or everyone."""
    if member == "*":
        return "all full members"
    return f"<!subteam^{member}>" if member.startswith("S") else mention(member)


def _named(members: Iterable[str]) -> str:
    return join_names([who(member) for member in members], limit=50)


def whom_to_ask(members: Sequence[str]) -> str:
    """Who could do it instead, for someone who isn't a host."""
    if not members:
        return "A workspace admin can do it, or make you a host."
    return f"This channel's {'hosts' if len(members) > 1 else 'host'}: {_named(members)}."


def people_among(members: Iterable[str]) -> list[str]:
    """The people among hosts, who can be sent a message: no user groups, and not `*`."""
    return [member for member in members if not member.startswith(("S", "*"))]


def ask_button(members: Sequence[str], nonce: str) -> ButtonElement | None:
    """Sends the hosts of the channel one message; None where there are none to ask."""
    return button("Ask a host", "hosts.ask", {"n": nonce}) if people_among(members) else None


def asked(by: str, channel_id: str, nonce: str, *, manages: bool) -> Message:
    """What a host is asked. `manages`: whether this host can make others hosts."""
    value = {"u": by, "c": channel_id, "n": nonce}
    return message(
        f"{mention(by)} needs a host in <#{channel_id}>.",
        *actions(button("Make host", "hosts.make", value) if manages else None),
    )


def still(members: Sequence[str]) -> Message:
    """Who was removed, and has the right otherwise."""
    return message(f"{_named(members)} can still host here, as an admin or through a user group or `BOT_HOSTS`.")


def told(hosts: Sequence[str]) -> Message:
    """Who was asked."""
    return message(f"I asked {_named(hosts)}." if hosts else "I couldn't reach any of the hosts.")


def already_asked() -> Message:
    """Hosts get one message an hour from one person."""
    return message("You already asked within the last hour.")


def overview(members: Sequence[str], bot_hosts: Iterable[str], right: Right, dead: Sequence[str] = ()) -> Message:
    """Who may act here: the channel's own hosts, and `BOT_HOSTS`. Managers are told how to change it.

    Args:
        dead: the user groups among them that Slack does not know.
    """
    lines = [
        f"*Hosts of this channel:* {_named(members) if members else 'none yet'}",
        "*In every channel:* workspace admins and owners" + "".join(f", {who(member)}" for member in sorted(bot_hosts)),
    ]
    if dead:
        groups = " and ".join(f"`{group}`" for group in dead)
        lines.append(f"Slack no longer recognizes {groups}. Remove them from the host list.")
    how = (
        "To change hosts: `/session hosts add @name` or `remove @name`."
        if right is Right.MANAGE
        else "Workspace admins can add or remove hosts."
    )
    return message(
        "\n".join(lines), context_block(f"Hosts can remove people, run polls, end meetings and link channels. {how}")
    )


def unchanged(members: Sequence[str], *, are_hosts: bool) -> Message:
    """Nothing was to be done."""
    one = len(members) == 1
    are_not = "isn't a host" if one else "aren't hosts"
    if are_hosts:
        return message(f"{_named(members)} {'is already a host' if one else 'are already hosts'} of this channel.")
    return message(f"{_named(members)} {are_not} of this channel.")


def added(members: Sequence[str], by: str) -> Message:
    """Someone was made a host."""
    return message(
        f"{mention(by)} made {_named(members)} {'a host' if len(members) == 1 else 'hosts'} of this channel."
    )


def removed(members: Sequence[str], by: str) -> Message:
    """Someone is a host no more."""
    return message(f"{mention(by)} removed {_named(members)} from this channel's hosts.")
