import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from bot.cli.journal import moment, write
from bot.store.engine import Database
from bot.store.hosts import Hosts
from bot.store.journal import AlreadyBegun, Journal
from bot.store.links import Links
from bot.store.records import Entry, Operation, State
from bot.store.tables import journal as table

pytestmark = pytest.mark.databases
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(SecretStr(database_url))
    yield made
    await made.close()


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database)


def kick(intent: str, **more: str) -> Operation:
    return Operation(
        intent, "kick", "U1", channel_id="C1", meeting_id="m", title="T", people=("Ada",), detail="loud", **more
    )


async def left_behind(database: Database, *ids: str) -> None:
    """As if the process had died a minute ago."""
    async with database.writing() as connection:
        await connection.execute(update(table).where(table.c.id.in_(ids)).values(beat=table.c.beat - 60))


async def test_an_intent_is_taken_once_by_whoever_comes_first(journal: Journal, database_url: str) -> None:
    databases = [Database(SecretStr(database_url)) for _ in range(3)]
    tries = (Journal(databases[number % 3]).begin(kick("same"), NOW) for number in range(12))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyBegun) for outcome in outcomes) == 11
    for other in databases:
        await other.close()


async def test_an_intent_that_failed_may_come_again_and_one_that_may_have_worked_may_not(journal: Journal) -> None:
    await journal.finish(await journal.begin(kick("a"), NOW), State.FAILED, "no")
    await journal.finish(await journal.begin(kick("a"), NOW), State.UNKNOWN, "perhaps")
    with pytest.raises(AlreadyBegun):
        await journal.begin(kick("a"), NOW)


async def test_what_was_written_comes_back_as_it_was(journal: Journal) -> None:
    entry_id = await journal.begin(kick("a", response_url="https://hooks.example/x"), NOW)
    await journal.finish(entry_id, State.DONE, "1 removed")
    (entry,) = await journal.page("C1", offset=0, limit=10)
    assert entry == Entry(entry_id, "kick", "U1", "C1", "m", "T", ("Ada",), "loud", State.DONE, "1 removed", NOW)


async def test_a_deed_left_open_is_handed_to_one_process_and_kept_from_those_that_live(
    journal: Journal, database: Database, database_url: str
) -> None:
    dead = await journal.begin(kick("dead"), NOW)
    alive = await journal.begin(kick("alive"), NOW)
    await left_behind(database, dead, alive)
    await journal.beat(alive)
    others = [Database(SecretStr(database_url)) for _ in range(2)]
    found = await asyncio.gather(journal.claim_abandoned(), *(Journal(other).claim_abandoned() for other in others))
    assert [entry.id for entries in found for entry in entries] == [dead]
    for other in others:
        await other.close()


async def test_what_this_process_is_working_on_is_not_taken_from_it(journal: Journal, database: Database) -> None:
    mine = await journal.begin(kick("mine"), NOW)
    await left_behind(database, mine)
    assert await journal.claim_abandoned(but={mine}) == []


async def test_whoever_takes_over_and_dies_leaves_it_to_the_next(journal: Journal, database: Database) -> None:
    dead = await journal.begin(kick("dead"), NOW)
    await left_behind(database, dead)
    assert [entry.id for entry in await journal.claim_abandoned()] == [dead]
    assert await journal.claim_abandoned() == []
    await left_behind(database, dead)
    assert [entry.id for entry in await journal.claim_abandoned()] == [dead]


async def test_an_outcome_that_is_known_is_not_overwritten(journal: Journal) -> None:
    entry_id = await journal.begin(kick("a"), NOW)
    await journal.finish(entry_id, State.DONE, "1 removed")
    await journal.finish(entry_id, State.INTERRUPTED, "no")
    (entry,) = await journal.page("C1", offset=0, limit=1)
    assert (entry.state, entry.outcome) == (State.DONE, "1 removed")


async def test_names_and_reasons_leave_the_journal_when_they_are_old(journal: Journal) -> None:
    old = await journal.begin(kick("old"), NOW - timedelta(days=91))
    new = await journal.begin(kick("new"), NOW - timedelta(days=89))
    assert await journal.redact_people(NOW, 90) == 1
    assert await journal.redact_people(NOW, 90) == 0
    entries = {entry.id: entry for entry in await journal.page("C1", offset=0, limit=10)}
    assert (entries[old].people, entries[old].detail, entries[old].what) == ((), "", "kick")
    assert (entries[new].people, entries[new].detail) == (("Ada",), "loud")


async def test_links_and_hosts_may_be_written_by_many_at_once(database: Database) -> None:
    links, hosts = Links(database), Hosts(database)
    await asyncio.gather(*(links.put("C1", f"m{number}", None, "U1", NOW) for number in range(5)))
    await asyncio.gather(*(hosts.add("C1", ["U1", "U2"], "U9", NOW) for _ in range(5)))
    link = await links.of("C1")
    assert link
    assert link.at == NOW
    assert await hosts.of("C1") == ("U1", "U2")


def written(entries: list[Entry], form: Literal["csv", "jsonl"]) -> list[str]:
    file = io.StringIO()
    write(entries, form, file)
    return file.getvalue().splitlines()


async def test_the_export_holds_what_was_done_and_no_formula(journal: Journal) -> None:
    operation = Operation("x", "kick", "U1", people=('=HYPERLINK("https://evil")', "Ada, the first"), detail="@SUM(A1)")
    await journal.begin(operation, NOW)
    entries = [entry async for entry in journal.since(NOW - timedelta(days=1))]
    head, row = written(entries, "csv")
    assert head.startswith("at,user_id,channel_id,what")
    assert "'=HYPERLINK" in row
    assert "'@SUM" in row
    (line,) = written(entries, "jsonl")
    assert '"people": ["=HYPERLINK(\\"https://evil\\")", "Ada, the first"]' in line
    assert [entry async for entry in journal.since(NOW + timedelta(days=1))] == []


def test_days_and_moments_are_read_in_utc() -> None:
    assert moment("2026-11-01") == datetime(2026, 11, 1, tzinfo=UTC)
    assert moment("2026-11-01T10:00+02:00") == datetime(2026, 11, 1, 8, tzinfo=UTC)
    with pytest.raises(ValueError, match="lately"):
        moment("lately")
