"""Refusals that are not the API's: what Usher itself says no to, and why.

    Refusal
    ├── NotAllowed          the person lacks the right
    ├── CannotCheck         Slack did not tell who the person is
    ├── Misused             the command's words make no sense
    ├── NotLinked           nothing says which meeting is meant
    ├── MeetingNotFound     no meeting has this id or these words in its title
    ├── AmbiguousMeeting    several meetings have these words in their titles
    ├── NotLive             nobody is in the meeting
    ├── PeopleUnknown       the API counts people in the room, but names none
    ├── Repeated            the same intent came before
    ├── Busy                more waits than can be done in time
    ├── Interrupted         the process is stopping
    ├── CannotPost          the bot may not write in this channel
    └── DialogNotOpened     Slack did not open the modal

They carry facts; the words are made in `views/faults.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Right(IntEnum):
    """What a person may do; each right includes those below it."""

    NOTHING = 0
    LOOK = 1
    ACT = 2
    MANAGE = 3


@dataclass(frozen=True, slots=True)
class MeetingChoice:
    """A meeting that may be meant: its id and title; and whether it is meant because the channel is linked to it."""

    id: str
    title: str | None
    linked: bool = False


class Refusal(Exception):
    """Root of everything that Usher itself refuses."""


class NotAllowed(Refusal):
    """The person lacks a right.

    Attributes:
        needed: the right that is missing.
        outsider: the person is of another workspace, a bot or deactivated, so nobody here could grant it.
        guest: the person is a guest of the workspace.
    """

    def __init__(self, needed: Right, *, outsider: bool = False, guest: bool = False) -> None:
        super().__init__(needed.name)
        self.needed, self.outsider, self.guest = needed, outsider, guest


class CannotCheck(Refusal):
    """Slack could not be asked who the person is, so nothing was done."""


class Misused(Refusal):
    """The command's words make no sense.

    Attributes:
        why: one sentence for the person.
        usage: how the command is typed.
    """

    def __init__(self, why: str, usage: str) -> None:
        super().__init__(why)
        self.why, self.usage = why, usage


class NotLinked(Refusal):
    """No meeting was named, the channel has none, and there is no default."""


class MeetingNotFound(Refusal):
    """No meeting has this id, or none has these words in its title.

    Attributes:
        linked: it is the one that the channel is linked to, so it was deleted since.
        by_default: it is the one that `REALTIMEKIT_MEETING_ID` names.
    """

    def __init__(self, words: str, *, linked: bool = False, by_default: bool = False) -> None:
        super().__init__(words)
        self.words, self.linked, self.by_default = words, linked, by_default


class AmbiguousMeeting(Refusal):
    """Several meetings have these words in their titles."""

    def __init__(self, words: str, choices: Sequence[MeetingChoice]) -> None:
        super().__init__(words)
        self.words, self.choices = words, tuple(choices)


class NotLive(Refusal):
    """Nobody is in the meeting.

    Attributes:
        meeting: which one.
        ended_at: when its last session ended, where that is known.
        peak: how many people its last session had at most, where that is known.
        inactive: nobody can join it.
    """

    def __init__(
        self,
        meeting: MeetingChoice,
        ended_at: datetime | None = None,
        peak: int | None = None,
        *,
        inactive: bool = False,
    ) -> None:
        super().__init__(meeting.id)
        self.meeting, self.ended_at, self.peak, self.inactive = meeting, ended_at, peak, inactive


class PeopleUnknown(Refusal):
    """The API counts people in the room, but names none of them."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Repeated(Refusal):
    """The same intent came before: a double click, a repeated submission, a retried delivery.

    Attributes:
        unsure: nobody knows what came of it.
    """

    def __init__(self, *, unsure: bool = False) -> None:
        super().__init__(unsure)
        self.unsure = unsure


class Busy(Refusal):
    """More work waits than can be done in time."""


class Interrupted(Refusal):
    """The process is stopping and takes nothing new."""


class CannotPost(Refusal):
    """The bot may not write in this channel, where something is to be kept up to date."""


class DialogNotOpened(Refusal):
    """Slack did not open the modal: its trigger lives for three seconds and serves once."""
