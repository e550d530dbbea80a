"""Tells channels that people are in a meeting without a host, and that one has come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.errors import CannotCheck
from bot.live.hosts import Hosting, hosting
from bot.live.plan import WarnNoHost, overdue
from bot.live.result import UpdateResult, post_once
from bot.permissions import Permissions
from bot.realtimekit.models import PeerRow, Session
from bot.sanitize import from_slack
from bot.slack.directory import Directory, slack_user_in
from bot.slack.messages import Messages
from bot.store.records import CardKind, Link
from bot.store.store import Store
from bot.views import watch
from bot.views.parts import display_title

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class HostWatcher:
    """Watches over who leads sessions.

    Attributes:
        presets: of hosts in meetings.
        joins: whether people can join from Slack.
    """

    messages: Messages
    store: Store
    directory: Directory
    permissions: Permissions
    presets: Collection[str]
    joins: bool

    async def read(
        self, guarded: Sequence[Link], rows: Sequence[PeerRow], now: datetime, result: UpdateResult
    ) -> dict[str, Hosting]:
        """Who leads the session, as each channel sees it that wants to know; and when the next one is to be told.

        Where not everyone or their roles could be read, or Slack can't say who is a host, only a host who was found
        counts.
        """
        found = {}
        hosts = await self.store.hosts.of_channels(link.channel_id for link in guarded) if guarded else {}
        for link in guarded:
            ids, certain = await self._hosts_among(rows, hosts.get(link.channel_id, ()))
            led = hosting(rows, lambda row, ids=ids: row.preset in self.presets or row.custom_id in ids, now)  # type: ignore[misc]
            roleless = any(row.left_at is None and row.preset is None and row.custom_id not in ids for row in rows)
            if not led.host and (result.partial or roleless or not certain):
                result.retry = result.retry or not certain
                continue
            found[link.channel_id] = led
            if led.since and (wait := overdue(link, led, now).total_seconds()) > 0:
                result.due_in = min(wait, result.due_in or wait)
        return found

    async def _hosts_among(self, rows: Sequence[PeerRow], hosts: Sequence[str]) -> tuple[set[str], bool]:
        """The custom ids of those who joined from Slack and are hosts of the channel; whether these are all."""
        custom_ids = set(from_slack(row.custom_id for row in rows))
        among, leaders = set[str](), [*hosts, *self.permissions.managers]
        try:
            team_id = (await self.directory.identity()).team_id if custom_ids else ""
            for custom_id in custom_ids:
                user_id = slack_user_in(custom_id, team_id)
                if user_id and await self.permissions.is_among(user_id, leaders, strict=True):
                    among.add(custom_id)
        except CannotCheck:
            return among, False
        return among, True

    async def warn(self, step: WarnNoHost, session: Session, result: UpdateResult) -> None:
        """Post the warning, once."""
        link = step.link
        title = display_title(session.title or link.title, link.meeting_id)
        # Its time is that since when nobody led, so that the answer can say for how long.
        card = await self.store.cards.begin(
            link.channel_id,
            link.meeting_id,
            session.known_as(link.meeting_id),
            CardKind.NO_HOST,
            title=title,
            at=step.since,
        )
        if card is None:
            return
        hosts = await self.store.hosts.of(link.channel_id)
        said = watch.no_host(title, link.meeting_id, step.since, step.waiting, hosts, joins=self.joins)
        if failed := await post_once(self.messages, self.store.cards, card, said, result):
            log.info("no host not announced", channel=link.channel_id, code=failed.code)
