"""What a person may type here."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.views.parts import TEXT_MOST, Message, cut, escape, header, paragraphs, safe, section, small


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: how it is typed, and what comes of it."""

    usage: str
    summary: str


def overview(entries: Sequence[Entry], *, unknown: str = "", host: bool = False) -> Message:
    """The commands this person may use.

    Args:
        unknown: the word that no command has, where that is why help is shown.
        host: whether the person may act, or only look.
    """
    lines = [f"`{escape(entry.usage)}`\n{escape(entry.summary)}" for entry in entries]
    lead = f"There is no “{safe(unknown, 40)}”. This is what you can type:" if unknown else "This is what you can type:"
    foot = (
        "Hosts can also kick, poll and end. Ask a workspace admin to make you one."
        if not host
        else ("A meeting is named by its id, a link that holds it, or words of its title.")
    )
    body = "\n".join(lines)
    return Message(
        cut(f"{lead}\n{body}", TEXT_MOST),
        [header("Usher"), section(lead), *paragraphs(lines), small(foot)],
    )
