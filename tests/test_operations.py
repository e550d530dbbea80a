"""Operations, with the real journal: what is cut off, and what an outage of the database is followed by."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import event, select, text

from bot.background import Background
from bot.operations import SWEEPS_SKIPPED, Operations
from bot.store.engine import Database
from bot.store.journal import Journal
from bot.store.records import CardKind, Entry, Operation, State
from bot.store.tables import cards
from bot.web import USHER
from sandbox.world import now
from tests.scene import Actor, Scene

OPERATION = Operation("intent", "kick", "U1", channel_id="C1")


async def forget_nothing(now: datetime) -> None: ...


async def nobody_listens(operation: Operation, state: State) -> None:
    """Do nothing."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(SecretStr(database_url))
    yield made
    await made.close()


def operations_on(database: Database, background: Background) -> Operations:
    return Operations(Journal(database), lambda: datetime.now(UTC), background, nobody_listens)


async def test_an_operation_that_is_cut_off_stays_open_until_somebody_reports_it(database: Database) -> None:
    background, begun = Background(), asyncio.Event()
    operations = operations_on(database, background)

    async def act() -> None:
        async with operations.once(OPERATION):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(act())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (entry,) = await Journal(database).page("C1", offset=0, limit=9)
    assert entry.state is State.OPEN
    await background.drain(1)


class Paced(Background):
    """Its pauses take no time; `then` hears of each, by its number."""

    def __init__(self, then: Callable[[int], Awaitable[None]]) -> None:
        super().__init__()
        self._then, self._pauses = then, 0

    async def pause(self, seconds: float) -> None:
        self._pauses += 1
        await self._then(self._pauses)


async def test_after_an_outage_of_the_database_nobody_is_declared_dead_for_some_sweeps(database: Database) -> None:
    swept: list[str] = []

    def see(connection: object, cursor: object, statement: str, *_: object) -> None:
        swept.extend(["a sweep"] if "FROM journal" in statement and "beat <" in statement else [])

    async def rename(old: str, new: str) -> None:
        async with database.writing() as connection:
            await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    async def then(pauses: int) -> None:
        if pauses == 1:
            await rename("gone", "journal")
            swept.clear()
        if pauses == SWEEPS_SKIPPED + 1:
            assert swept == []
        if pauses == SWEEPS_SKIPPED + 2:
            background.stop()

    async def tell(entry: Entry) -> None:
        raise AssertionError("nobody died")

    background = Paced(then)
    await rename("journal", "gone")
    event.listen(database.engine.sync_engine, "before_cursor_execute", see)
    await operations_on(database, background).keep_house(tell, forget_nothing)
    assert swept == ["a sweep"]


async def test_what_is_over_is_kept_for_thirty_days(alice: Actor, scene: Scene) -> None:
    usher = scene.on.bot[USHER]
    await alice.types("/session use weekly")
    for days in (31, 29):
        at = now() - timedelta(days=days)
        card = await usher.store.cards.begin("C0GENERAL1", "m1", f"s{days}", CardKind.CARD, title=None, at=at)
        assert card
        await usher.store.cards.finish([card])
    await usher.store.forget_old(now(), 90, None)
    async with usher.store.database.reading() as connection:
        kept = (await connection.execute(select(cards.c.session_id))).scalars().all()
    assert kept == ["s29"]
