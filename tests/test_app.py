"""What a start opens is closed, wherever it fails."""

import gc

import aiohttp
import pytest
import sqlalchemy

from bot.app import running
from bot.live.timing import Intervals
from bot.settings import Settings, load
from bot.store.errors import StoreError
from sandbox.stage import environment


@pytest.fixture
def settings(database_url: str) -> Settings:
    nowhere = "http://127.0.0.1:9"
    return load(**environment(nowhere, nowhere) | {"database_url": database_url})


def opened() -> list[aiohttp.ClientSession]:
    """The sessions that are open. A database that is left open fails the test on its own: by aiosqlite's warning."""
    return [one for one in gc.get_objects() if isinstance(one, aiohttp.ClientSession) and not one.closed]


async def start(settings: Settings) -> None:
    async with running(settings, Intervals()):
        raise RuntimeError("a bug")


async def test_a_start_that_fails_halfway_closes_what_it_opened(settings: Settings) -> None:
    before = opened()
    del settings.__dict__["realtimekit_meeting_id"]  # read after all connections were opened
    with pytest.raises(AttributeError, match="realtimekit_meeting_id"):
        await start(settings)
    assert opened() == before


async def test_a_start_on_the_database_of_a_newer_usher_closes_it(settings: Settings, database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = opened()
    with pytest.raises(StoreError):
        await start(settings)
    assert opened() == before


async def test_what_fails_while_it_runs_is_raised_and_everything_is_closed(settings: Settings) -> None:
    before = opened()
    with pytest.raises(RuntimeError, match="a bug"):
        await start(settings)
    assert opened() == before
