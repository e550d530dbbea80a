"""What comes of a look at a meeting, and what Slack's refusals mean for a message that is kept up to date."""

from dataclasses import dataclass, field

import structlog

from bot.slack import Message, Slack
from bot.slack_web import SlackFailed
from bot.store.records import Card

log = structlog.get_logger(__name__)

_NO_PLACE = ("channel_not_found", "is_archived", "not_in_channel", "restricted_action", "no_permission", "messages_tab")
"""How Slack's codes begin for a channel in which the bot cannot post, now and later."""
NO_MESSAGE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
PASSING = frozenset({"ratelimited", "unreachable", "not_json", "internal_error", "fatal_error", "service_unavailable"})
"""Codes after which the same may work in a moment; all others need somebody who mends something."""
LONGEST_WAIT = 300.0


def has_no_place(code: str) -> bool:
    """Whether the bot cannot post in that channel, now and later."""
    return code.startswith(_NO_PLACE)


@dataclass(slots=True)
class Report:
    """What came of a look.

    Attributes:
        wanted: whether anybody is interested in this meeting at all.
        watched: whether somebody watches it, which is worth more looks.
        changed: whether a message was posted or changed.
        calls: to RealtimeKit.
        partial: whether not all could be seen, so that another look is due soon.
        again: something was not told, and may be in a moment.
        away: Slack takes nothing now.
        retry_after: seconds after which Slack takes what it did not take now.
        refused: Slack's code, by channel, where a card could not be posted.
    """

    wanted: bool = True
    watched: bool = False
    changed: bool = False
    calls: int = 0
    partial: bool = False
    again: bool = False
    away: bool = False
    retry_after: float = 0.0
    refused: dict[str, str] = field(default_factory=dict)

    def not_told(self, failed: SlackFailed) -> None:
        """Note that Slack did not take something."""
        if failed.code in PASSING:
            self.again = True
            self.away = self.away or failed.code in ("ratelimited", "unreachable")
            self.retry_after = min(LONGEST_WAIT, max(self.retry_after, failed.retry_after))


async def last_words(slack: Slack, card: Card, message: Message, report: Report) -> bool:
    """Whether a card shows its last state now, or never will."""
    if card.ts is None:
        return True
    try:
        await slack.update(card.channel_id, card.ts, message)
    except SlackFailed as failed:
        log.info("a card keeps its old words", channel=card.channel_id, code=failed.code)
        report.not_told(failed)
        return failed.code not in PASSING
    report.changed = True
    return True
