"""Whom managers added as hosts of a channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from bot.store.engine import Database
from bot.store.tables import hosts, links


@dataclass(frozen=True, slots=True)
class Hosts:
    """The channels' hosts: user ids and user group ids. Every method raises `Unreachable`."""

    database: Database

    async def of(self, channel_id: str) -> tuple[str, ...]:
        """The channel's hosts, in the order in which they were added."""
        query = select(hosts.c.member_id).where(hosts.c.channel_id == channel_id)
        return tuple(row.member_id for row in await self.database.rows(query.order_by(hosts.c.at, hosts.c.member_id)))

    async def of_channels(self, channel_ids: Iterable[str]) -> dict[str, list[str]]:
        """The same for several channels at once; channels without hosts are missing."""
        query = select(hosts.c.channel_id, hosts.c.member_id).where(hosts.c.channel_id.in_(set(channel_ids)))
        found: dict[str, list[str]] = {}
        for row in await self.database.rows(query.order_by(hosts.c.at, hosts.c.member_id)):
            found.setdefault(row.channel_id, []).append(row.member_id)
        return found

    async def channels_without_link(self) -> list[str]:
        """The channels that have hosts but no meeting of their own: they use the default one."""
        query = select(hosts.c.channel_id).where(hosts.c.channel_id.not_in(select(links.c.channel_id))).distinct()
        return [row.channel_id for row in await self.database.rows(query)]

    async def add(self, channel_id: str, members: Iterable[str], by: str, at: datetime) -> None:
        """Make members hosts; those who are already stay so."""
        unique = dict.fromkeys(members)
        rows = [{"channel_id": channel_id, "member_id": member, "by": by, "at": at} for member in unique]
        await self.database.run(self.database.insert(hosts).values(rows).on_conflict_do_nothing())

    async def remove(self, channel_id: str, members: Iterable[str]) -> None:
        """Make members hosts no longer."""
        where = (hosts.c.channel_id == channel_id) & hosts.c.member_id.in_(list(members))
        await self.database.run(delete(hosts).where(where))
