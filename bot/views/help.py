"""What a person may type here."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.views import parts
from bot.views.parts import Message


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: how it is typed, and what comes of it."""

    usage: str
    summary: str


def overview(entries: Sequence[Entry], *, unknown: str = "", host: bool = False) -> Message:
    """The commands that this person may use; `unknown` is a word that is no command, if that is why help is shown."""
    lines = [f"`{parts.escape(entry.usage)}`\n{parts.escape(entry.summary)}" for entry in entries]
    lead = f"I don't know “{parts.safe(unknown, 40)}”. " if unknown else ""
    lead += "Here's what you can do:"
    foot = "Hosts can also remove people, run polls and end meetings. A workspace admin can make a member a host."
    if host:
        foot = "For [meeting], use part of its title, its ID, or a link to it. Leave it out for this channel's meeting."
    title, notes = parts.header("Usher"), parts.context_block(foot)
    return parts.card([lead, *lines], title, parts.section(lead), *parts.sections(lines), notes)
