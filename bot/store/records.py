"""The plain values that the store takes and hands out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


def digest_of(text: str | bytes) -> str:
    """A key of one length for whatever came from outside."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


class State(StrEnum):
    """How far a deed has come.

    `open` and `reporting` are passing: somebody works on it. The others are final.
    """

    OPEN = "open"
    REPORTING = "reporting"
    DONE = "done"
    FAILED = "failed"
    UNSURE = "unsure"
    INTERRUPTED = "interrupted"


class Notices(StrEnum):
    """What a channel is told of its meeting's sessions."""

    OFF = "off"
    START = "start"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Link:
    """The meeting that a channel means."""

    channel_id: str
    meeting_id: str
    title: str | None
    by: str
    at: datetime
    notices: Notices = Notices.OFF
    notices_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """A channel that wants a live card for each session of a meeting."""

    channel_id: str
    meeting_id: str
    title: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting that this process looks at; nobody else does while its lease lasts.

    Attributes:
        now: the database's seconds when it was claimed.
        quiet: looks in a row that found nothing new.
        spent: calls to the API, as seconds and number.
    """

    meeting_id: str
    now: float
    quiet: int
    spent: Sequence[tuple[float, int]]


class CardKind(StrEnum):
    """What a message about a session is."""

    CARD = "card"
    NOTICE = "notice"


class CardState(StrEnum):
    """What becomes of a message.

    `stopped` and `moved` are to be given their last words; `ended` is finished.
    """

    LIVE = "live"
    STOPPED = "stopped"
    MOVED = "moved"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Card:
    """A message in a channel about one session.

    Attributes:
        by: who had it stopped or moved.
        ts: the message's id; None where it is being posted, or a dying process left it open.
        shown: a digest of what it shows.
    """

    id: str
    channel_id: str
    meeting_id: str
    session_id: str
    kind: CardKind
    state: CardState
    title: str | None
    by: str | None
    ts: str | None
    shown: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Block:
    """Somebody who must not come back into a meeting.

    Attributes:
        person: a digest of their custom id.
        told: which of their returns the hosts were told of last.
    """

    person: str
    channel_id: str | None
    by: str
    at: datetime
    told: str | None


@dataclass(frozen=True, slots=True)
class Deed:
    """A side effect that is about to be carried out.

    Attributes:
        intent: the same for all deliveries of one intent.
        what: as `views/history.py` names them: `kick`, `kick and block`, `end`, `poll`, `link` and so on.
        people: whom it concerns, by name.
        response_url: by which the person who asked can be told, for half an hour.
    """

    intent: str
    what: str
    user_id: str
    channel_id: str | None = None
    meeting_id: str | None = None
    title: str | None = None
    people: Sequence[str] = ()
    detail: str = ""
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed in the journal.

    Attributes:
        outcome: what came of it, in a few words.
    """

    id: str
    what: str
    user_id: str
    channel_id: str | None
    meeting_id: str | None
    title: str | None
    people: Sequence[str]
    detail: str
    state: State
    outcome: str
    at: datetime
    response_url: str | None = None
