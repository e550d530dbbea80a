"""What RealtimeKit answers, as frozen values.

The API is in beta and its own examples break its schema, so nothing is trusted to be present or well-formed: a field
that cannot be read is None, an unknown word is `UNKNOWN`, a person's rows are merged. Fields:
https://developers.cloudflare.com/api/resources/realtime_kit/
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.realtimekit.fields import Count, Flag, MaybeFlag, Moment, Name, Number, Text, meta_in, one_of, rows_in


class SessionStatus(StrEnum):
    """Whether a session runs."""

    LIVE = "LIVE"
    ENDED = "ENDED"
    UNKNOWN = "UNKNOWN"


class MeetingStatus(StrEnum):
    """Whether a meeting can be joined."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    UNKNOWN = "UNKNOWN"


class Model(BaseModel):
    """Frozen; what is not known here is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Session(Model):
    """One live run of a meeting (`GET meetings/{id}/active-session`, `GET sessions`)."""

    id: Text = None
    meeting_id: Text = Field(None, validation_alias="associated_id")
    title: Text = Field(None, validation_alias="meeting_display_name")
    type: Text = None
    status: Annotated[SessionStatus, one_of(SessionStatus, SessionStatus.UNKNOWN)] = SessionStatus.UNKNOWN
    people: Count = Field(None, validation_alias="live_participants")
    peak: Count = Field(None, validation_alias="max_concurrent_participants")
    minutes: Number = Field(None, validation_alias="minutes_consumed")
    organization_id: Text = None
    started_at: Moment = None
    created_at: Moment = None
    updated_at: Moment = None
    ended_at: Moment = None
    meta: Annotated[Any, BeforeValidator(meta_in)] = None
    breakout_rooms: Annotated[tuple[dict[str, Any], ...], BeforeValidator(rows_in)] = ()

    def __hash__(self) -> int:
        """Cheap, and alike for what is equal."""
        return hash(self.id)

    def titled(self, title: str | None) -> Self:
        """With this title if it has none of its own."""
        return self if self.title else self.model_copy(update={"title": title})

    def known_as(self, meeting_id: str) -> str:
        """What tells this session from all others: its id; where the API gives none, its meeting and its start."""
        started = self.started_at or self.created_at
        return self.id or f"{meeting_id} {started.timestamp() if started else '?'}"[:64]


class Meeting(Model):
    """A permanent, reusable meeting (`GET meetings/{id}`)."""

    id: str
    title: Text = None
    status: Annotated[MeetingStatus, one_of(MeetingStatus, MeetingStatus.UNKNOWN)] = MeetingStatus.UNKNOWN
    record_on_start: MaybeFlag = None
    live_stream_on_start: MaybeFlag = None
    transcribe_on_end: MaybeFlag = None
    summarize_on_end: MaybeFlag = None
    persist_chat: MaybeFlag = None
    keep_alive_seconds: Number = Field(None, validation_alias="session_keep_alive_time_in_secs")
    created_at: Moment = None
    updated_at: Moment = None


class PeerRow(Model):
    """One connection of a person to a session, past or present (`GET sessions/{id}/participants`)."""

    peer_id: Text = Field(None, validation_alias="id")
    user_id: Text = None
    custom_id: Text = Field(None, validation_alias="custom_participant_id")
    name: Name = Field(None, validation_alias="display_name")
    preset: Text = Field(None, validation_alias="preset_name")
    joined_at: Moment = None
    left_at: Moment = None

    @property
    def person_key(self) -> str:
        """What the connections of one person share: the user id, else the custom id, else this connection's own id.

        A user id that is no UUID is of no use to the API, which takes nothing else.
        """
        if self.user_id and is_uuid(self.user_id):
            return self.user_id
        return f"custom:{self.custom_id}" if self.custom_id else f"peer:{self.user_id or self.peer_id}"

    @property
    def identity(self) -> str:
        """What one human's connections share, also where the join page gave them a new place: custom id and name.

        The name too, since some pages give all their guests the same custom id.
        """
        return f"{self.custom_id} {self.name.casefold()}" if self.custom_id and self.name else self.person_key


def identities(rows: Sequence[PeerRow]) -> list[str]:
    """Whose each connection is: people who changed their name keep their user id."""
    known: dict[str, str] = {}
    return [known.setdefault(row.user_id, row.identity) if row.user_id else row.identity for row in rows]


class Person(Model):
    """A person in a session: all of their connections merged.

    Attributes:
        key: names this person in menus and buttons; the user id where there is one.
        user_id: what kick, mute and delete expect; never the peer id.
        joined_at: of the first connection that is still there.
        peer_ids: the connections, for those who name a person by one.
    """

    key: str
    user_id: str | None = None
    custom_id: str | None = None
    name: str | None = None
    preset: str | None = None
    joined_at: datetime | None = None
    peer_ids: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Cheap, and alike for what is equal."""
        return hash(self.key)

    @property
    def can_be_kicked(self) -> bool:
        """Whether the API gave an id by which it would know this person again."""
        return not self.key.startswith("peer:")

    @classmethod
    def by_key(cls, key: str, name: str | None) -> Self:
        """A person of whom no more is known than an option of a menu holds."""
        custom_id = key.removeprefix("custom:") if key.startswith("custom:") else None
        return cls(key=key, user_id=key if is_uuid(key) else None, custom_id=custom_id, name=name)

    @classmethod
    def of(cls, rows: list[PeerRow]) -> Self:
        """Merge the rows of one person, of which there is at least one."""

        def first(values: list[str | None]) -> str | None:
            return next((value for value in values if value), None)

        here = [row for row in rows if row.left_at is None] or rows
        return cls(
            key=rows[0].person_key,
            user_id=first([row.user_id for row in rows]),
            custom_id=first([row.custom_id for row in here]),
            name=first([row.name for row in here]),
            preset=first([row.preset for row in here]),
            joined_at=min((row.joined_at for row in here if row.joined_at), default=None),
            peer_ids=tuple(row.peer_id for row in rows if row.peer_id),
        )


@dataclass(frozen=True)
class Connections:
    """All connections to a session, past and present, newest first; who is in is derived once for all who ask.

    Attributes:
        missing: how many more the API counts than it lists.
        is_limited: there are more pages than were read.
    """

    rows: Sequence[PeerRow]
    missing: int = 0
    is_limited: bool = False

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """The people who are in, who joined last first."""
        return present(self.rows)

    @property
    def everyone(self) -> tuple[Person, ...]:
        """The people who are or were in."""
        return past_and_present(self.rows)


def present(rows: Sequence[PeerRow]) -> tuple[Person, ...]:
    """The people who are in: those with a connection that has not left, in the order of the rows."""
    return tuple(person for person, group in _people(rows) if any(row.left_at is None for row in group))


def past_and_present(rows: Sequence[PeerRow]) -> tuple[Person, ...]:
    """The people who are or were in."""
    return tuple(person for person, _ in _people(rows))


def _people(rows: Sequence[PeerRow]) -> Iterator[tuple[Person, list[PeerRow]]]:
    """Each person with their rows. A custom id that several share names none of them."""
    grouped: dict[str, list[PeerRow]] = {}
    holders: dict[str, set[str]] = {}
    for row in rows:
        grouped.setdefault(row.person_key, []).append(row)
        if row.custom_id:
            holders.setdefault(row.custom_id, set()).add(row.identity)
    for key, group in grouped.items():
        custom_id = group[0].custom_id
        if not key.startswith("custom:") or custom_id is None or len(holders[custom_id]) < 2:
            yield Person.of(group), group
            continue
        apart: dict[str, list[PeerRow]] = {}
        for row in group:
            apart.setdefault(row.identity, []).append(row)
        for identity, own in apart.items():
            yield Person.of(own).model_copy(update={"key": f"peer:{own[0].peer_id or identity}"}), own


def by_keys(keys: Iterable[str], known: Iterable[Person]) -> list[Person]:
    """The people with these keys, as they are known; otherwise by their keys alone."""
    people = {person.key: person for person in known}
    return [people.get(key) or Person.by_key(key, None) for key in keys]


def ids_of(people: Sequence[Person]) -> tuple[list[str], list[str]]:
    """The user ids of those who have one that the API takes, and the custom ids of the others who have one."""
    user_ids = [one.user_id for one in people if one.user_id and is_uuid(one.user_id)]
    return user_ids, [one.custom_id for one in people if one.user_id not in user_ids and one.custom_id]


class PollOption(Model):
    """An option of a poll as the API echoes it; right after creation nobody has voted."""

    text: Name = None
    count: Count = None


class Poll(Model):
    """A poll as the API echoes it (`POST …/active-session/poll`). There is no way to read it again."""

    question: Name = None
    options: Annotated[tuple[PollOption, ...], BeforeValidator(rows_in)] = ()
    anonymous: MaybeFlag = None
    hide_votes: MaybeFlag = None


def _words(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


class Webhook(Model):
    """A URL that the API tells of what happens (`GET webhooks`)."""

    id: Text = None
    url: Text = None
    events: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    enabled: Flag = False


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_uuid(value: str) -> bool:
    """Whether this has the shape of a UUID, which the API expects as a participant's id."""
    return _UUID.fullmatch(value) is not None
