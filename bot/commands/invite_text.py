"""Whom the words after `/session invite` name: people, user groups, and guests from outside. Pure."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.admission import MAX_NAME
from bot.commands.parsing import EVERYONE, Word, not_in_slack, require_closed, split
from bot.errors import Misused
from bot.sanitize import DASHES, QUOTES, folded
from bot.views.parts import single_line

USAGE = '/session invite @name · "Guest name" [--preset name]'
_PRESET = re.compile(
    rf"(?<!\S)[{DASHES}]{{1,2}}preset(?:\s*=\s*|\s+)(?:[{QUOTES}]([^{QUOTES}]+)[{QUOTES}]|(\S+))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Guests:
    """Who is to be invited: user ids, user group ids, names of guests from outside; and the preset, if one is named."""

    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    preset: str | None = None

    def __bool__(self) -> bool:
        """Whether anyone is named."""
        return bool(self.people or self.groups or self.names)


def guest_id(name: str) -> str:
    """The custom id of a guest from outside: the same name is the same guest."""
    key = folded(name)
    words = "-".join(re.findall(r"[a-z0-9]+", key))[:40]
    return f"guest-{words or 'x'}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def parse(text: str) -> Guests:
    """Who is named after `/session invite`. Raises `Misused`."""
    preset = _PRESET.search(text)
    words = split(_PRESET.sub(" ", text), ("preset",))
    if "preset" in words.flags:
        raise Misused("Which preset? Put its name after `--preset`.", USAGE)
    if words.unknown_flags:
        raise Misused(f"Unknown option `{words.unknown_flags[0]}`. Did you mean `--preset`?", USAGE)
    require_closed(words, USAGE)
    named = [word for word in words.words if not (word.mention or word.group)]
    _require_clear(words.words)
    return Guests(
        people=tuple(dict.fromkeys(word.mention for word in words.words if word.mention)),
        groups=tuple(dict.fromkeys(word.group for word in words.words if word.group)),
        names=names_in([word.text if word.quoted else word.text.strip(",;") for word in named]),
        preset=(preset[1] or preset[2]).strip() if preset else None,
    )


def _require_clear(words: Sequence[Word]) -> None:
    """Refuse what may be one guest or several: whose place it is must not be guessed."""
    bare = [not (word.quoted or word.mention or word.group) for word in words]
    for number, word in enumerate(words):
        if bare[number] and (word.raw.startswith("<#") or word.text.lower() in EVERYONE):
            raise Misused("I can't invite a whole channel. Type @ and pick people or a user group.", USAGE)
        if bare[number] and word.text.startswith("@"):
            raise not_in_slack(word, USAGE)
        following = words[number + 1] if bare[number] and bare[number + 1 : number + 2] == [True] else None
        if following and not word.text.endswith((",", ";")) and following.text.strip(",;"):
            raise Misused(f'Put each guest\'s name in quotes, such as "{word.text} {following.text}".', USAGE)


def names_in(texts: Sequence[str]) -> tuple[str, ...]:
    """The names, each once, however they are spelled. Raises `Misused`."""
    names: dict[str, str] = {}
    for text in texts:
        if name := single_line(text):
            names.setdefault(folded(name), name)
    if too_long := next((name for name in names.values() if len(name) > MAX_NAME), None):
        raise Misused(f"“{too_long[:40]}…” is too long for a name. Use up to {MAX_NAME} characters.", USAGE)
    return tuple(names.values())
