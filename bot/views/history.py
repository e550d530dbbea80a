"""The journal, for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.records import Entry, State
from bot.views import parts
from bot.views.hosts import who
from bot.views.parts import Message

MAX_SIZE = 20
"""Entries on one page."""


@dataclass(frozen=True, slots=True)
class Verb:
    """How an operation is told of.

    Attributes:
        base: `remove {whom}`, after "tried to".
        past: `removed {whom}`.
        to_meeting: leads from there to the meeting's title; empty where the phrase names the meeting itself.
    """

    base: str
    past: str
    to_meeting: str = ""


VERBS = {
    "kick": Verb("remove {whom}", "removed {whom}", "from"),
    "kick and block": Verb("keep {whom} out", "kept {whom} out", "of"),
    "end": Verb("end {meeting}", "ended {meeting}"),
    "start": Verb("start {meeting}", "started {meeting}"),
    "open": Verb("open {meeting}", "opened {meeting}"),
    "invite": Verb("invite {whom}", "invited {whom}", "to"),
    "poll": Verb("start a poll", "started a poll", "in"),
    "record": Verb("record {meeting}", "started recording {meeting}"),
    "record stop": Verb("stop the recording", "stopped the recording", "of"),
    "record pause": Verb("pause the recording", "paused the recording", "of"),
    "record resume": Verb("resume the recording", "resumed the recording", "of"),
    "notes": Verb("turn notes {detail}", "turned notes {detail}", "for"),
    "lock": Verb("lock {meeting}", "locked {meeting}"),
    "unlock": Verb("unlock {meeting}", "unlocked {meeting}"),
    "mute": Verb("mute {whom}", "muted {whom}", "in"),
    "mute all": Verb("mute everyone", "muted everyone", "in"),
    "link": Verb("link this channel to {meeting}", "linked this channel to {meeting}"),
    "unlink": Verb("unlink this channel from {meeting}", "unlinked this channel from {meeting}"),
    "add host": Verb("add {hosts} to this channel's hosts", "added {hosts} to this channel's hosts"),
    "remove host": Verb("remove {hosts} from this channel's hosts", "removed {hosts} from this channel's hosts"),
    "ask a host": Verb("ask a host for help", "asked a host for help"),
    "post": Verb("share the status", "shared the status", "of"),
    "watch": Verb("turn on the live card", "turned on the live card", "for"),
    "stop watching": Verb("turn off the live card", "turned off the live card", "for"),
    "notices": Verb("set session notices to {detail}", "set session notices to {detail}", "for"),
    "let back in": Verb("let {whom} back into {meeting}", "let {whom} back into {meeting}"),
    "send attendance": Verb("get the attendance CSV", "got the attendance CSV", "for"),
}
_OUTCOMES = {
    State.OPEN: "in progress",
    State.FAILED: "failed",
    State.UNKNOWN: "not confirmed",
    State.REPORTING: "interrupted; not confirmed",
    State.INTERRUPTED: "interrupted; not confirmed",
}


def page(entries: Sequence[Entry], *, number: int, size: int, more: bool) -> Message:
    """One page of a channel's history, newest first; `number` counts from 1, `more` says whether another follows."""
    if not entries:
        return parts.message("No activity here yet." if number == 1 else "That's everything.")
    lines = [_line(entry) for entry in entries]
    return parts.card(
        lines,
        parts.section("*Activity in this channel*" + (f" · page {number}" if number > 1 or more else "")),
        *map(parts.section, lines),
        *parts.actions(
            parts.button("‹ Newer", "history.newer", {"p": number - 1, "s": size}) if number > 1 else None,
            parts.button("Older ›", "history.older", {"p": number + 1, "s": size}) if more else None,
        ),
    )


def did(entry: Entry) -> str:
    """Who did what to whom, without the meeting, in mrkdwn."""
    partly = f" ({parts.safe(entry.outcome, 80)})" if entry.state is State.PARTLY else ""
    return f"{parts.mention(entry.user_id)} {_phrase(entry, _verb(entry).past)}{partly}"


def _verb(entry: Entry) -> Verb:
    """Its verb; where keeping out worked for some only, removing is what was done for all who are named."""
    what = "kick" if entry.state is State.PARTLY and entry.what == "kick and block" else entry.what
    return VERBS.get(what) or Verb(*[parts.safe(what, 40).replace("{", "(").replace("}", ")")] * 2)


def _phrase(entry: Entry, template: str, meeting: str = "the meeting") -> str:
    """A verb with those whom it concerns."""
    whom = parts.join_names([parts.safe(name, 60) for name in entry.people], limit=6) or "someone"
    hosts = " and ".join(map(who, entry.detail.split())) or "someone"
    return template.format(whom=whom, hosts=hosts, detail=parts.safe(entry.detail, 20), meeting=meeting)


def _told(entry: Entry, verb: Verb, phrase: str) -> str:
    title = f"*{parts.safe(entry.title, 80)}*" if entry.title else ""
    after = f" {verb.to_meeting} {title}" if title and verb.to_meeting else ""
    return _phrase(entry, phrase, title or "the meeting") + after


def _line(entry: Entry) -> str:
    verb, outcome = _verb(entry), _OUTCOMES.get(entry.state)
    if entry.state is State.FAILED and " " in entry.outcome:
        outcome = parts.safe(entry.outcome, 80)  # in words, such as `1 already gone`; otherwise it's an error's name
    tried = "is trying to" if entry.state is State.OPEN else "tried to"
    told = _told(entry, verb, f"{tried} {verb.base}" if outcome else verb.past)
    if entry.detail and entry.what in ("kick", "kick and block", "poll"):
        told += f" “{parts.safe(entry.detail, 120)}”"
    partly = parts.safe(entry.outcome, 80) if entry.state is State.PARTLY else ""
    facts = [f"{parts.date_and_time(entry.at)} · {parts.mention(entry.user_id)} {told}", partly or outcome]
    return " · ".join(fact for fact in facts if fact)


def interrupted(entry: Entry) -> Message:
    """What the person who asked is told about an operation that a dying process left open."""
    verb = _verb(entry)
    return parts.message(
        f"Usher restarted while you were trying to {_told(entry, verb, verb.base)} ({parts.date_and_time(entry.at)}). "
        "I can't tell whether it worked, and I won't retry. Check the meeting, and try again if needed."
    )
