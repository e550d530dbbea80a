"""The state behind the stand-ins, without HTTP: meetings with people in them, a workspace with people and channels."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

TEAM, OTHER_TEAM = "T0SANDBOX1", "T0ELSEWHERE"
BOT_USER, SLACKBOT = "U0USHERBOT", "USLACKBOT"


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A random UUID, without a call to the system: each test makes six hundred."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


@dataclass(eq=False, slots=True)
class Participant:
    """A person who may join a meeting: the meeting-level record."""

    name: str | None
    custom_id: str
    email: str | None = None
    preset: str = "group_call_participant"
    picture: str | None = None
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)
    deleted: bool = False


@dataclass(eq=False, slots=True)
class Peer:
    """One connection of a participant to a session."""

    participant: Participant
    joined_at: datetime
    id: str = field(default_factory=new_id)
    left_at: datetime | None = None
    kicked: bool = False
    muted: bool = False


@dataclass(eq=False, slots=True)
class Session:
    """One run of a meeting."""

    meeting: "Meeting"
    started_at: datetime
    id: str = field(default_factory=new_id)
    ended_at: datetime | None = None
    peers: list[Peer] = field(default_factory=list)
    inside: int = 0
    peak: int = 0
    breakout_rooms: int = 0

    def present(self) -> list[Peer]:
        """The connections that have not left."""
        return [peer for peer in self.peers if peer.left_at is None]

    def people(self) -> list[Participant]:
        """The people who are in, each once."""
        return list({peer.participant.id: peer.participant for peer in self.present()}.values())

    def minutes(self) -> float:
        """Participant-minutes so far."""
        return sum(((peer.left_at or now()) - peer.joined_at).total_seconds() / 60 for peer in self.peers)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened in a meeting: a session started or ended, somebody joined or left.

    Attributes:
        event: as RealtimeKit's webhooks name it, such as `meeting.participantJoined`.
        reason: why a session ended.
    """

    event: str
    session: Session
    peer: Peer | None = None
    reason: str = ""


@dataclass(eq=False, slots=True)
class Meeting:
    """A permanent room.

    Attributes:
        held: people may not unmute themselves.
        switches: what happens in its sessions, such as `record_on_start`.
        tell: hears of everything that happens in it.
    """

    title: str | None
    id: str = field(default_factory=new_id)
    status: str = "ACTIVE"
    type: str = "meeting"
    participants: list[Participant] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    polls: list[dict[str, Any]] = field(default_factory=list)
    held: bool = False
    switches: dict[str, bool] = field(default_factory=dict)
    created_at: datetime = field(default_factory=lambda: now() - timedelta(days=3))
    tell: Callable[[Happening], None] = lambda _: None

    def live(self) -> Session | None:
        """The session that runs, if one does."""
        return next((session for session in self.sessions if session.ended_at is None), None)

    def join(self, participant: Participant, ago: timedelta = timedelta()) -> Peer:
        """Let somebody in; the first one starts a session."""
        if participant not in self.participants:
            self.participants.append(participant)
        session = self.live()
        started = session is None
        if session is None:
            session = Session(self, now() - ago)
            self.sessions.append(session)
        peer = Peer(participant, now() - ago)
        session.started_at = min(session.started_at, peer.joined_at)
        session.peers.append(peer)
        session.inside += 1
        session.peak = max(session.peak, session.inside)
        if started:
            self.tell(Happening("meeting.started", session))
        self.tell(Happening("meeting.participantJoined", session, peer))
        return peer

    def leave(self, participant: Participant, *, kicked: bool = False) -> None:
        """Take all of somebody's connections out."""
        if session := self.live():
            for peer in session.present():
                if peer.participant is participant:
                    self._out(session, peer, kicked=kicked)

    def _out(self, session: Session, peer: Peer, *, kicked: bool) -> None:
        peer.left_at, peer.kicked = now(), kicked
        session.inside -= 1
        self.tell(Happening("meeting.participantLeft", session, peer))

    def mute(self, people: Sequence[Participant], *, held: bool = False) -> None:
        """Mute all of these people's connections.

        Args:
            held: they may not unmute themselves.
        """
        session = self.live()
        for peer in session.present() if session else ():
            if peer.participant in people:
                peer.muted = True
        self.held = self.held or held

    def end(self, *, kicked: bool = False) -> int:
        """Take everybody out and end the session; says how many connections there were."""
        session = self.live()
        if session is None:
            return 0
        gone = session.present()
        for peer in gone:
            self._out(session, peer, kicked=kicked)
        session.ended_at = now()
        reason = "HOST_ENDED_MEETING" if kicked else "ALL_PARTICIPANTS_LEFT"
        self.tell(Happening("meeting.ended", session, reason=reason))
        return len(gone)

    def names(self) -> list[str | None]:
        """Who is in, in the order of joining."""
        session = self.live()
        return [person.name for person in session.people()] if session else []


@dataclass(slots=True)
class User:
    """Somebody in Slack."""

    id: str
    name: str
    real_name: str
    admin: bool = False
    owner: bool = False
    guest: bool = False
    stranger: bool = False
    bot: bool = False
    deleted: bool = False

    @property
    def team(self) -> str:
        """The workspace this person belongs to."""
        return OTHER_TEAM if self.stranger else TEAM


@dataclass(slots=True)
class Channel:
    """A place in Slack."""

    id: str
    name: str
    members: set[str]
    private: bool = False
    direct: bool = False


@dataclass(slots=True)
class World:
    """Everything that the stand-ins know.

    Attributes:
        listeners: hear of everything that happens in the meetings.
    """

    meetings: dict[str, Meeting] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    listeners: list[Callable[[Happening], None]] = field(default_factory=list)

    def add(self, meeting: Meeting) -> Meeting:
        """Put a meeting into the app."""
        self.meetings[meeting.id] = meeting
        meeting.tell = self._tell
        return meeting

    def _tell(self, happening: Happening) -> None:
        for listener in self.listeners:
            listener(happening)

    def user(self, name: str) -> User:
        """The person with this short name."""
        return next(user for user in self.users.values() if user.name == name)

    def channel(self, name: str) -> Channel:
        """The channel with this name."""
        return next(channel for channel in self.channels.values() if channel.name == name)

    def meeting(self, title: str) -> Meeting:
        """The meeting with this title."""
        return next(meeting for meeting in self.meetings.values() if meeting.title == title)
