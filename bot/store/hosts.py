"""Whom managers added as hosts of a channel."""

from collections.abc import Iterable
from datetime import datetime

from async_lru import alru_cache
from sqlalchemy import bindparam, delete, select

from bot.store.engine import Database
from bot.store.tables import hosts, links

LATELY_TTL = 1.0
"""Seconds for which what was read of a channel is used where nothing is done by it."""
_OF = (
    select(hosts.c.member_id)
    .where(hosts.c.channel_id == bindparam("of_channel"))
    .order_by(hosts.c.at, hosts.c.member_id)
)


class Hosts:
    """The channels' hosts: user ids and user group ids. Every method raises `Unreachable`.

    Attributes:
        lately: the same as `of`, as it was within a second: for looking, never for acting. Most of a workspace only
            looks, and each look would cost a query.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.lately = alru_cache(maxsize=1000, ttl=LATELY_TTL)(self.of)

    async def of(self, channel_id: str) -> tuple[str, ...]:
        """The channel's hosts, in the order in which they were added."""
        return tuple(row.member_id for row in await self.database.rows(_OF, of_channel=channel_id))

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
        self.lately.cache_invalidate(channel_id)

    async def remove(self, channel_id: str, members: Iterable[str]) -> None:
        """Make members hosts no longer."""
        where = (hosts.c.channel_id == channel_id) & hosts.c.member_id.in_(list(members))
        await self.database.run(delete(hosts).where(where))
        self.lately.cache_invalidate(channel_id)
