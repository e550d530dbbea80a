"""Every field of a session and of its meeting, to look up and to copy."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, DividerBlock
from slack_sdk.models.views import View

from bot.realtimekit.models import Meeting, Session
from bot.views import parts

MAX_META = 2500
MAX_ROOMS = 20


def loading() -> View:
    """The modal before the meeting was read."""
    return parts.loading("Details", "Loading…")


def modal(title: str, session: Session | None, meeting: Meeting | None) -> View:
    """What the API tells of both; either may be missing."""
    blocks: list[Block | None] = [parts.header(title)]
    if session:
        blocks += [parts.section(_lines(_session_facts(session))), *_rooms(session), *_meta(session.meta)]
    else:
        blocks.append(parts.section("No session is live right now."))
    if meeting:
        blocks += [DividerBlock(), parts.section(_lines(_meeting_facts(meeting)))]
    return parts.modal("Details", blocks)


def _session_facts(session: Session) -> Mapping[str, str]:
    status = session.status.value if session.status else None
    return {
        "Session ID": _code(session.id),
        "Meeting ID": _code(session.meeting_id),
        "App ID": _code(session.organization_id),
        "Title": parts.safe(session.title),
        "Status": parts.safe(status and status.capitalize()),
        "Type": parts.safe(session.type and session.type.replace("_", " ").capitalize()),
        "People in the meeting": _number(session.people),
        "Peak": _number(session.peak),
        "Participant minutes": _number(session.minutes),
        "Started": _time(session.started_at),
        "Created": _time(session.created_at),
        "Updated": _time(session.updated_at),
        "Ended": _time(session.ended_at),
    }


def _meeting_facts(meeting: Meeting) -> Mapping[str, str]:
    status = meeting.status.value if meeting.status else ""
    keep_alive = meeting.keep_alive_seconds
    return {
        "Meeting": parts.safe(meeting.title),
        "Joining": {"ACTIVE": "open", "INACTIVE": "locked"}.get(status, ""),
        "Records when it starts": _yes(meeting.record_on_start),
        "Livestreams when it starts": _yes(meeting.live_stream_on_start),
        "Transcribes when it ends": _yes(meeting.transcribe_on_end),
        "Summarizes when it ends": _yes(meeting.summarize_on_end),
        "Saves chat history": _yes(meeting.persist_chat),
        "Stays open when empty": f"{round(keep_alive)} seconds" if keep_alive is not None else "",
        "Meeting created": _time(meeting.created_at),
        "Meeting updated": _time(meeting.updated_at),
    }


def _lines(facts: Mapping[str, str]) -> str:
    return "\n".join(f"*{name}*: {value}" for name, value in facts.items() if value) or "No details available."


def _rooms(session: Session) -> Sequence[Block | None]:
    if not session.breakout_rooms:
        return ()
    rooms = map(Session.model_validate, session.breakout_rooms[:MAX_ROOMS])
    lines = [
        f"• {parts.safe(room.title or 'Untitled room', 80)}"
        + (f": {parts.count_people(room.people)}" if room.people is not None else "")
        for room in rooms
    ]
    if (more := len(session.breakout_rooms) - MAX_ROOMS) > 0:
        lines.append(f"and {more} more")
    return parts.sections([f"*Breakout rooms*: {len(session.breakout_rooms)}", *lines])


def _meta(meta: object) -> Sequence[Block | None]:
    if not meta:
        return ()
    text = json.dumps(meta, indent=2, ensure_ascii=False)
    # A fence in it would end ours.
    shown = parts.escape(parts.truncate(text.replace("```", "'''"), MAX_META))
    return (parts.section(f"*Meta*:\n```{shown}```"),)


def _code(text: str | None) -> str:
    shown = parts.safe((text or "").replace("`", "'"), 80)
    return f"`{shown}`" if shown else ""


def _number(number: float | None) -> str:
    return "" if number is None else f"{round(number):,}"


def _time(moment: datetime | None) -> str:
    return parts.date_and_time(moment) if moment else ""


def _yes(value: bool | None) -> str:
    return "" if value is None else ("yes" if value else "no")
