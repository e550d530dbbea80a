"""The connection to the database: its URL in all the forms that hosts give it, its schema, its failures."""

import asyncio
import contextlib
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import aiosqlite
from aiosqlite.context import contextmanager
from pydantic import SecretStr
from sqlalchemy import Connection, Executable, Row, Select, Table, delete, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

from bot.store.errors import BadRevision, NewerSchema, Unreachable
from bot.store.tables import calls
from bot.store.url import DATABASE_TIMEOUT, parse_url

HEAD = "0006"
"""The newest revision in `migrations/versions`; known here, so that most starts need not load Alembic."""
MIGRATION_LOCK = 7483648
_FAILURES = (DBAPIError, PoolTimeout, OSError, TimeoutError, sqlite3.Error)


def _failures() -> tuple[type[BaseException], ...]:
    """What a driver that is loaded may raise; the other one costs memory and time for nothing."""
    loaded = sys.modules.get("asyncpg")
    return (*_FAILURES, loaded.PostgresError, loaded.InterfaceError) if loaded else _FAILURES


class Database:
    """An engine, and reads and writes that fail in one way.

    Args:
        raw: `DATABASE_URL`.
        timing: around whatever is asked of the database, for whoever measures.
    """

    def __init__(
        self, raw: SecretStr, timing: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    ) -> None:
        self._timing = timing
        url, arguments, pool = parse_url(raw.get_secret_value())
        self.where = url.host or str(url.query.get("host", "")) or str(url.database)
        self._lite = url.drivername.startswith("sqlite")
        self._threads: set[threading.Thread] = set()
        self._turn = asyncio.Lock()
        if self._lite:
            arguments["async_creator_fn"] = self._connect_sqlite
        self.engine: AsyncEngine = create_async_engine(
            url,
            connect_args=arguments,
            pool_pre_ping=not self._lite,  # a file is not lost as a server is
            pool_timeout=DATABASE_TIMEOUT,
            hide_parameters=True,
            **pool,
        )
        if self._lite:
            event.listen(self.engine.sync_engine, "connect", _set_up_sqlite)

    @property
    def is_missing(self) -> bool:
        """Whether this is a SQLite file that is not there; to connect would make one."""
        name = self.engine.url.database or ""
        return self._lite and not name.startswith("file:") and not Path(name).exists()

    async def close(self) -> None:
        """Close the connections."""
        await self.engine.dispose()
        # A connection that failed or was cut off ends in its own time, and reports to a loop that must still be open.
        for thread in self._threads:
            if thread.is_alive():
                await asyncio.to_thread(thread.join, DATABASE_TIMEOUT)

    def _connect_sqlite(self, *where: Any, **how: Any) -> aiosqlite.Connection:
        connection = _SQLiteConnection(partial(sqlite3.connect, *where, **how), iter_chunk_size=64)
        connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does where it connects itself
        self._threads = {thread for thread in self._threads if thread.is_alive()} | {connection._thread}  # noqa: SLF001
        return connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with. Raises `Unreachable`."""
        async with self._guarded(), self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, begin: bool = True) -> AsyncIterator[AsyncConnection]:
        """A transaction to write in, committed on leaving. Raises `Unreachable`, `IntegrityError`.

        Args:
            begin: not for a single statement: in SQLite it is a transaction of its own, which needs no turn.
        """
        committing, begin = False, begin and self._lite
        try:
            async with self._guarded(), self._in_turn(wait=begin), self.engine.begin() as connection:
                if begin:  # with the lock: a read that turns into a write could not wait for it
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                # From here on a lost connection says nothing of the commit; SQLite has none to lose.
                committing = not self._lite
        except Unreachable as error:
            error.may_have_happened = committing
            raise

    @asynccontextmanager
    async def _in_turn(self, *, wait: bool) -> AsyncIterator[None]:
        """SQLite lets one write at a time, and whoever finds it busy sleeps and may starve: ours queue up instead."""
        async with contextlib.AsyncExitStack() as stack:
            if wait:
                async with asyncio.timeout(DATABASE_TIMEOUT):
                    await stack.enter_async_context(self._turn)
            yield

    @asynccontextmanager
    async def _guarded(self) -> AsyncIterator[None]:
        try:
            with self._timing():
                yield
        except IntegrityError:
            raise
        except _failures() as error:
            raise Unreachable(self.where, _cause(error)) from None

    async def rows(self, query: Select[Any], **parameters: Any) -> Sequence[Row[Any]]:
        """The rows of a query. Raises `Unreachable`."""
        async with self.reading() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query, parameters)).all()
            return rows

    async def run(self, *statements: Executable, **parameters: Any) -> int:
        """Run statements in one transaction; the rows that the first one changed. Raises `Unreachable`.

        Args:
            parameters: of the first one. What runs with each command is built once, and given these: to build it anew
                costs as much as to run it.
        """
        async with self.writing(begin=len(statements) > 1) as connection:
            changed = (await connection.execute(statements[0], parameters)).rowcount
            for statement in statements[1:]:
                await connection.execute(statement)
        return changed

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An insert that knows `ON CONFLICT`, which both databases spell alike."""
        # Only the dialect that is used is loaded: the other one costs 3 MiB.
        if self._lite:
            from sqlalchemy.dialects import sqlite  # noqa: PLC0415

            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)

    async def lock(self, connection: AsyncConnection, number: int) -> None:
        """Hold a lock until the transaction ends; SQLite lets one write at a time anyway."""
        if not self._lite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})

    async def answers(self) -> bool:
        """Whether the database answers, has our schema and can be written to."""
        try:
            await self.run(delete(calls).where(calls.c.slot < 0))  # there are none, but a read-only database refuses
            return await self.revision() == HEAD
        except Unreachable:
            return False

    async def revision(self) -> str | None:
        """The schema's revision; None where there is none yet. Raises `Unreachable`."""
        async with self.reading() as connection:
            if not await connection.run_sync(lambda sync: sync.dialect.has_table(sync, "alembic_version")):
                return None
            return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()

    async def migrate(self) -> None:
        """Bring the schema up to date; processes that start at once do it once. Raises `Unreachable`, `NewerSchema`."""
        found = await self._revision_at_start()
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise NewerSchema(self.where, found)
        async with self.writing() as connection:
            await self.lock(connection, MIGRATION_LOCK)
            await connection.run_sync(upgrade)

    async def _revision_at_start(self) -> str | None:
        """The revision; a SQLite file that another process makes right now is locked without a way to wait for it."""
        until = time.monotonic() + DATABASE_TIMEOUT
        while True:
            try:
                return await self.revision()
            except Unreachable as error:
                if not self._lite or "locked" not in error.cause or time.monotonic() > until:
                    raise
            await asyncio.sleep(0.02)

    async def downgrade(self, revision: str) -> None:
        """Take the schema back to an older revision, before an older Usher starts; what only newer ones know is lost.

        Raises:
            Unreachable: the database does not answer.
            BadRevision: it has no such revision behind it.
        """
        from alembic.util import CommandError  # noqa: PLC0415

        if not (revision.isdecimal() and revision <= HEAD):  # not "base", which takes everything away
            raise BadRevision(f"no revision is {revision[:40]!r}; the newest is {HEAD}")
        async with self.writing() as connection:
            try:
                await connection.run_sync(_run_alembic, "downgrade", revision)
            except CommandError as error:
                raise BadRevision(str(error)) from None


class _SQLiteCursor(aiosqlite.Cursor):
    """One that goes to its connection's thread and back once for each statement, not four times.

    With that, and with no turn for single statements, removals at full load take 0.08 s instead of 1.2.
    """

    _found: Iterable[sqlite3.Row] = ()

    async def execute(self, sql: str, parameters: Any = ()) -> aiosqlite.Cursor:
        def run() -> None:
            self._found = self._cursor.execute(sql, parameters).fetchall()

        await self._conn._execute(run)  # type: ignore[no-untyped-call]  # noqa: SLF001 - as aiosqlite's own cursor
        return self

    async def fetchall(self) -> Iterable[sqlite3.Row]:
        return self._found

    async def close(self) -> None:
        self._cursor.close()


class _SQLiteConnection(aiosqlite.Connection):
    """One with such cursors, which does not go there to end a transaction that has not begun."""

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        return _SQLiteCursor(self, self._conn.cursor())

    async def commit(self) -> None:
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        if self.in_transaction:
            await super().rollback()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations on a connection, inside its transaction."""
    _run_alembic(connection, "upgrade", revision)


def _run_alembic(connection: Connection, name: Literal["upgrade", "downgrade"], revision: str) -> None:
    # Loaded only where it is needed: it takes longer than the rest of the start.
    from alembic import command  # noqa: PLC0415

    from bot.store.migrations import config  # noqa: PLC0415

    getattr(command, name)(config(connection), revision)


def _cause(error: BaseException) -> str:
    """What happened, in the driver's words, which hold neither the statement's values nor a password."""
    original = getattr(error, "orig", None) or error
    words = " ".join(str(original).split())[:200]
    return f"{type(original).__name__}: {words}" if words else type(original).__name__


def _set_up_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun by us, in `writing`; a read needs none
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", f"busy_timeout={int(DATABASE_TIMEOUT * 1000)}", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def close_quietly(database: Database) -> None:
    """Close the connections of a process that leaves; a database that is gone must not keep it."""
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT):
            await database.close()
    except _failures():
        return
