"""`python -m bot journal`: the journal as CSV or JSON lines, for operators."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Literal

from bot.spreadsheet import csv_line
from bot.store.records import Entry

FIELDS = ("at", "user_id", "channel_id", "what", "meeting_id", "title", "people", "detail", "state", "outcome")


def moment(text: str) -> datetime:
    """A day or a moment that was typed, in UTC where no zone is given. Raises ValueError."""
    parsed = (
        datetime.fromisoformat(text)
        if "T" in text or " " in text
        else datetime.combine(date.fromisoformat(text), datetime.min.time())
    )
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def lines(entries: Iterable[Entry], form: Literal["csv", "jsonl"]) -> Iterator[str]:
    """The entries as text, a line each."""
    if form == "csv":
        yield csv_line(FIELDS)
    for entry in entries:
        values = {
            field: "; ".join(entry.people) if field == "people" else str(getattr(entry, field) or "")
            for field in FIELDS
        } | {"at": entry.at.isoformat(), "state": entry.state.value}
        if form == "csv":
            yield csv_line(values[field] for field in FIELDS)
        else:
            yield json.dumps(values | {"people": list(entry.people)}, ensure_ascii=False)
