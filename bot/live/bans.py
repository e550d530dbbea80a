"""Tells hosts when someone whom they banned is in again, because the page that issues tokens let them."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.realtimekit.models import Person, Session
from bot.slack.client import SlackFailed
from bot.slack.messages import Messages
from bot.store.bans import Bans
from bot.store.records import Ban, digest
from bot.views.parts import Message, display_title
from bot.views.watch import banned_person_returned

log = structlog.get_logger(__name__)

MAX_CLOCK_SKEW = timedelta(seconds=1)
"""By which our clock and RealtimeKit's may differ."""


@dataclass(eq=False)
class BanWatcher:
    """Reports each return once.

    Attributes:
        announces: whether the channel in which someone was banned is told, or only the host who did it.
    """

    messages: Messages
    bans: Bans
    announces: bool

    async def report(self, meeting_id: str, session: Session, person: Person, ban: Ban) -> bool:
        """Report someone who was banned and is in; False if any process has done so before."""
        if person.joined_at and person.joined_at < ban.at - MAX_CLOCK_SKEW:
            # The API still lists people who were just removed.
            return False
        which = digest(f"{session.known_as(meeting_id)} {person.joined_at}")
        if not await self.bans.claim_report(meeting_id, ban.person, which):
            return False
        title = display_title(session.title, meeting_id)
        told = await self._tell_hosts(ban, banned_person_returned(meeting_id, title, person, ban, which[:8]))
        if not told:
            await self.bans.release_report(meeting_id, ban.person)
        return told

    async def _tell_hosts(self, ban: Ban, message: Message) -> bool:
        """Whether they were told, as far as is known."""
        if self.announces and ban.channel_id:
            try:
                await self.messages.post(ban.channel_id, message)
            except SlackFailed as failed:
                log.info("return reported directly", channel=ban.channel_id, code=failed.code)
                if failed.is_lost:
                    return True
            else:
                return True
        try:
            await self.messages.post(await self.messages.open_direct(ban.by), message)
        except SlackFailed as failed:
            log.warning("return not reported", user=ban.by, code=failed.code)
            return failed.is_lost
        return True
