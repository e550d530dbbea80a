"""Whom a manager made a host of a channel."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from bot.store.engine import Database
from bot.store.tables import hosts


class Hosts:
    """The channels' hosts: user ids and user group ids. Every method raises `Unreachable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, channel_id: str) -> tuple[str, ...]:
        """The channel's hosts, who was added first first."""
        query = (
            select(hosts.c.member_id).where(hosts.c.channel_id == channel_id).order_by(hosts.c.at, hosts.c.member_id)
        )
        async with self._database.reading() as connection:
            return tuple((await connection.execute(query)).scalars())

    async def add(self, channel_id: str, members: Iterable[str], by: str, at: datetime) -> None:
        """Make members hosts; those who are already stay so."""
        rows = [
            {"channel_id": channel_id, "member_id": member, "by": by, "at": at} for member in dict.fromkeys(members)
        ]
        async with self._database.writing() as connection:
            await connection.execute(self._database.insert(hosts).on_conflict_do_nothing(), rows)

    async def remove(self, channel_id: str, members: Iterable[str]) -> None:
        """Make members hosts no more."""
        where = (hosts.c.channel_id == channel_id) & hosts.c.member_id.in_(list(members))
        async with self._database.writing() as connection:
            await connection.execute(delete(hosts).where(where))
