"""Who was there: for people, and as a file for spreadsheets."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.realtimekit.attendance import Attended
from bot.realtimekit.models import Session
from bot.views import parts
from bot.views.parts import Message
from bot.views.spreadsheet import write_csv

MAX_SHOWN = 30
"""People in one message; the file holds all."""
FIELDS = ("name", "role", "id", "first joined (UTC)", "last left (UTC)", "minutes", "devices")


def report(
    session: Session, meeting_id: str, everyone: Sequence[Attended], *, offers_file: bool, over: bool
) -> Message:
    """Who was there, by arrival. Without a button for the file, the file follows. `over`: the session has ended."""
    title = parts.safe(parts.display_title(session.title, meeting_id))
    lead = f"*Attendance of {title}* · {parts.count_people(len(everyone))}" + ("" if over else " so far")
    if session.started_at:
        until = f" to {parts.time_of_day(session.ended_at)}" if session.ended_at else ""
        lead += f" · {parts.date_and_time(session.started_at)}{until}"
    lines, more = [_line(one) for one in everyone[:MAX_SHOWN]], len(everyone) - MAX_SHOWN
    where = "the file below has them all" if offers_file else "a file with all of them follows"
    file = parts.button("Send me the file (CSV)", "attendance.file", {"m": meeting_id, "s": session.id})
    return parts.card(
        [lead, *lines],
        parts.section(lead),
        *(parts.sections(lines) if lines else []),
        parts.context_block(f"and {more:,} more: {where}." if more > 0 else ""),
        *parts.actions(file if offers_file and everyone else None),
    )


def _line(one: Attended) -> str:
    facts = [f"• {parts.safe(parts.display_name(one.person), 60)}"]
    if one.joined_at:
        left = parts.time_of_day(one.left_at) if one.left_at else "still in"
        facts.append(f"{parts.time_of_day(one.joined_at)} – {left}")
    facts.append(_minutes(one.minutes))
    if one.devices > 1:
        facts.append(parts.count_of(one.devices, "connection"))
    return " · ".join(facts)


def _minutes(minutes: float) -> str:
    return "under a minute" if minutes < 1 else parts.count_of(int(minutes), "minute")


def file_name(session: Session, meeting_id: str) -> str:
    """What the file is called."""
    title = parts.display_title(session.title, meeting_id).lower()
    words = "".join(letter if letter.isalnum() else "-" for letter in title)
    started = f"-{session.started_at:%Y-%m-%d-%H%M}" if session.started_at else ""
    return f"attendance-{'-'.join(word for word in words.split('-') if word)[:60]}{started}.csv"


def csv_file(everyone: Sequence[Attended]) -> bytes:
    """Everyone as CSV in UTF-8, with the byte order mark by which Excel recognizes it."""
    file = io.StringIO("\ufeff")
    file.seek(0, io.SEEK_END)
    write_csv(file, [FIELDS, *map(_row, everyone)], line_end="\r\n")
    return file.getvalue().encode()


def _row(one: Attended) -> tuple[str, ...]:
    person = one.person
    return (
        parts.single_line(parts.display_name(person)),
        parts.role_name(person.preset),
        parts.single_line(person.custom_id or person.user_id or ""),
        _stamp(one.joined_at),
        _stamp(one.left_at),
        f"{one.minutes:.1f}",
        str(one.devices),
    )


def _stamp(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else ""


def sent(name: str) -> Message:
    """The file is on its way."""
    return parts.message(f"{parts.safe(name, 150)} is in your direct messages with Usher.")


def no_file() -> Message:
    """Slack did not take the file that was to follow."""
    return parts.message("Slack did not take the file. `/session attendance` sends it to a host.")
