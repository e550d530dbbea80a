"""Quiet in a meeting."""

from collections.abc import Sequence

from bot.views.parts import Message, count_people, join_names, mention, message, safe


def muted(names: Sequence[str], title: str, by: str, left: Sequence[str] = ()) -> Message:
    """Some were muted. `left`: who was to be muted too, and was not in the room any more."""
    line = f"{mention(by)} muted {_named(names)} in *{safe(title)}*. They can unmute themselves."
    gone = f" {_named(left)} had left." if left else ""
    return message(line + gone)


def _named(names: Sequence[str]) -> str:
    return join_names([safe(name, 60) for name in names], limit=20)


def all_muted(title: str, count: int | None, by: str, *, hold: bool) -> Message:
    """Everybody was muted."""
    whom = "everyone" if count is None else count_people(count)
    after = (
        "They can't unmute themselves until a host lets them in the meeting." if hold else "They can unmute themselves."
    )
    return message(f"{mention(by)} muted {whom} in *{safe(title)}*. {after}")
