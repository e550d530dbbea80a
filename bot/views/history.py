"""The journal, for people."""

from collections.abc import Sequence

from bot.store.records import Entry, State
from bot.views import parts
from bot.views.parts import Message

MAX_SIZE = 20
"""Entries on one page."""

DID = {
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
    State.FAILED: "did not work",
    State.UNKNOWN: "may or may not have worked",
    State.REPORTING: "interrupted: may or may not have worked",
    State.INTERRUPTED: "interrupted: may or may not have worked",
}


def page(entries: Sequence[Entry], *, number: int, size: int, more: bool) -> Message:
    """One page of a channel's history, newest first; `number` counts from 1, `more` says whether another follows."""
    if not entries:
        return parts.message("Nothing has been done here yet." if number == 1 else "There is nothing older.")
    lines = [_line(entry) for entry in entries]
    return parts.card(
        lines,
        parts.section("*What was done here*" + (f" · page {number}" if number > 1 or more else "")),
        *map(parts.section, lines),
        *parts.actions(
            parts.button("‹ Newer", "history.newer", {"p": number - 1, "s": size}) if number > 1 else None,
            parts.button("Older ›", "history.older", {"p": number + 1, "s": size}) if more else None,
        ),
    )


def did(entry: Entry) -> str:
    """Who did what to whom, in mrkdwn."""
    whom = f" {parts.join_names([parts.safe(name, 60) for name in entry.people], limit=6)}" if entry.people else ""
    partly = f" ({parts.safe(entry.outcome, 80)})" if entry.state is State.PARTLY else ""
    what = "kick" if partly and entry.what == "kick and block" else entry.what
    return f"{parts.mention(entry.user_id)} {DID.get(what, parts.safe(what, 40))}{whom}{partly}"


def _line(entry: Entry) -> str:
    facts = [f"{parts.date_and_time(entry.at)} · {did(entry)}"]
    if entry.title:
        facts.append(f"in *{parts.safe(entry.title, 80)}*")
    if entry.detail:
        facts.append(f"“{parts.safe(entry.detail, 120)}”")
    outcome = "" if entry.state is State.PARTLY else _TRIED.get(entry.state) or parts.safe(entry.outcome, 80)
    return " ".join(facts) + (f" · {outcome}" if outcome else "")


def interrupted(entry: Entry) -> Message:
    """What the person who asked is told about an operation that a dying process left open."""
    what = {"kick": "a kick", "kick and block": "a kick", "poll": "a poll", "end": "ending the session"}
    whom = f" of {parts.join_names([parts.safe(name, 60) for name in entry.people], limit=6)}" if entry.people else ""
    where = f" in *{parts.safe(entry.title, 80)}*" if entry.title else ""
    operation = what.get(entry.what) or f"a change ({parts.safe(entry.what, 40)})"
    return parts.message(
        f"Usher was restarted in the middle of {operation}{whom}{where}, "
        f"which you asked for {parts.date_and_time(entry.at)}. "
        "It may or may not have been done, and will not be done later: look in the meeting, and ask again if you "
        "still want it."
    )
