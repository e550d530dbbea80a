"""The journal, for people."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.store.records import Entry, State
from bot.views.parts import (
    TEXT_MOST,
    Message,
    actions,
    button,
    cut,
    day,
    listed,
    mention,
    message,
    packed,
    safe,
    section,
)

MOST = 20
"""Entries on one page."""

_DID = {
    "kick": "kicked",
    "kick and block": "kicked and blocked",
    "end": "ended the session for everyone",
    "poll": "asked a poll",
    "lock": "locked the meeting",
    "unlock": "unlocked the meeting",
    "mute": "muted",
    "mute all": "muted everyone",
    "link": "linked the channel",
    "unlink": "unlinked the channel",
    "add host": "added a host",
    "remove host": "removed a host",
    "post": "posted the status",
    "watch": "had the meeting watched",
    "stop watching": "stopped the watching",
    "notices": "changed the notices",
    "let back in": "let somebody back in",
    "send attendance": "took the attendance as a file",
}
_TRIED = {
    State.OPEN: "under way",
    State.REPORTING: "under way",
    State.FAILED: "did not work",
    State.UNSURE: "may or may not have worked",
    State.INTERRUPTED: "interrupted: may or may not have worked",
}


def page(entries: Sequence[Entry], *, number: int, size: int, more: bool) -> Message:
    """One page of a channel's history, newest first.

    Args:
        number: of the page, from 1.
        more: there is a page after it.
    """
    if not entries:
        return message("Nothing has been done here yet." if number == 1 else "There is nothing older.")
    lines = [_line(entry) for entry in entries]
    blocks: list[Block] = [section("*What was done here*" + (f" · page {number}" if number > 1 or more else ""))]
    blocks += [section(line) for line in lines]
    blocks += actions(
        button("‹ Newer", "history.newer", packed({"p": number - 1, "s": size}) or "") if number > 1 else None,
        button("Older ›", "history.older", packed({"p": number + 1, "s": size}) or "") if more else None,
    )
    return Message(cut("\n".join(lines), TEXT_MOST), blocks)


def did(entry: Entry) -> str:
    """Who did what to whom, in mrkdwn."""
    whom = f" {listed([safe(name, 60) for name in entry.people], most=6)}" if entry.people else ""
    return f"{mention(entry.user_id)} {_DID.get(entry.what, safe(entry.what, 40))}{whom}"


def _line(entry: Entry) -> str:
    parts = [f"{day(entry.at)} · {did(entry)}"]
    if entry.title:
        parts.append(f"in *{safe(entry.title, 80)}*")
    if entry.detail:
        parts.append(f"“{safe(entry.detail, 120)}”")
    outcome = _TRIED.get(entry.state) or safe(entry.outcome, 80)
    return " ".join(parts) + (f" · {outcome}" if outcome else "")


def interrupted(entry: Entry) -> Message:
    """What the person who asked is told of a deed that a dying process left open."""
    what = {"kick": "a kick", "kick and block": "a kick", "poll": "a poll"}
    what["end"] = "ending the session"
    whom = f" of {listed([safe(name, 60) for name in entry.people], most=6)}" if entry.people else ""
    where = f" in *{safe(entry.title, 80)}*" if entry.title else ""
    deed = what.get(entry.what) or f"a change ({safe(entry.what, 40)})"
    return message(
        f"Usher was restarted in the middle of {deed}{whom}{where}, which you asked for {day(entry.at)}. "
        "It may or may not have been done, and will not be done later: look in the meeting, and ask again if you "
        "still want it."
    )
