"""Whom the words after `/kick` and `/session mute` name. Pure, but for asking Slack who is mentioned."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commands.parsing import Word
from bot.errors import CannotCheck
from bot.realtimekit.models import Person
from bot.slack.directory import Directory, names_of

NAME_WORDS = 6
"""The most words of a name that are recognised without quotes."""


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
    """Find whom each word names among everyone in the meeting; Slack's names are by mentioned user id."""
    clear: dict[str, Person] = {}
    unclear: dict[str, tuple[Person, ...]] = {}
    before: Person | None = None
    for word in _whole_names(
        [_without_comma(word) for word in words if word.text not in (",", ";")],
        {folded(person.name) for person in everyone},
    ):
        found = _mentioned(word, everyone, slack_names) if word.mention else _named(word.text, everyone)
        person = found[0] if len(found) == 1 else None
        if person and before and person is not before and _is_last_name(word, person):
            # `Ada Smith`, who is not here, must not become Ada Lovelace and Bob Smith.
            clear.pop(before.key, None)
            unclear[f"{folded(before.name).split()[0]} {word.text}".title()] = (before, person)
            before = None
            continue
        if person:
            clear[person.key] = person
        else:
            unclear[word.text] = found or _resembling(word.text, everyone)
        before = person if person and _is_part_of_name(word, person) else None
    return Matches(tuple(clear.values()), unclear)


def _without_comma(word: Word) -> Word:
    """`/kick Ada, Grace` names two people, and no commas."""
    text = word.text.rstrip(",;")
    return word if word.quoted or not text else replace(word, raw=word.raw.rstrip(",;"), text=text)


def _whole_names(words: Sequence[Word], names: set[str]) -> Iterator[Word]:
    """The words, with those in a row that make up somebody's whole name taken as one, as if they stood in quotes."""
    start = 0
    while start < len(words):
        end = min(len(words), start + NAME_WORDS)
        while end > start + 1:
            run = words[start:end]
            text = " ".join(word.text for word in run)
            if folded(text) in names and not any(word.quoted or word.mention for word in run):
                break
            end -= 1
        if end > start + 1:
            yield Word(text, text, quoted=True)
        else:
            yield words[start]
        start = end


def _is_part_of_name(word: Word, person: Person) -> bool:
    return not word.quoted and folded(word.text) in folded(person.name).split() != [folded(word.text)]


def _is_last_name(word: Word, person: Person) -> bool:
    return _is_part_of_name(word, person) and folded(word.text) != folded(person.name).split()[0]


def _mentioned(word: Word, everyone: Sequence[Person], slack_names: Mapping[str, Sequence[str]]) -> tuple[Person, ...]:
    names = slack_names.get(word.mention or "", ())
    return _unique(person for name in names for person in _called(name, everyone))


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


def offered(text: str, everyone: Sequence[Person]) -> tuple[Person, ...]:
    """Whom a searchable menu offers for what was typed so far: by name or id; everyone where nothing was typed."""
    wanted = folded(text)
    names = [(folded(person.name), person) for person in everyone]
    found = [(name, one) for name, one in names if wanted in name or wanted in folded(one.custom_id)]
    # A stable sort: those whose names start so come first, and nobody else changes places.
    return tuple(person for _, person in sorted(found, key=lambda pair: not pair[0].startswith(wanted)))


async def slack_names(directory: Directory, words: Sequence[Word]) -> Mapping[str, Sequence[str]]:
    """The names in Slack of each mentioned user id; none if Slack cannot be asked."""
    names: dict[str, Sequence[str]] = {}
    for user_id in {word.mention for word in words if word.mention}:
        try:
            names[user_id] = names_of(await directory.user(user_id))
        except CannotCheck:
            names[user_id] = ()
    return names
