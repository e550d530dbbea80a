"""Quiet in a meeting."""

from collections.abc import Sequence

from bot.views.parts import Message, listed, mention, message, people, safe


def muted(names: Sequence[str], title: str, by: str) -> Message:
    """Some were muted."""
    shown = listed([safe(name, 60) for name in names], most=20)
    return message(f"{mention(by)} muted {shown} in *{safe(title)}*. They can unmute themselves.")


def all_muted(title: str, count: int | None, by: str, *, hold: bool) -> Message:
    """Everybody was muted."""
    whom = "everyone" if count is None else people(count)
    after = (
        "They can't unmute themselves until a host lets them in the meeting." if hold else "They can unmute themselves."
    )
    return message(f"{mention(by)} muted {whom} in *{safe(title)}*. {after}")
