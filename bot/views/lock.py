"""Whether anybody new can join a meeting."""

from bot.views import parts
from bot.views.parts import Message


def locked(title: str, meeting_id: str, by: str, nonce: str) -> Message:
    """A meeting was locked."""
    return parts.message(
        f"{parts.mention(by)} locked {parts.bold(title)}: nobody new can join.",
        parts.context_block("Those who are in stay in. `/session end` removes them."),
        *parts.actions(parts.button("Unlock", "session.unlock", {"m": meeting_id, "n": nonce})),
    )


def unlocked(title: str, by: str) -> Message:
    """A meeting was unlocked."""
    return parts.message(f"{parts.mention(by)} unlocked {parts.bold(title)}: people can join again.")


def only_locked(title: str) -> Message:
    """The meeting was locked before everyone was to be removed, and then that failed."""
    return parts.message(f"{parts.bold(title)} is locked now: nobody new can join. `/session unlock` undoes it.")


def maybe_locked(title: str) -> Message:
    """The lock was sent, and not answered."""
    return parts.message(
        f"{parts.bold(title)} may or may not be locked now. `/session unlock` makes sure that people can join."
    )
