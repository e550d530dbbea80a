"""What comes of an update."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.slack.client import SlackFailed
from bot.slack.messages import Messages
from bot.store.aftermaths import Aftermaths
from bot.store.cards import Cards
from bot.store.records import Card
from bot.views.parts import Message

log = structlog.get_logger(__name__)

MAX_RETRY_AFTER = 300.0


@dataclass(slots=True)
class UpdateResult:
    """What came of an update.

    Attributes:
        wanted: whether any message depends on this meeting.
        watched: whether a channel has a live card, which is worth more updates.
        calls: to RealtimeKit.
        partial: not everything could be read, so that another update is due soon.
        retry: something was not posted, and may be in a moment.
        away: Slack accepts nothing now; `retry_after` says for how many seconds.
        due_in: seconds after which something is to be said in any case.
        refused: Slack's code, by channel, where a card could not be posted.
    """

    wanted: bool = True
    watched: bool = False
    changed: bool = False
    calls: int = 0
    partial: bool = False
    retry: bool = False
    away: bool = False
    retry_after: float = 0.0
    due_in: float | None = None
    refused: dict[str, str] = field(default_factory=dict)

    def record_failure(self, failed: SlackFailed) -> None:
        """Note that Slack refused something."""
        if failed.is_transient:
            self.retry = True
            self.away = self.away or failed.is_lost or failed.code == "ratelimited"
            self.retry_after = min(MAX_RETRY_AFTER, max(self.retry_after, failed.retry_after))


async def post_final(messages: Messages, card: Card, message: Message, result: UpdateResult) -> bool:
    """Whether a card shows its final text now, or never will."""
    if card.ts is None:
        return True
    try:
        await messages.update(card.channel_id, card.ts, message)
    except SlackFailed as failed:
        log.info("card left as it was", channel=card.channel_id, code=failed.code)
        result.record_failure(failed)
        if failed.is_message_gone and failed.code != "message_not_found":
            # It is there, and can't be changed any more: its last text goes below it.
            with contextlib.suppress(SlackFailed):
                await messages.post(card.channel_id, message, thread_ts=card.ts)
        return not failed.is_transient
    result.changed = True
    return True


def may_be_sent_again(failed: SlackFailed) -> bool:
    """Whether this certainly did not arrive, and may in a moment."""
    return failed.is_transient and not failed.is_lost


async def send_once(
    aftermaths: Aftermaths, place: tuple[str, str], item: str, send: Callable[[], Awaitable[object]], now: datetime
) -> SlackFailed | None:
    """Send an item unless any process has; why that did not work, otherwise. Raises `StoreError`.

    It's claimed first: if this process dies then, none is better than two.

    Args:
        place: the channel and the session that the item belongs to.
    """
    if not await aftermaths.take(*place, item, now):
        return None
    try:
        await send()
    except SlackFailed as failed:
        if may_be_sent_again(failed):
            await aftermaths.give_back(*place, item)
        return failed
    return None


async def post_once(
    messages: Messages, cards: Cards, card: Card, message: Message, result: UpdateResult
) -> SlackFailed | None:
    """Post the message of a card that has just begun; why that did not work, otherwise.

    What may have arrived all the same is not posted again. Raises `StoreError`.
    """
    try:
        ts = await messages.post(card.channel_id, message)
    except SlackFailed as failed:
        result.record_failure(failed)
        await (cards.forget(card) if may_be_sent_again(failed) else cards.finish([card]))
        return failed
    await cards.shown(card, ts, card.kind.value)
    result.changed = True
    return None
