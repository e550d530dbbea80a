"""Whom the words after `/kick` name. Pure."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.commands.parsing import Word
from bot.realtimekit.models import Person


@dataclass(frozen=True, slots=True)
class Matches:
    """Whom the words name.

    Attributes:
        clear: those whom a word names beyond doubt, each once.
        unclear: the words that name nobody, or whom they may mean where that is several.
    """

    clear: tuple[Person, ...]
    unclear: Mapping[str, tuple[Person, ...]]


def folded(text: str | None) -> str:
    """A name as it is compared: no case, no odd spaces, compatible characters made equal."""
    return " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())


def match(words: Sequence[Word], everyone: Sequence[Person], slack_names: Mapping[str, Sequence[str]]) -> Matches:
    """Find whom each word names.

    Args:
        everyone: all who are in the room.
        slack_names: the names in Slack of each mentioned user id.
    """
    clear: dict[str, Person] = {}
    unclear: dict[str, tuple[Person, ...]] = {}
    for word in words:
        if word.mention:
            names = slack_names.get(word.mention, ())
            found = _unique(person for name in names for person in _called(name, everyone))
        else:
            found = _named(word.text, everyone)
        if len(found) == 1:
            clear[found[0].key] = found[0]
        else:
            unclear[word.text] = found or _resembling(word.text, everyone)
    return Matches(tuple(clear.values()), unclear)


def _unique(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple({person.key: person for person in people}.values())


def _named(text: str, everyone: Sequence[Person]) -> tuple[Person, ...]:
    """Who is named by an id, an e-mail address, a whole name, or one of a name's words; the surest kind that hits."""
    wanted = folded(text)
    bare = wanted.removeprefix("@")
    kinds: tuple[Callable[[Person], bool], ...] = (
        lambda person: wanted in {folded(person.key), folded(person.user_id), *map(folded, person.peer_ids)} - {""},
        lambda person: wanted == folded(person.custom_id) != "",
        lambda person: bare == folded(person.name) != "",
        lambda person: bare in folded(person.name).split(),
    )
    for kind in kinds:
        if found := tuple(person for person in everyone if kind(person)):
            return found
    return ()


def _called(name: str, everyone: Sequence[Person]) -> tuple[Person, ...]:
    wanted = folded(name)
    return tuple(person for person in everyone if wanted and wanted in (folded(person.name), folded(person.custom_id)))


def _resembling(text: str, everyone: Sequence[Person]) -> tuple[Person, ...]:
    """Who may be meant by a part of a name. Never enough to act upon."""
    wanted = folded(text).removeprefix("@")
    return tuple(person for person in everyone if wanted and wanted in folded(person.name))


def resembling(text: str, everyone: Sequence[Person]) -> tuple[Person, ...]:
    """Whom a searchable menu offers for what was typed so far: by name or id; everyone where nothing was typed."""
    wanted = folded(text)
    if not wanted:
        return tuple(everyone)
    starts = [person for person in everyone if folded(person.name).startswith(wanted)]
    others = [
        person
        for person in everyone
        if person not in starts and (wanted in folded(person.name) or wanted in folded(person.custom_id))
    ]
    return tuple(starts + others)
