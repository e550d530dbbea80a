"""What RealtimeKit answers, as frozen values.

The API is in beta and its own examples break its schema, so nothing is trusted to be present or well-formed: a field
that cannot be read is None, an unknown word is `UNKNOWN`, a person's rows are merged. Fields:
https://developers.cloudflare.com/api/resources/realtime_kit/
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.sanitize import sanitize

_NOTHING = {"", "null", "none", "undefined"}


def _text(value: object) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or value.strip().lower() in _NOTHING:
        return None
    return sanitize(value)


def _name(value: object) -> str | None:
    """What people typed: `None` and `null` are names like any other."""
    return sanitize(value) if isinstance(value, str) and value.strip() else None


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 1e12 else None


def count_of(value: object) -> int | None:
    """A number of things, such as `1` or `1.0`; None for anything else."""
    number = _number(value)
    return None if number is None or number < 0 else int(number)


def _moment(value: object) -> datetime | None:
    """A time as the API writes it, in UTC; tolerates a stray quote and a missing zone."""
    if isinstance(value, str) and (text := value.strip().strip("\"'")).lower() not in _NOTHING:
        try:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None
        # The year 1 is how some services write "none".
        return moment if moment.year >= 1970 else None
    return None


def _flag(value: object) -> bool:
    return value is True or value in ("true", "1", 1)


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


_Word = TypeVar("_Word", bound=StrEnum)


def _one_of(words: type[_Word], unknown: _Word) -> BeforeValidator:
    def read(value: object) -> _Word:
        return next((word for word in words if word == value), unknown)

    return BeforeValidator(read)


def _rows(value: object) -> list[Any]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


Text = Annotated[str | None, BeforeValidator(_text)]
Name = Annotated[str | None, BeforeValidator(_name)]
Count = Annotated[int | None, BeforeValidator(count_of)]
Number = Annotated[float | None, BeforeValidator(_number)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Session(_Model):
    """One live run of a meeting (`GET meetings/{id}/active-session`, `GET sessions`)."""

    id: Text = None
    meeting_id: Text = Field(None, validation_alias="associated_id")
    title: Text = Field(None, validation_alias="meeting_display_name")
    type: Text = None
    status: Annotated[SessionStatus, _one_of(SessionStatus, SessionStatus.UNKNOWN)] = SessionStatus.UNKNOWN
    people: Count = Field(None, validation_alias="live_participants")
    peak: Count = Field(None, validation_alias="max_concurrent_participants")
    minutes: Number = Field(None, validation_alias="minutes_consumed")
    started_at: Moment = None
    created_at: Moment = None
    ended_at: Moment = None
    breakout_rooms: Annotated[tuple[dict[str, Any], ...], BeforeValidator(_rows)] = ()

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


class Meeting(_Model):
    """A permanent, reusable meeting (`GET meetings/{id}`)."""

    id: str
    title: Text = None
    status: Annotated[MeetingStatus, _one_of(MeetingStatus, MeetingStatus.UNKNOWN)] = MeetingStatus.UNKNOWN


class PeerRow(_Model):
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


class Person(_Model):
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


def present(rows: list[PeerRow]) -> tuple[Person, ...]:
    """The people who are in: those with a connection that has not left, in the order of the rows."""
    grouped: dict[str, list[PeerRow]] = {}
    for row in rows:
        grouped.setdefault(row.person_key, []).append(row)
    return tuple(Person.of(group) for group in grouped.values() if any(row.left_at is None for row in group))


def ids_of(people: Sequence[Person]) -> tuple[list[str], list[str]]:
    """The user ids of those who have one that the API takes, and the custom ids of the others who have one."""
    user_ids = [one.user_id for one in people if one.user_id and is_uuid(one.user_id)]
    return user_ids, [one.custom_id for one in people if one.user_id not in user_ids and one.custom_id]


class Removed(_Model):
    """A person whom the API says a kick removed."""

    id: Text = None
    name: Name = None
    email: Text = None
    picture: Text = None


class PollOption(_Model):
    """An option of a poll as the API echoes it; right after creation nobody has voted."""

    text: Name = None
    count: Count = None


class Poll(_Model):
    """A poll as the API echoes it (`POST …/active-session/poll`). There is no way to read it again."""

    question: Name = None
    options: Annotated[tuple[PollOption, ...], BeforeValidator(_rows)] = ()


def _words(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


class Webhook(_Model):
    """A URL that the API tells of what happens (`GET webhooks`)."""

    id: Text = None
    url: Text = None
    events: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    enabled: Flag = False


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_uuid(value: str) -> bool:
    """Whether this has the shape of a UUID, which the API expects as a participant's id."""
    return _UUID.fullmatch(value) is not None
