"""`python -m bot journal`: the journal as CSV or JSON lines, for operators."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Literal

from bot.store.records import Entry

FIELDS = ("at", "user_id", "channel_id", "what", "meeting_id", "title", "people", "detail", "state", "outcome")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
        yield _csv(FIELDS)
    for entry in entries:
        values = {
            field: "; ".join(entry.people) if field == "people" else str(getattr(entry, field) or "")
            for field in FIELDS
        } | {"at": entry.at.isoformat(), "state": entry.state.value}
        if form == "csv":
            yield _csv(_harmless(values[field]) for field in FIELDS)
        else:
            yield json.dumps(values | {"people": list(entry.people)}, ensure_ascii=False)


def _harmless(text: str) -> str:
    """Text that a spreadsheet does not take for a formula: names come from outside."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(row: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(row)
    return line.getvalue()
