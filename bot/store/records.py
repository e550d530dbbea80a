"""The plain values that the store takes and hands out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


def digest(text: str | bytes) -> str:
    """A key of one length for whatever came from outside."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


class State(StrEnum):
    """How far an operation has come.

    `open`: a process works on it. `reporting`: it died, and another process tells the person. The others are final;
    `partly`: done for some, and for others not, or nobody knows.
    """

    OPEN = "open"
    REPORTING = "reporting"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
    UNKNOWN = "unsure"
    INTERRUPTED = "interrupted"


def ended(*, done: bool, not_done: bool, unknown: bool) -> State:
    """How an operation on several people ended, for some of whom each of these holds."""
    if done:
        return State.PARTLY if not_done or unknown else State.DONE
    return State.UNKNOWN if unknown else State.FAILED


class Notices(StrEnum):
    """What a channel is told about its meeting's sessions."""

    OFF = "off"
    START = "start"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Link:
    """The meeting that a channel means. `no_host`: after so many minutes without a host the channel is told."""

    channel_id: str
    meeting_id: str
    title: str | None
    by: str
    at: datetime
    notices: Notices = Notices.OFF
    notices_at: datetime | None = None
    no_host: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """A channel that wants a live card for each session of a meeting."""

    channel_id: str
    meeting_id: str
    title: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A meeting that this process updates; no other process does while the lease lasts.

    Attributes:
        now: the database's seconds when it was claimed.
        quiet: updates in a row that changed nothing.
        spent: calls to the API, as seconds and number.
    """

    meeting_id: str
    now: float
    quiet: int
    spent: Sequence[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Release:
    """How a meeting is given back to the queue.

    Attributes:
        pause: seconds during which no process updates it, whatever happens.
        due: seconds after which it is updated, though nothing was heard.
        retry: update it once more as soon as the pause is over.
    """

    pause: float
    due: float
    quiet: int
    spent: Sequence[tuple[float, int]]
    retry: bool


class CardKind(StrEnum):
    """What a message about a session is."""

    CARD = "card"
    NOTICE = "notice"
    NO_HOST = "nohost"


class CardState(StrEnum):
    """What becomes of a message.

    `stopped` and `moved` still await their final text; `ended` is finished.
    """

    LIVE = "live"
    STOPPED = "stopped"
    MOVED = "moved"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Card:
    """A message in a channel about one session.

    Attributes:
        by: who turned it off or moved it.
        ts: the message's id; None while it is being posted, or if a process died doing so.
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


class PollState(StrEnum):
    """How far a prepared poll has come. `unsure`: nobody knows whether it was asked."""

    WAITING = "waiting"
    ASKING = "asking"
    ASKED = "asked"
    UNSURE = "unsure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A poll that was written before the meeting. `by`, `at`: who asked it, and when."""

    id: str
    question: str
    options: tuple[str, ...]
    anonymous: bool = False
    hide_votes: bool = False
    state: PollState = PollState.WAITING
    by: str | None = None
    at: datetime | None = None

    @property
    def content(self) -> tuple[str, tuple[str, ...], bool, bool]:
        """What is asked."""
        return self.question, self.options, self.anonymous, self.hide_votes


@dataclass(frozen=True, slots=True)
class Aftermath:
    """A session that is over, and what it may leave behind for a channel that watched it.

    Attributes:
        ts: the summary card, in whose thread it is posted.
        notes: a transcript and a summary are awaited too.
        due: when the next look is due, in the database's seconds.
    """

    channel_id: str
    session_id: str
    meeting_id: str
    title: str | None
    ts: str | None
    ended_at: datetime
    notes: bool
    due: float


@dataclass(frozen=True, slots=True)
class Seat:
    """What the store knows of a person's place in a meeting; never its token.

    Attributes:
        person: their custom id.
        participant_id: RealtimeKit's id of the place; None if there is none, or if that is not known.
        was_asked_for: RealtimeKit was asked to make it, and what came of that is not known.
        invited_until: when their invitation ends, if they have one.
        invited_preset: that the invitation gives them instead of the usual one.
        is_claimed: someone is making it right now.
    """

    person: str
    participant_id: str | None = None
    preset: str | None = None
    was_asked_for: bool = False
    invited_until: datetime | None = None
    invited_preset: str | None = None
    used_at: datetime | None = None
    is_claimed: bool = False


@dataclass(frozen=True, slots=True)
class Ban:
    """Someone who must not come back into a meeting.

    Attributes:
        person: a digest of their custom id.
        told: which of their returns was reported last.
    """

    person: str
    channel_id: str | None
    by: str
    at: datetime
    told: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """A side effect that is about to be carried out.

    Attributes:
        intent: shared by all deliveries of one intent.
        what: as `views/history.py` names them: `kick`, `kick and block`, `end`, `poll`, `link` and so on.
        people: whom it concerns, by name.
        response_url: answers the person who asked, for half an hour.
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
    """An operation in the journal. `outcome`: what came of it, in a few words."""

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
