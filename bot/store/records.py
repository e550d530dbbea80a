"""The plain values that the store takes and hands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Link:
    """The meeting that a channel means."""

    channel_id: str
    meeting_id: str
    title: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deed:
    """A side effect that is about to be carried out.

    Attributes:
        intent: the same for all deliveries of one intent.
        what: `kick`, `kick and block`, `end`, `poll`, `link`, `unlink`, `add host` or `remove host`.
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
