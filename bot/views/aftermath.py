"""What came of a session, as its thread shows it."""

import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretStr
from slack_sdk.models.blocks import PlainTextObject, SectionBlock

from bot.realtimekit.secrets import Recording
from bot.views import join, parts, record
from bot.views.parts import Message

MAX_SHOWN = 2800
"""Of a summary, so many characters are shown; the rest is in a file."""
TRANSCRIPT = "Transcript"
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def recorded(recording: Recording) -> Message:
    """The recording's file is there."""
    facts = " · ".join(fact for fact in (record.length(recording.seconds), record.size(recording.size)) if fact)
    return parts.message(
        "The recording is ready." + (f" {facts}" if facts else ""),
        *parts.actions(parts.button("Get link", "record.link", {"r": recording.id})),
        parts.context_block(f"Hosts can get a link. {record.KEPT}"),
    )


def recording_failed() -> Message:
    """There will be no file."""
    return parts.message("The recording failed. RealtimeKit couldn't record the session or upload the file.")


def summary(text: str, session_id: str) -> Message:
    """The AI summary to the letter, cut where it is long."""
    clean = _CONTROLS.sub("", text.replace("\r\n", "\n")).strip()
    shown = parts.truncate(clean, MAX_SHOWN)
    body = SectionBlock(text=PlainTextObject(text=shown or "–", emoji=False))
    more = parts.button("Show all", "after.summary", {"s": session_id}) if shown != clean else None
    return parts.card(
        f"AI summary: {parts.safe(clean, 150)}",
        parts.section("*AI summary*"),
        body,
        *parts.actions(more),
        parts.context_block("Written by AI, so it may be wrong."),
    )


def link_instead(kind: str, session_id: str) -> Message:
    """The file could not be shown here."""
    return parts.message(
        f"The {kind} is ready, but I couldn't post it here.",
        *parts.actions(parts.button("Get link", "after.link", {"s": session_id, "k": kind})),
        parts.context_block(f"Hosts can get a link. {record.KEPT}"),
    )


def never_came(kinds: Sequence[str]) -> Message:
    """What notes promised, and RealtimeKit doesn't have an hour later."""
    what = " or ".join("AI summary" if kind == "summary" else kind for kind in kinds)
    return parts.message(f"RealtimeKit has no {what} for this session.")


def transcript_name(title: str | None, ended_at: datetime) -> str:
    """What the file is called."""
    words = re.findall(r"\w+", (title or "meeting").lower())
    return f"transcript-{'-'.join(words)[:60]}-{ended_at:%Y-%m-%d-%H%M}.txt"


def file_link(kind: str, url: SecretStr) -> Message:
    """A fresh link, for one person alone."""
    return parts.message(
        f"Here's a link to the {kind}. Anyone who has the link can use it. It expires within 7 days.",
        *parts.actions(join.url_button(f"Open {kind}", url, style="primary")),
    )
