"""The schema's history, from empty and from each revision, on both databases."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, text

from bot.store.engine import HEAD, Database, upgrade
from bot.store.errors import BadRevision
from bot.store.migrations import config
from bot.store.tables import metadata
from tests.databases import postgres

LINK = text("INSERT INTO links (channel_id, meeting_id, \"by\", \"at\") VALUES ('C1', 'm', 'U1', current_timestamp)")


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    name = postgres().empty()
    yield postgres().url(name)
    postgres().drop(name)


def revisions() -> list[str]:
    """All revisions, oldest first."""
    folder = ScriptDirectory(str(Path(__file__).parent.parent.parent / "bot/store/migrations"))
    return [script.revision for script in folder.walk_revisions()][::-1]


def test_the_newest_revision_is_the_one_that_the_engine_knows() -> None:
    assert revisions()[-1] == HEAD
    assert revisions() == sorted(revisions())


async def test_from_empty_the_schema_becomes_what_the_tables_say(empty_url: str) -> None:
    database = Database(SecretStr(empty_url))
    await database.migrate()
    assert await database.revision() == HEAD

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


@pytest.mark.parametrize("revision", revisions())
async def test_data_survives_the_way_up_from_each_revision(empty_url: str, revision: str) -> None:
    database = Database(SecretStr(empty_url))
    async with database.writing() as connection:
        await connection.run_sync(upgrade, revision)
        await connection.execute(LINK)
    await database.migrate()
    async with database.reading() as connection:
        count = (await connection.execute(text("SELECT count(*) FROM links"))).scalar_one()
    assert count == 1
    assert await database.answers()
    await database.close()


async def test_down_and_up_again_gives_the_same_schema(empty_url: str) -> None:
    database = Database(SecretStr(empty_url))
    await database.migrate()
    async with database.writing() as connection:
        await connection.run_sync(lambda sync: command.downgrade(config(sync), "base"))
    await database.migrate()
    assert await database.answers()
    await database.close()


async def test_two_that_start_at_once_migrate_once(empty_url: str) -> None:
    databases = [Database(SecretStr(empty_url)) for _ in range(4)]
    await asyncio.gather(*(database.migrate() for database in databases))
    assert all([await database.answers() for database in databases])
    for database in databases:
        await database.close()


async def test_the_schema_can_be_taken_back_for_an_older_usher_and_links_stay(empty_url: str) -> None:
    database = Database(SecretStr(empty_url))
    await database.migrate()
    async with database.writing() as connection:
        await connection.execute(LINK)
    await database.downgrade("0001")
    assert await database.revision() == "0001"
    await database.migrate()
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM links"))).scalar_one() == 1
    await database.close()


@pytest.mark.parametrize("revision", ["base", "-1", "9999", "0000", "", "head"])
async def test_a_revision_that_is_none_is_refused_and_changes_nothing(tmp_path: Path, revision: str) -> None:
    database = Database(SecretStr(f"sqlite:///{tmp_path}/usher.db"))
    await database.migrate()
    with pytest.raises(BadRevision):
        await database.downgrade(revision)
    assert await database.answers()
    await database.close()
