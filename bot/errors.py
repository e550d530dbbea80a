"""What Usher itself refuses, and why.

    Refusal
    ├── NotAllowed          the person lacks the right
    ├── CannotCheck         Slack did not tell who the person is
    ├── SlackRefused        Slack did not do what was asked for
    ├── Misused             the command's words make no sense
    ├── NotLinked           nothing says which meeting is meant
    ├── MeetingNotFound     no meeting has this id or these words in its title
    ├── AmbiguousMeeting    several meetings have these words in their titles
    ├── NotLive             nobody is in the meeting
    ├── PeopleUnknown       the API counts people in the meeting, but names none, or only some
    ├── Repeated            the same intent came before
    ├── Busy                more waits than can be done in time
    ├── Interrupted         the process is stopping
    ├── NoJoinUrl           no page is set up where people join
    ├── Locked              nobody can join the meeting
    ├── Banned              a host keeps this person out of the meeting
    ├── NotInvited          a guest wants into a meeting that is none of theirs
    ├── PresetMissing       RealtimeKit has no such preset
    ├── CannotPost          the bot may not post in this channel
    └── DialogNotOpened     Slack did not open the modal

They carry facts; the words are made in `views/failures.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Right(IntEnum):
    """What a person may do; each right includes those below it."""

    NOTHING = 0
    VIEW = 1
    HOST = 2
    MANAGE = 3


@dataclass(frozen=True, slots=True)
class MeetingChoice:
    """A meeting that may be meant: its id and title; and whether it is meant because the channel is linked to it."""

    id: str
    title: str | None
    linked: bool = False


class Refusal(Exception):
    """Root of everything that Usher itself refuses. Nothing was done."""

    may_have_happened = False


def may_have_happened(error: Exception) -> bool:
    """Whether what raised this may have taken effect all the same: our errors say so, and a bug may strike anywhere."""
    return bool(getattr(error, "may_have_happened", True))


@dataclass(eq=False)
class NotAllowed(Refusal):
    """The person lacks a right.

    Attributes:
        needed: the right that is missing.
        outsider: the person is of another workspace, a bot or deactivated, so nobody here could grant it.
        guest: the person is a guest of the workspace.
        hosts: who has the right in this channel: user ids, user group ids, `*`.
    """

    needed: Right
    outsider: bool = False
    guest: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(eq=False)
class CannotCheck(Refusal):
    """Slack could not be asked who someone is, so nothing was done.

    Attributes:
        code: Slack's own, or ours where it did not answer.
        permanent: trying again does not help: whoever runs Usher must do something.
        of_others: it was asked of those whom the command names, not of who typed it.
    """

    code: str = ""
    permanent: bool = False
    of_others: bool = False

    def about_others(self) -> "CannotCheck":
        """The same, where it was asked of those whom the command names."""
        return CannotCheck(self.code, self.permanent, of_others=True)


@dataclass(eq=False)
class SlackRefused(Refusal):
    """Slack did not do what was asked for.

    Attributes:
        code, permanent: as above.
        transient: the same may work in a moment.
        may_have_happened: its answer was lost.
    """

    code: str = ""
    permanent: bool = False
    transient: bool = False
    may_have_happened: bool = False


@dataclass(eq=False)
class Misused(Refusal):
    """The command's words make no sense.

    Attributes:
        why: one sentence for the person.
        usage: how the command is typed.
    """

    why: str
    usage: str


class NotLinked(Refusal):
    """No meeting was named, the channel has none, and there is no default."""


@dataclass(eq=False)
class MeetingNotFound(Refusal):
    """No meeting has this id, or none has these words in its title.

    Attributes:
        linked: it is the one that the channel is linked to, so it was deleted since.
        by_default: it is the one that `REALTIMEKIT_MEETING_ID` names.
    """

    words: str
    linked: bool = False
    by_default: bool = False


@dataclass(eq=False)
class AmbiguousMeeting(Refusal):
    """Several meetings have these words in their titles."""

    words: str
    choices: Sequence[MeetingChoice]


@dataclass(eq=False)
class NotLive(Refusal):
    """Nobody is in the meeting.

    Attributes:
        ended_at: when its last session ended, if that is known.
        peak: how many people that session had at most, if that is known.
        locked: nobody can join.
        running: a session is live all the same, without anyone in it.
        unread: the meeting itself could not be read, so its title and its lock may be unknown.
    """

    meeting: MeetingChoice
    ended_at: datetime | None = None
    peak: int | None = None
    locked: bool = False
    running: bool = False
    unread: bool = False


@dataclass(eq=False)
class PeopleUnknown(Refusal):
    """The API counts people in the meeting, but names none of them, or only some.

    Attributes:
        count: how many it counts; None where only some are named.
    """

    count: int | None = None


@dataclass(eq=False)
class Repeated(Refusal):
    """The same intent came before: a double click, a repeated submission, a retried delivery.

    Attributes:
        may_have_happened: nobody knows what came of it.
        on_purpose: it came so late that it is no double click.
        running: it is still being carried out.
        by: who asked for it before.
    """

    may_have_happened: bool = False
    on_purpose: bool = False
    running: bool = False
    by: str = ""


class Busy(Refusal):
    """More work waits than can be done in time."""


class Interrupted(Refusal):
    """The process is stopping and accepts nothing new."""


@dataclass(eq=False)
class NoJoinUrl(Refusal):
    """`JOIN_URL` is not set. `right`: of the person who asks; managers learn what to set."""

    right: Right


@dataclass(eq=False)
class Locked(Refusal):
    """Nobody can join the meeting. `can_unlock`: the person who asks could unlock it."""

    meeting: MeetingChoice
    can_unlock: bool = False


@dataclass(eq=False)
class Banned(Refusal):
    """A host keeps this person out of the meeting."""

    meeting: MeetingChoice


@dataclass(eq=False)
class NotInvited(Refusal):
    """A guest of the workspace wants into a meeting that is not of a channel they are in, nor were they invited."""

    meeting: MeetingChoice


@dataclass(eq=False)
class PresetMissing(Refusal):
    """RealtimeKit has no preset of this name."""

    preset: str


@dataclass(eq=False)
class CannotPost(Refusal):
    """The bot cannot post in this channel, where something is to be kept up to date. `direct`: it never can there."""

    direct: bool = False


class DialogNotOpened(Refusal):
    """Slack did not open the modal: its trigger lives for three seconds and works once."""
