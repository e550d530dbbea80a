"""Whom the words after `/kick` and `/session mute` name. Pure, but for `find_people`, which asks who is there.

Nobody is removed by a guess: a word names a person only if every way to read it leads to that one person. Where it may
mean several, or resembles a name, they are candidates for a person to choose from.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.commands.parsing import Word
from bot.errors import CannotCheck, MeetingChoice, Misused, NotLive, PeopleUnknown
from bot.meetings import Meetings
from bot.realtimekit.models import Connections, Person, Session
from bot.sanitize import folded, unaccented
from bot.slack.directory import Directory, names_of, slack_id

NAME_WORDS = 6
"""The most words of a name that are recognised without quotes."""
MAX_WORDS = 300
"""Beyond that a pasted list would keep everyone else waiting."""
MAX_RESEMBLING = 20
"""For how many words those are looked for whose names are like it: all names are compared with each."""
_SEPARATORS = ",;"


@dataclass(frozen=True, slots=True)
class Matches:
    """Whom the words name.

    Attributes:
        clear: those whom a word names beyond doubt, each once.
        unclear: the words that name nobody, or whom they may mean where that is several.
    """

    clear: tuple[Person, ...]
    unclear: Mapping[str, tuple[Person, ...]]

    @property
    def unknown(self) -> bool:
        """Whether a word names nobody at all."""
        return not all(self.unclear.values())

    @property
    def candidates(self) -> tuple[Person, ...]:
        """Everyone whom the words may mean, each once."""
        return _unique(person for group in (self.clear, *self.unclear.values()) for person in group)


class _Index:
    """Everyone in a meeting, by each way to name them."""

    def __init__(self, everyone: Sequence[Person]) -> None:
        self.names: defaultdict[str, list[Person]] = defaultdict(list)
        self.ids: defaultdict[str, list[Person]] = defaultdict(list)
        self.parts: defaultdict[str, list[Person]] = defaultdict(list)
        for person in everyone:
            if name := folded(person.name):
                self.names[name].append(person)
                for part in parts_of(name):
                    self.parts[part].append(person)
            for value in {folded(one) for one in (person.key, person.user_id, person.custom_id, *person.peer_ids)}:
                if value:
                    self.ids[value].append(person)

    def called(self, text: str) -> tuple[Person, ...]:
        """Those whose whole shown name this is."""
        return tuple(self.names.get(folded(text), ()))

    def named(self, word: Word) -> tuple[Person, ...]:
        """Everyone whom a word names in any reading: an id, an e-mail address, a whole name, a part of one."""
        wanted = folded(word.text)
        bare = wanted.removeprefix("@")
        found = [*self.ids.get(wanted, []), *self.names.get(bare, [])]
        if not (word.quoted and found):  # quotes are how one says that it is the whole name
            found += self.parts.get(bare, [])
        return _unique(found or self._unaccented.get(unaccented(bare), ()))

    @cached_property
    def _unaccented(self) -> Mapping[str, list[Person]]:
        """Names and their parts without accents: only where nothing else hits."""
        every: defaultdict[str, list[Person]] = defaultdict(list)
        for texts in (self.names, self.parts):
            for text, people in texts.items():
                every[unaccented(text)] += people
        return every

    def resembling(self, text: str) -> tuple[Person, ...]:
        """Who may be meant by a part of a name. Never enough to act upon."""
        wanted = folded(text).removeprefix("@")
        return _unique(one for name, group in self.names.items() if wanted and wanted in name for one in group)


def parts_of(name: str) -> set[str]:
    """The words of a folded name, with hyphens and apostrophes and without."""
    return {part.strip("-'") for part in re.findall(r"[\w'-]+", name)} | set(re.findall(r"\w+", name)) - {""}


def match(
    words: Sequence[Word],
    everyone: Sequence[Person],
    slack_names: Mapping[str, Sequence[str]],
    team_id: str = "",
    were_in: Collection[str | None] = (),
) -> Matches:
    """Find whom each word names among everyone in the meeting; Slack's names are by mentioned user id.

    Args:
        were_in: the custom ids of those who are or were in, so that nobody else is taken for them by their name.

    Raises:
        Misused: more words than can be names.
    """
    if len(words) > MAX_WORDS:
        raise Misused(f"You can name up to {MAX_WORDS} people at once. For more, use the list.", "/session who")
    index = _Index(everyone)
    clear: dict[str, Person] = {}
    unclear: dict[str, tuple[Person, ...]] = {}
    before, doubtful = None, False
    for word in dict.fromkeys(_whole_names(list(_separated(words, index)), index)):
        found = _mentioned(word, index, slack_names, team_id, were_in) if word.mention else index.named(word)
        person = found[0] if found and _are_one(found) else None
        is_part = person is not None and _is_part_of_name(word, person)
        if person and before and person is not before and (_is_last_name(word, person) or (doubtful and is_part)):
            # `Ada Smith`, who is not here, must not become Ada Lovelace and Bob Smith; nor `Smith Ada`.
            clear.pop(before.key, None)
            unclear[f"{folded(before.name).split()[0]} {word.text}".title()] = (before, person)
            before = None
            continue
        if person:
            clear |= {one.key: one for one in found}
        else:
            few = len(unclear) < MAX_RESEMBLING
            unclear[word.text] = found or (index.resembling(word.text) if few else ())
        before, doubtful = (person, _is_last_name(word, person)) if person and is_part else (None, False)
    return Matches(tuple(clear.values()), unclear)


def _separated(words: Sequence[Word], index: _Index) -> Iterator[Word]:
    """The words, split at commas: `ada,bob` are two people, unless someone is called just that."""
    for word in words:
        if word.quoted or word.mention or index.called(word.text) or folded(word.text) in index.ids:
            yield word
            continue
        pieces = [piece for piece in re.split(rf"(?<=[{_SEPARATORS}])", word.raw) if piece.strip(_SEPARATORS)]
        texts = [piece for piece in re.split(rf"(?<=[{_SEPARATORS}])", word.text) if piece.strip(_SEPARATORS)]
        if len(pieces) != len(texts):
            pieces = texts
        yield from (Word(raw, text) for raw, text in zip(pieces, texts, strict=True))


def _whole_names(words: Sequence[Word], index: _Index) -> Iterator[Word]:
    """The words, with those in a row that make up someone's whole name taken as one, as if they stood in quotes.

    Not where each of them is a whole name, or an id, of someone else: that may be meant as well.
    """
    start = 0
    while start < len(words):
        end = min(len(words), start + NAME_WORDS)
        while end > start + 1:
            run = words[start:end]
            text = " ".join(word.text for word in run)
            hits = index.called(text) or index.called(text.rstrip(_SEPARATORS))
            if hits and not any(word.quoted or word.mention for word in run):
                break
            end -= 1
        else:
            yield _without_comma(words[start])
            start += 1
            continue
        others = [_others(_without_comma(word), index, hits) for word in run]
        if all(others):
            yield from map(_without_comma, run)
        else:
            yield Word(text, text if index.called(text) else text.rstrip(_SEPARATORS), quoted=True)
        start = end


def _others(word: Word, index: _Index, hits: Sequence[Person]) -> list[Person]:
    wanted = folded(word.text)
    return [one for one in (*index.names.get(wanted, ()), *index.ids.get(wanted, ())) if one not in hits]


def _without_comma(word: Word) -> Word:
    """`/kick Ada, Grace` names two people, and no commas."""
    text = word.text.rstrip(_SEPARATORS)
    return word if word.quoted or not text else replace(word, raw=word.raw.rstrip(_SEPARATORS), text=text)


def _are_one(found: Sequence[Person]) -> bool:
    """Whether these are one human: the same custom id, and a name that at most says the device too.

    The name as well, since some pages give all their guests the same custom id.
    """
    first, *others = sorted(found, key=lambda person: len(folded(person.name)))
    names = re.compile(re.escape(folded(first.name)) + r"( ?\(.*\))?")
    return all(
        one.custom_id and one.custom_id == first.custom_id and names.fullmatch(folded(one.name)) for one in others
    )


def _is_part_of_name(word: Word, person: Person) -> bool:
    return not word.quoted and folded(word.text) in parts_of(folded(person.name)) - {folded(person.name)}


def _is_last_name(word: Word, person: Person) -> bool:
    return _is_part_of_name(word, person) and not folded(person.name).startswith(folded(word.text))


def _mentioned(
    word: Word, index: _Index, slack_names: Mapping[str, Sequence[str]], team_id: str, were_in: Collection[str | None]
) -> tuple[Person, ...]:
    """Whoever joined as this person of Slack; otherwise who is called as they are there."""
    custom_id = slack_id(team_id, word.mention or "")
    if joined := index.ids.get(folded(custom_id)):
        return _unique(joined)
    if custom_id in were_in:
        return ()
    names = slack_names.get(word.mention or "", ())
    return _unique(person for name in names for person in index.called(name))


def _unique(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple({person.key: person for person in people}.values())


def offered(text: str, everyone: Sequence[Person]) -> tuple[Person, ...]:
    """Whom a searchable menu offers for what was typed so far: by name or id; everyone where nothing was typed."""
    wanted = folded(text)
    names = [(folded(person.name), person) for person in everyone]
    found = [(name, one) for name, one in names if wanted in name or wanted in folded(one.custom_id)]
    if not found:
        found = [(name, one) for name, one in names if unaccented(wanted) in unaccented(name)]
    # A stable sort: those whose names start so come first, and nobody else changes places.
    return tuple(person for _, person in sorted(found, key=lambda pair: not pair[0].startswith(wanted)))


async def find_people(
    meetings: Meetings, directory: Directory, meeting: MeetingChoice, words: Sequence[Word]
) -> tuple[Session, tuple[Person, ...], Matches]:
    """The session, everyone in it whom the API can tell apart, and whom these words name among all who are in.

    Raises:
        NotLive, PeopleUnknown, CannotCheck, Misused: as they say; also as `Meetings.live` does.
    """
    names = await _slack_names(directory, words)
    team_id = (await directory.identity()).team_id if names else ""

    async def read() -> tuple[Session, Connections, Matches]:
        session = await meetings.live(meeting)
        connections = await meetings.connections(session)
        were_in = {row.custom_id for row in connections.rows}
        return session, connections, match(words, connections.people, names, team_id, were_in)

    session, connections, found = await read()
    if found.unknown:
        # They may have come within the seconds for which reads are shared.
        meetings.forget(meeting.id)
        session, connections, found = await read()
    everyone = connections.people
    _require_all_listed(session, connections)
    if not everyone:
        raise NotLive(replace(meeting, title=session.title), running=True)
    if nameless := next((person for person in found.clear if not person.can_be_kicked), None):
        why = f"RealtimeKit didn't give an ID for {nameless.name}, so I can't remove or mute just them."
        raise Misused(why, "/kick all")
    addressable = tuple(person for person in everyone if person.can_be_kicked)
    if not addressable:
        raise PeopleUnknown(session.people or len(everyone))
    return session, addressable, found


def _require_all_listed(session: Session, connections: Connections) -> None:
    """Raise `PeopleUnknown` where the API counts people whom it does not list."""
    if session.people and not connections.people:
        raise PeopleUnknown(session.people)
    here = sum(row.left_at is None for row in connections.rows)
    if connections.missing and here < (session.people or 1):
        raise PeopleUnknown  # whoever is not listed may be the one who is meant, or another of that name


async def _slack_names(directory: Directory, words: Sequence[Word]) -> Mapping[str, Sequence[str]]:
    """The names in Slack of each mentioned user id. Raises `CannotCheck`."""
    names: dict[str, Sequence[str]] = {}
    for user_id in {word.mention for word in words[:MAX_WORDS] if word.mention}:
        try:
            names[user_id] = names_of(await directory.user(user_id))
        except CannotCheck as error:
            raise error.about_others() from None
    return names
