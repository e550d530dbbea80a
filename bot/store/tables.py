"""The tables. Names of constraints are fixed, so that SQLite can be migrated too."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Enum,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from bot.store.records import CardKind, CardState, Notices, PollState, State

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
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


def one_of(words: type[StrEnum], length: int) -> Enum:
    """A word of an enumeration, stored as text."""
    return Enum(words, native_enum=False, length=length, values_callable=lambda of: [word.value for word in of])


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
    Column("notices", one_of(Notices, 10)),
    Column("notices_at", Moment),
    Column("no_host", Integer),
    Index(None, "meeting_id"),
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
    Column("state", one_of(State, 20), nullable=False),
    Column("outcome", Text),
    Column("response_url", Text),
    Column("at", Moment, nullable=False),
    Column("beat", Float, nullable=False),
    Index(None, "channel_id", "at"),
    Index(None, "meeting_id", "at"),
    Index(None, "state", "beat"),
)

watches = Table(
    "watches",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("meeting_id", String(64), primary_key=True),
    Column("title", Text),
    Column("by", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "meeting_id"),
)

leases = Table(
    "rooms",
    metadata,
    Column("meeting_id", String(64), primary_key=True),
    Column("dirty", Boolean, nullable=False),
    Column("due", Float, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("owner", String(32)),
    Column("lease", Float, nullable=False),
    Column("quiet", Integer, nullable=False),
    Column("spent", JSON, nullable=False),
    Index(None, "due"),
)
"""Meetings whose cards are kept up to date; times are the database's own seconds. The table keeps its first name,
`rooms`, since the version before still runs during a deployment. So do `deliveries` and `blocks`."""

cards = Table(
    "cards",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel_id", String(40), nullable=False),
    Column("meeting_id", String(64), nullable=False),
    Column("session_id", String(64), nullable=False),
    Column("kind", one_of(CardKind, 10), nullable=False),
    Column("state", one_of(CardState, 10), nullable=False),
    Column("title", Text),
    Column("by", String(40)),
    Column("ts", String(40)),
    Column("shown", String(64)),
    Column("at", Moment, nullable=False),
    UniqueConstraint("channel_id", "session_id", "kind"),
    Index(None, "meeting_id", "state"),
)

webhook_events = Table(
    "deliveries",
    metadata,
    Column("uuid", String(64), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("event", String(40), nullable=False),
    Column("at", Float, nullable=False, index=True),
)

bans = Table(
    "blocks",
    metadata,
    Column("meeting_id", String(64), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("channel_id", String(40)),
    Column("by", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("told", String(64)),
)
"""People who must not come back, by a digest of their custom id."""

places = Table(
    "places",
    metadata,
    Column("meeting_id", String(64), primary_key=True),
    Column("person", String(120), primary_key=True),
    Column("participant_id", String(64)),
    Column("preset", String(120)),
    Column("owner", String(32)),
    Column("until", Float, nullable=False),
    Column("invited_until", Moment),
    Column("invited_preset", String(120)),
    Column("used_at", Moment, nullable=False),
)
"""People's places in meetings, by custom id; who makes one holds a claim until then, in the database's seconds."""

aftermaths = Table(
    "aftermaths",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("session_id", String(64), primary_key=True),
    Column("meeting_id", String(64), nullable=False, index=True),
    Column("title", Text),
    Column("ts", String(40)),
    Column("ended_at", Moment, nullable=False),
    Column("notes", Boolean, nullable=False),
    Column("due", Float, nullable=False, index=True),
)
"""Sessions that are over, whose recordings and notes are awaited; `due` in the database's seconds."""

leftovers = Table(
    "leftovers",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("session_id", String(64), primary_key=True),
    Column("item", String(80), primary_key=True),
    Column("at", Moment, nullable=False),
)
"""What was posted of them."""

prepared_polls = Table(
    "prepared_polls",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel_id", String(40), nullable=False),
    Column("position", Integer, nullable=False),
    Column("question", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("hide_votes", Boolean, nullable=False),
    Column("state", one_of(PollState, 10), nullable=False),
    Column("by", String(40)),
    Column("at", Moment),
    Column("until", Float, nullable=False),
    Index(None, "channel_id", "position"),
)
"""Polls that were written before the meeting; who asks one holds a claim until then, in the database's seconds."""

calls = Table(
    "calls",
    metadata,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)
"""Calls to RealtimeKit, counted in slots of ten seconds."""
