"""Tells hosts when somebody whom they blocked is in again: the page that issues tokens let them."""

from datetime import timedelta

import structlog

from bot.realtimekit.models import Person, Session
from bot.slack import Message, Slack
from bot.slack_web import SlackFailed
from bot.store.blocks import Blocks
from bot.store.records import Block, digest_of
from bot.views.parts import title_of
from bot.views.watch import came_back

log = structlog.get_logger(__name__)


LAG = timedelta(seconds=5)
"""By which our clock and RealtimeKit's may differ."""


class Doorkeeper:
    """Tells of each return once.

    Args:
        announce: whether it is told to the channel in which somebody was blocked, or to the one who did it alone.
    """

    def __init__(self, slack: Slack, blocks: Blocks, *, announce: bool) -> None:
        self._slack, self._blocks, self._announce = slack, blocks, announce

    async def tell(self, meeting_id: str, session: Session, person: Person, block: Block) -> bool:
        """Tell of somebody who was blocked and is in; False where that was told before, by whatever process."""
        if person.joined_at and person.joined_at < block.at - LAG:
            # The API still lists who was just removed.
            return False
        which = digest_of(f"{session.known_as(meeting_id)} {person.joined_at}")
        if not await self._blocks.tell(meeting_id, block.person, which):
            return False
        title = title_of(session.title, meeting_id)
        await self._tell_hosts(block, came_back(meeting_id, title, person, block, which[:8]))
        return True

    async def _tell_hosts(self, block: Block, message: Message) -> None:
        if self._announce and block.channel_id:
            try:
                await self._slack.post(block.channel_id, message)
            except SlackFailed as failed:
                log.info("a return is told by direct message", channel=block.channel_id, code=failed.code)
            else:
                return
        try:
            await self._slack.post(await self._slack.direct(block.by), message)
        except SlackFailed as failed:
            log.warning("a return could not be told", user=block.by, code=failed.code)
