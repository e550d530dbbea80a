"""What operators are told to type to erase a person does so."""

import re
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.store.engine import Database
from bot.store.hosts import Hosts
from bot.store.journal import Journal
from bot.store.links import Links
from bot.store.places import Places
from bot.store.records import Operation
from bot.store.tables import metadata
from tests.test_documents import OPERATING

PERSON, NAME, NOW = "U0ERASEME1", "Zoë Müller", datetime(2026, 11, 24, tzinfo=UTC)


def statements(database: Database) -> list[str]:
    """The documents' SQL for this database, and for both."""
    postgres, sqlite, both = re.findall(r"```sql\n(.*?)```", OPERATING, re.DOTALL)
    own = sqlite if database.engine.dialect.name == "sqlite" else postgres
    return [one.strip() for one in (own + both).split(";") if one.strip()]


@pytest.mark.databases
async def test_the_documents_statements_leave_nothing_of_a_person_and_everything_of_others(database_url: str) -> None:
    database = Database(SecretStr(database_url))
    journal = Journal(database)
    for number, (name, by) in enumerate([(NAME, PERSON), ("Zoë Müllerin", "U0OTHER001")]):
        await journal.begin(Operation(f"kick:{number}", "kick", by, people=[name], detail=f"for {name}"), NOW)
    await journal.begin(Operation("host", "add host", "U0OTHER001", detail=f"<@{PERSON}>"), NOW)
    for person in (PERSON, "U0OTHER001"):
        await Places(database, "me").claim("m", f"slack-T1-{person}", NOW, 60)
    await Hosts(database).add("C1", [PERSON, "U0OTHER001"], PERSON, NOW)
    await Links(database).put("C1", "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01", "Standup", PERSON, NOW)
    async with database.writing() as connection:
        for statement in statements(database):
            await connection.exec_driver_sql(statement)
    left = ""
    async with database.reading() as connection:
        for table in metadata.tables.values():
            left += str((await connection.execute(select(table))).all())
    await database.close()
    assert PERSON not in left
    assert f"'{NAME}'" not in left
    assert f"for {NAME}'" not in left
    assert "Zoë Müllerin" in left
    assert left.count("U0OTHER001") == 4
