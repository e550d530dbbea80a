import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.store.engine import Database
from bot.store.errors import BadUrl, NewerSchema, Unreachable
from bot.store.url import parse_url
from tests.databases import Postgres
from tests.process import run_bot
from tests.test_settings import GOOD


@pytest.mark.parametrize(
    ("raw", "rendered", "ssl"),
    [
        ("postgres://u:p@h:5432/db", "postgresql+asyncpg://u:***@h:5432/db", None),
        ("postgresql://u:p@h/db?sslmode=require", "postgresql+asyncpg://u:***@h/db", "require"),
        ("postgresql+asyncpg://h/db?ssl=verify-full", "postgresql+asyncpg://h/db", "verify-full"),
        ("postgres://h/db?sslmode=disable&channel_binding=prefer&options=x", "postgresql+asyncpg://h/db", "disable"),
        ("postgresql+psycopg2://u:p%40x@h/db", "postgresql+asyncpg://u:***@h/db", None),
        ("postgres://h/db?sslmode=no-verify", "postgresql+asyncpg://h/db", "require"),
        ("postgres://h/db?ssl=true", "postgresql+asyncpg://h/db", "require"),
        ("postgres://h/db?keepalives=1&gssencmode=disable&foo=bar", "postgresql+asyncpg://h/db", None),
        ("sqlite:///usher.db", "sqlite+aiosqlite:///usher.db", None),
        ("sqlite+aiosqlite:////var/usher.db", "sqlite+aiosqlite:////var/usher.db", None),
    ],
)
def test_urls_are_taken_in_all_the_forms_that_hosts_give_them(raw: str, rendered: str, ssl: str | None) -> None:
    url, arguments, _ = parse_url(raw)
    assert str(url) == rendered
    assert arguments.get("ssl") == ssl


def test_a_password_with_quoted_characters_stays_what_it_is() -> None:
    assert parse_url("postgres://u:p%40%25x@h/db")[0].password == "p@%x"


@pytest.mark.parametrize(
    "raw",
    [
        *("mysql://h/db", "postgres:///db", "sqlite://", "sqlite:///:memory:", "nonsense", "postgres://h:x/db"),
        *("postgres://u:p@secret@h/db", "postgres://u:p@secret/x@h/db", "postgres://u:secret#@@h/db"),
        "postgres://u:secret@h/db?sslmode=sometimes",
        "postgres://u:secret@h1:5432,h2:5432/db",
        "postgres://u:secret@h/db?sslmode=verify-full&sslrootcert=/nowhere.pem",
    ],
)
def test_what_is_no_database_of_ours_is_refused_without_its_password(raw: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse_url(raw)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("sign", "/?#:%;,&=+ [](){}'\"\\")
def test_no_sign_in_a_password_makes_a_part_of_it_a_host(sign: str) -> None:
    url = parse_url(f"postgres://u:se{sign}cret@db.example.com/usher")[0]
    assert (url.host, url.database) == ("db.example.com", "usher")


@pytest.mark.parametrize(
    "query", ["pgbouncer=true", "pool_mode=transaction", "statement_cache_size=0", "prepared_statements=false"]
)
def test_a_pooler_in_transaction_mode_gets_no_prepared_statement_that_outlives_it(query: str) -> None:
    arguments = parse_url(f"postgres://h/db?{query}")[1]
    assert (arguments["statement_cache_size"], arguments["prepared_statement_cache_size"]) == (0, 0)
    name = arguments["prepared_statement_name_func"]
    assert name() != name()


@pytest.mark.parametrize("key", ["schema", "currentSchema", "search_path"])
def test_a_schema_in_the_url_is_honored(key: str) -> None:
    settings = parse_url(f"postgres://h/db?{key}=usher&application_name=dyno&options=-c%20statement_timeout%3D9")[1]
    assert settings["server_settings"] == {"search_path": "usher", "application_name": "dyno", "statement_timeout": "9"}


@pytest.mark.parametrize(("limit", "most"), [("1", 1), ("5", 5), ("100", 7), ("x", 7)])
def test_a_connection_limit_in_the_url_is_kept(limit: str, most: int) -> None:
    pool = parse_url(f"postgres://h/db?connection_limit={limit}")[2]
    assert pool["pool_size"] + pool["max_overflow"] == most


def test_parameters_that_nobody_here_knows_are_dropped_with_a_line(caplog: pytest.LogCaptureFixture) -> None:
    parse_url("postgres://h/db?keepalives=1&foo=bar&sslmode=require")
    (record,) = caplog.records
    assert isinstance(record.msg, dict)
    assert record.msg["parameters"] == ["foo", "keepalives"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_real_server_takes_what_providers_write(database_url: str) -> None:
    more = "&pgbouncer=true&connection_limit=1&schema=public&keepalives=1&sslmode=prefer"
    database = Database(SecretStr(database_url + more))
    assert await database.answers()
    await database.close()


@pytest.mark.databases
async def test_a_schema_of_a_newer_usher_stops_the_start(database_url: str) -> None:
    database = Database(SecretStr(database_url))
    async with database.writing() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerSchema, match="9999"):
        await database.migrate()
    assert not await database.answers()
    await database.close()


async def test_a_file_that_is_no_database_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("this is not a database, but a text of some length" * 50)
    database = Database(SecretStr(f"sqlite:///{tmp_path}/x.db"))
    with pytest.raises(Unreachable, match="not a database"):
        await database.migrate()
    await database.close()


async def test_a_folder_that_is_not_there_is_unreachable() -> None:
    database = Database(SecretStr("sqlite:////nowhere/at/all/x.db"))
    with pytest.raises(Unreachable, match="unable to open"):
        await database.migrate()
    await database.close()


def start(url: str) -> subprocess.CompletedProcess[str]:
    return run_bot(**(GOOD | {"SLACK_API_URL": "http://127.0.0.1:9/", "PORT": "0", "DATABASE_URL": url}))


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://usher:hunter2@127.0.0.1:9/db", "127.0.0.1: ConnectionRefusedError"),
        ("sqlite:////nowhere/usher.db", "/nowhere/usher.db: OperationalError: unable to open database file"),
    ],
)
def test_a_database_that_cannot_be_used_stops_the_start_with_one_line(url: str, said: str) -> None:
    ended = start(url)
    assert ended.returncode == 3
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Usher can't use its database: ")
    assert said in line
    assert "hunter2" not in ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_wrong_password_prints_the_host_and_the_cause_and_never_the_password() -> None:
    """The server is asked over TCP, where it wants a password."""
    port = Postgres().listen()
    ended = start(f"postgres://postgres:hunter2@127.0.0.1:{port}/postgres")
    assert ended.returncode == 3
    assert "127.0.0.1: Error: password authentication failed" in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
