"""What comes of an update, and what Slack's refusals mean for a message that is kept up to date."""

from dataclasses import dataclass, field

import structlog

from bot.slack.client import SlackFailed
from bot.slack.messages import Messages
from bot.store.records import Card
from bot.views.parts import Message

log = structlog.get_logger(__name__)

_UNPOSTABLE = "channel_not_found", "is_archived", "not_in_channel", "restricted_action", "no_permission", "messages_tab"
"""How Slack's codes begin for a channel in which the bot cannot post, now and later."""
MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
TRANSIENT = frozenset(
    {"ratelimited", "unreachable", "not_json", "internal_error", "fatal_error", "service_unavailable"}
)
"""Codes after which the same may work in a moment; all others need someone to fix something."""
MAX_RETRY_AFTER = 300.0


def is_unpostable(code: str) -> bool:
    """Whether the bot cannot post in that channel, now and later."""
    return code.startswith(_UNPOSTABLE)


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
    refused: dict[str, str] = field(default_factory=dict)

    def record_failure(self, failed: SlackFailed) -> None:
        """Note that Slack refused something."""
        if failed.code in TRANSIENT:
            self.retry = True
            self.away = self.away or failed.code in ("ratelimited", "unreachable")
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
        return failed.code not in TRANSIENT
    result.changed = True
    return True
