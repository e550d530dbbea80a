"""`python -m bot journal`: the journal as CSV or JSON lines."""

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Literal, TextIO

from bot.cli import BAD_SETTINGS
from bot.settings import StoreSettings
from bot.store.engine import Database, close_quietly
from bot.store.errors import Unreachable
from bot.store.journal import Journal
from bot.store.records import Entry
from bot.views.spreadsheet import write_csv

FIELDS = ("at", "user_id", "channel_id", "what", "meeting_id", "title", "people", "detail", "state", "outcome")


def run(chosen: Namespace, settings: StoreSettings) -> int:
    """Print the operations since a moment. Raises `StoreError`."""
    try:
        since = moment(chosen.since)
    except ValueError as error:
        print(f"--since must be a date such as 2026-11-01 ({error})", file=sys.stderr)
        return BAD_SETTINGS
    write(asyncio.run(_read(settings, since)), chosen.format, sys.stdout)
    return 0


async def _read(settings: StoreSettings, since: datetime) -> list[Entry]:
    database = Database(settings.database_url)
    if database.is_missing:
        raise Unreachable(database.where, "that file doesn't exist")
    try:
        return [entry async for entry in Journal(database).since(since)]
    finally:
        await close_quietly(database)


def moment(text: str) -> datetime:
    """A day or a moment that was typed, in UTC if no zone is given. Raises `ValueError`."""
    parsed = (
        datetime.fromisoformat(text)
        if "T" in text or " " in text
        else datetime.combine(date.fromisoformat(text), datetime.min.time())
    )
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def write(entries: Iterable[Entry], form: Literal["csv", "jsonl"], out: TextIO) -> None:
    """Write the entries, a line each."""
    if form == "csv":
        write_csv(out, [FIELDS, *(_values(entry).values() for entry in entries)])
        return
    out.writelines(
        json.dumps(_values(entry) | {"people": list(entry.people)}, ensure_ascii=False) + "\n" for entry in entries
    )


def _values(entry: Entry) -> dict[str, str]:
    values = {field: str(getattr(entry, field) or "") for field in FIELDS}
    return values | {"at": entry.at.isoformat(), "people": "; ".join(entry.people), "state": entry.state.value}
