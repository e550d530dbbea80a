"""Who was there: for people, and as a file for spreadsheets."""

from collections.abc import Sequence
from datetime import UTC, datetime

from slack_sdk.models.blocks import Block

from bot.realtimekit.attendance import Attended
from bot.realtimekit.models import Session
from bot.spreadsheet import csv_line
from bot.views.parts import (
    TEXT_MOST,
    Message,
    actions,
    button,
    clean,
    clock,
    counted,
    cut,
    day,
    name_of,
    packed,
    paragraphs,
    people,
    role_of,
    safe,
    section,
    small,
    title_of,
)

SHOWN = 30
"""People in one message; the file holds all."""
FIELDS = ("name", "role", "id", "first joined (UTC)", "last left (UTC)", "minutes", "devices")


def report(
    session: Session, meeting_id: str, everyone: Sequence[Attended], *, offers_file: bool, over: bool
) -> Message:
    """Who was there, who came first first.

    Args:
        offers_file: a button that sends the file; else it comes with the message.
        over: whether the session has ended.
    """
    title = safe(title_of(session.title, meeting_id))
    lead = f"*Attendance of {title}* · {people(len(everyone))}" + ("" if over else " so far")
    if session.started_at:
        until = f" to {clock(session.ended_at)}" if session.ended_at else ""
        lead += f" · {day(session.started_at)}{until}"
    lines = [_line(one) for one in everyone[:SHOWN]]
    blocks: list[Block] = [section(lead), *(paragraphs(lines) if lines else [])]
    if (more := len(everyone) - SHOWN) > 0:
        where = "the file below has them all" if offers_file else "a file with all of them follows"
        blocks.append(small(f"and {more:,} more: {where}."))
    if offers_file and everyone:
        value = packed({"m": meeting_id, "s": session.id}) or ""
        blocks += actions(button("Send me the file (CSV)", "attendance.file", value))
    return Message(cut("\n".join([lead, *lines]), TEXT_MOST), blocks)


def _line(one: Attended) -> str:
    facts = [f"• {safe(name_of(one.person), 60)}"]
    if one.joined_at:
        facts.append(f"{clock(one.joined_at)} – {clock(one.left_at) if one.left_at else 'still in'}")
    facts.append(_minutes(one.minutes))
    if one.devices > 1:
        facts.append(counted(one.devices, "connection"))
    return " · ".join(facts)


def _minutes(minutes: float) -> str:
    return "under a minute" if minutes < 1 else counted(int(minutes), "minute")


def file_name(session: Session, meeting_id: str) -> str:
    """What the file is called."""
    words = "".join(letter if letter.isalnum() else "-" for letter in title_of(session.title, meeting_id).lower())
    started = f"-{session.started_at:%Y-%m-%d-%H%M}" if session.started_at else ""
    return f"attendance-{'-'.join(word for word in words.split('-') if word)[:60]}{started}.csv"


def csv_file(everyone: Sequence[Attended]) -> bytes:
    """Everyone as CSV in UTF-8, with the mark by which Excel knows that."""
    lines = [csv_line(FIELDS)]
    for one in everyone:
        person = one.person
        lines.append(
            csv_line(
                (
                    clean(name_of(person)),
                    role_of(person.preset),
                    clean(person.custom_id or person.user_id or ""),
                    _stamp(one.joined_at),
                    _stamp(one.left_at),
                    f"{one.minutes:.1f}",
                    str(one.devices),
                )
            )
        )
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _stamp(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else ""


def sent(name: str) -> Message:
    """The file is on its way."""
    line = f"{safe(name, 150)} is in your direct messages with Usher."
    return Message(line, [section(line)])


def no_file() -> Message:
    """Slack did not take the file that was to follow."""
    line = "Slack did not take the file. `/session attendance` sends it to a host."
    return Message(line, [section(line)])
