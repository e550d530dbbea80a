"""Who was there: for people, and as a file for spreadsheets."""

import io
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from slack_sdk.models.blocks import ButtonElement

from bot.realtimekit.attendance import Attended
from bot.realtimekit.models import Session
from bot.sanitize import literal
from bot.views import parts
from bot.views.parts import Message
from bot.views.spreadsheet import write_csv

MAX_SHOWN = 30
"""People in one message; the file holds all."""
FIELDS = ("name", "name in Slack", "role", "id", "first joined (UTC)", "last left (UTC)", "minutes", "devices")


def count_known(people: int, missing: int) -> str:
    """`at least 200 people`, where the API counts more than it lists."""
    return ("at least " if missing else "") + parts.count_people(people)


def counts(
    session: Session, meeting_id: str, everyone: Sequence[Attended], presets: Collection[str], count: str
) -> Message:
    """How many were there, and who hosted, for a channel; who else was there is told to hosts alone.

    Args:
        presets: of hosts in meetings.
        count: how many, in words.
    """
    lead = _lead(session, meeting_id, count)
    hosts = [one.person for one in everyone if one.person.preset in presets]
    hosted = f"Hosted by {parts.names_of(hosts, 6)}." if hosts else ""
    return parts.card(
        [lead, hosted],
        parts.section(lead),
        parts.context_block(hosted),
        *parts.actions(_file_button(session, meeting_id) if session.id else None),
    )


def report(
    session: Session, meeting_id: str, everyone: Sequence[Attended], names: Mapping[str, str], count: str
) -> Message:
    """Who was there, by arrival, for a host.

    Args:
        names: what people are called in Slack, by custom id.
        count: how many, in words.
    """
    lead = _lead(session, meeting_id, count)
    lines, more = [_line(one, names) for one in everyone[:MAX_SHOWN]], len(everyone) - MAX_SHOWN
    return parts.card(
        [lead, *lines],
        parts.section(lead),
        *(parts.sections(lines) if lines else []),
        parts.context_block(f"and {more:,} more in the CSV." if more > 0 else ""),
        *parts.actions(_file_button(session, meeting_id) if everyone else None),
    )


def _file_button(session: Session, meeting_id: str) -> ButtonElement | None:
    return parts.button("Send me the CSV", "attendance.file", {"m": meeting_id, "s": session.id})


def _lead(session: Session, meeting_id: str, count: str) -> str:
    title = parts.safe(parts.display_title(session.title, meeting_id))
    lead = f"*Attendance: {title}* · {count}"
    if session.started_at:
        until = f" to {parts.time_of_day(session.ended_at)}" if session.ended_at else ""
        lead += f" · {parts.date_and_time(session.started_at)}{until}"
    return lead


def _line(one: Attended, names: Mapping[str, str]) -> str:
    called = names.get(one.person.custom_id or "", "")
    also = f" ({parts.safe(literal(called), 60)} in Slack)" if called and called != one.person.name else ""
    facts = [f"• {parts.safe(parts.display_name(one.person), 60)}{also}"]
    if one.joined_at:
        left = parts.time_of_day(one.left_at) if one.left_at else "now"
        facts.append(f"{parts.time_of_day(one.joined_at)} – {left}")
    facts.append(_minutes(one.minutes))
    if one.devices > 1:
        facts.append(f"joined {one.devices} times")
    return " · ".join(facts)


def _minutes(minutes: float) -> str:
    return "under a minute" if minutes < 1 else parts.count_of(int(minutes), "minute")


def file_name(session: Session, meeting_id: str) -> str:
    """What the file is called."""
    title = parts.display_title(session.title, meeting_id).lower()
    words = "".join(letter if letter.isalnum() else "-" for letter in title)
    started = f"-{session.started_at:%Y-%m-%d-%H%M}" if session.started_at else ""
    return f"attendance-{'-'.join(word for word in words.split('-') if word)[:60]}{started}.csv"


def csv_file(everyone: Sequence[Attended], names: Mapping[str, str]) -> bytes:
    """Everyone as CSV in UTF-8, with the byte order mark by which Excel recognizes it; names in Slack by custom id."""
    file = io.StringIO("\ufeff")
    file.seek(0, io.SEEK_END)
    write_csv(file, [FIELDS, *(_row(one, names) for one in everyone)], line_end="\r\n")
    return file.getvalue().encode()


def _row(one: Attended, names: Mapping[str, str]) -> tuple[str, ...]:
    person = one.person
    return (
        parts.single_line(person.name or "") or parts.display_name(person),
        parts.single_line(names.get(person.custom_id or "", "")),
        parts.role_name(person.preset),
        parts.single_line(person.custom_id or person.user_id or ""),
        _stamp(one.joined_at),
        _stamp(one.left_at),
        f"{one.minutes:.1f}",
        str(one.devices),
    )


def _stamp(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else ""
