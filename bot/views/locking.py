"""Whether anybody new can join a meeting."""

from bot.views.parts import Message, actions, button, mention, message, packed, safe, small


def locked(title: str, meeting_id: str, by: str, nonce: str) -> Message:
    """A meeting was locked.

    Args:
        nonce: makes this rendering's button differ from those of others.
    """
    return message(
        f"{mention(by)} locked *{safe(title)}*: nobody new can join.",
        small("Those who are in stay in. `/session end` removes them."),
        *actions(button("Unlock", "session.unlock", packed({"m": meeting_id, "n": nonce}) or "")),
    )


def unlocked(title: str, by: str) -> Message:
    """A meeting was unlocked."""
    return message(f"{mention(by)} unlocked *{safe(title)}*: people can join again.")


def only_locked(title: str) -> Message:
    """The meeting was locked before everyone was to be removed, and then that failed."""
    return message(f"*{safe(title)}* is locked now: nobody new can join. `/session unlock` undoes it.")


def maybe_locked(title: str) -> Message:
    """The lock was sent, and not answered."""
    return message(f"*{safe(title)}* may or may not be locked now. `/session unlock` makes sure that people can join.")
