"""Whether anyone new can join a meeting."""

from collections.abc import Sequence

from slack_sdk.models.blocks import ActionsBlock

from bot.views import parts
from bot.views.parts import Message


def locked(title: str, meeting_id: str, by: str, nonce: str) -> Message:
    """A meeting was locked."""
    return parts.message(
        f"{parts.mention(by)} locked {parts.bold(title)}. No one else can join.",
        parts.context_block("People already in the meeting stay.", parts.OUTLOOK),
        *_unlock(meeting_id, nonce),
    )


def _unlock(meeting_id: str, nonce: str) -> Sequence[ActionsBlock]:
    return parts.actions(parts.button("Unlock", "lock.unlock", {"m": meeting_id, "n": nonce}))


def unlocked(title: str, by: str) -> Message:
    """A meeting was unlocked."""
    return parts.message(f"{parts.mention(by)} unlocked {parts.bold(title)}. People can join again.")


def maybe_locked(title: str, meeting_id: str, nonce: str) -> Message:
    """The lock was sent, and not answered."""
    unlock = parts.command("/session unlock", title)
    return parts.message(f"{parts.bold(title)} may be locked. To be sure people can join: {unlock}.")
