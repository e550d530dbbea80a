"""The tables. Names of constraints are fixed, so that SQLite can be migrated too."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Float, Index, MetaData, String, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class seconds_now(FunctionElement[float]):  # noqa: N801 - it reads as the SQL function that it is
    """The database's own clock, in seconds since 1970: the clocks of two dynos may differ."""

    type = Float()
    inherit_cache = True


@compiles(seconds_now, "sqlite")
def _sqlite_now(element: seconds_now, compiler: SQLCompiler, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(seconds_now, "postgresql")
def _postgres_now(element: seconds_now, compiler: SQLCompiler, **_: Any) -> str:
    return "extract(epoch from clock_timestamp())::float8"


links = Table(
    "links",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("meeting_id", String(64), nullable=False),
    Column("title", Text),
    Column("by", String(40), nullable=False),
    Column("at", Moment, nullable=False),
)

hosts = Table(
    "hosts",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("member_id", String(40), primary_key=True),
    Column("by", String(40), nullable=False),
    Column("at", Moment, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("intent", String(64), unique=True),
    Column("what", String(20), nullable=False),
    Column("user_id", String(40), nullable=False),
    Column("channel_id", String(40)),
    Column("meeting_id", String(64)),
    Column("title", Text),
    Column("people", JSON(none_as_null=True)),
    Column("detail", Text),
    Column("state", String(20), nullable=False),
    Column("outcome", Text),
    Column("response_url", Text),
    Column("at", Moment, nullable=False),
    Column("beat", Float, nullable=False),
    Index(None, "channel_id", "at"),
    Index(None, "state", "beat"),
)
