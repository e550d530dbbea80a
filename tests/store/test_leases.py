"""Which process updates a meeting next, also where one dies."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.store.engine import Database
from bot.store.leases import Leases
from bot.store.records import Release

pytestmark = pytest.mark.databases
FAR = Release(pause=0.0, due=1000.0, quiet=3, spent=(), retry=False)
"""Nothing happens in the meeting: it is looked at in a quarter of an hour."""


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[tuple[Leases, Leases]]:
    databases = [Database(SecretStr(database_url)) for _ in "12"]
    yield Leases(databases[0], "1-one"), Leases(databases[1], "2-other")
    for database in databases:
        await database.close()


async def test_what_a_process_took_a_meeting_for_waits_no_longer_than_its_lease_if_it_dies(
    two: tuple[Leases, Leases],
) -> None:
    one, other = two
    await one.mark_dirty("m")
    lease = await one.claim(25)
    assert lease
    await one.release(lease, FAR)
    assert await other.claim(25) is None
    await one.mark_dirty("m")
    assert await one.claim(0)  # and now it dies: the lease of no seconds ended at once
    assert await other.claim(25)


async def test_no_process_takes_a_meeting_that_another_updates(two: tuple[Leases, Leases]) -> None:
    one, other = two
    await one.mark_dirty("m")
    assert await one.claim(25)
    assert await other.claim(25) is None
    assert await other.acquire(25, "m") is None


async def test_what_happens_during_an_update_is_looked_at_after_it(two: tuple[Leases, Leases]) -> None:
    one, other = two
    await one.mark_dirty("m")
    lease = await one.claim(25)
    assert lease
    await other.mark_dirty("m")
    await one.release(lease, FAR)
    assert await other.claim(25)
