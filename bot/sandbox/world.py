"""The state behind the stand-ins, without HTTP: meetings with people in them, a workspace with people and channels."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

TEAM, OTHER_TEAM = "T0SANDBOX1", "T0ELSEWHERE"
BOT_USER = "U0USHERBOT"


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


@dataclass(eq=False, slots=True)
class Participant:
    """A person who may join a meeting: the meeting-level record."""

    name: str | None
    custom_id: str
    email: str | None = None
    preset: str = "group_call_participant"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=now)
    deleted: bool = False


@dataclass(eq=False, slots=True)
class Peer:
    """One connection of a participant to a session."""

    participant: Participant
    joined_at: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    left_at: datetime | None = None


@dataclass(eq=False, slots=True)
class Session:
    """One run of a meeting."""

    meeting: "Meeting"
    started_at: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
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


@dataclass(eq=False, slots=True)
class Meeting:
    """A permanent room."""

    title: str | None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "ACTIVE"
    type: str = "meeting"
    participants: list[Participant] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    polls: list[dict[str, object]] = field(default_factory=list)

    def live(self) -> Session | None:
        """The session that runs, if one does."""
        return next((session for session in self.sessions if session.ended_at is None), None)

    def join(self, participant: Participant, ago: timedelta = timedelta()) -> Peer:
        """Let somebody in; the first one starts a session."""
        if participant not in self.participants:
            self.participants.append(participant)
        session = self.live()
        if session is None:
            session = Session(self, now() - ago)
            self.sessions.append(session)
        peer = Peer(participant, now() - ago)
        session.started_at = min(session.started_at, peer.joined_at)
        session.peers.append(peer)
        session.inside += 1
        session.peak = max(session.peak, session.inside)
        return peer

    def leave(self, participant: Participant) -> None:
        """Take all of somebody's connections out."""
        if session := self.live():
            for peer in session.present():
                if peer.participant is participant:
                    peer.left_at = now()
                    session.inside -= 1

    def end(self) -> int:
        """Take everybody out and end the session; says how many connections there were."""
        session = self.live()
        if session is None:
            return 0
        gone = session.present()
        for peer in gone:
            peer.left_at = now()
        session.ended_at, session.inside = now(), 0
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
    """Everything that the stand-ins know."""

    meetings: dict[str, Meeting] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)

    def add(self, meeting: Meeting) -> Meeting:
        """Put a meeting into the app."""
        self.meetings[meeting.id] = meeting
        return meeting

    def user(self, name: str) -> User:
        """The person with this short name."""
        return next(user for user in self.users.values() if user.name == name)

    def channel(self, name: str) -> Channel:
        """The channel with this name."""
        return next(channel for channel in self.channels.values() if channel.name == name)

    def meeting(self, title: str) -> Meeting:
        """The meeting with this title."""
        return next(meeting for meeting in self.meetings.values() if meeting.title == title)


HOSTILE_NAMES: tuple[str | None, ...] = (
    "Zoë O’Hara 🚀",
    "محمد العربي",
    "דנה כהן",
    "\u202etxt.evil",
    "N" * 300,
    "👩‍👩‍👧‍👦" * 40,
    "<!channel>",
    "<@U0MAXMAX01> Carl",
    "<https://evil|click>",
    "& < > \"quotes\" 'single' `code` *bold* _it_ ~s~",
    "Robert'); DROP TABLE hosts;--",
    "New\nLine",
    "   ",
    None,
    ":wave: :boom:",
    "https://evil.example/auto",
)
_FIRST = ("Mia", "Noah", "Lena", "Otis", "Zara", "Ivan", "Yuki", "Omar", "Ines", "Finn")
_LAST = (
    *("Abel", "Brandt", "Castro", "Dupont", "Eriksen", "Ferrari", "Gupta", "Haddad", "Ito", "Jansen", "Kovacs"),
    *("Larsen", "Moreau", "Nowak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Varga"),
    *("Weber", "Xu", "Young"),
)


def _crowd(size: int) -> list[Participant]:
    names = [f"{first} {last}" for last in _LAST for first in _FIRST][:size]
    return [Participant(name, name.lower().replace(" ", ".") + "@people.example") for name in names]


def example() -> World:
    """The world that the sandbox and the tests start with: four rooms with people, one empty, and a workspace."""
    world = World()
    standup = world.add(Meeting("Weekly standup", id="6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01"))
    for number, (who, preset) in enumerate(
        (("Ada Lovelace", "group_call_host"), ("Grace Hopper", "group_call_participant"), ("Alan Turing", "guest"))
    ):
        email = who.split()[0].lower() + "@people.example"
        standup.join(Participant(who, email, email=email, preset=preset), timedelta(minutes=42 - 7 * number))
    course = world.add(Meeting("Rust for everyone", id="6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e02"))
    for number, participant in enumerate(_crowd(40)):
        course.join(participant, timedelta(minutes=30, seconds=-number))
    hands = world.add(Meeting("All hands", id="6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e03", type="livestream"))
    for number, participant in enumerate(_crowd(250)):
        hands.join(participant, timedelta(minutes=55, seconds=-number))
    odd = world.add(Meeting("Odd <!channel> names & *stars* 🎉", id="6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e04"))
    for number, name in enumerate(HOSTILE_NAMES):
        odd.join(Participant(name, f"odd-{number}"), timedelta(minutes=9, seconds=-number))
    quiet = world.add(Meeting("Quiet room", id="6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e05"))
    for participant in _crowd(2):
        quiet.join(participant, timedelta(hours=3))
    quiet.end()
    _workspace(world)
    return world


def _workspace(world: World) -> None:
    for user in (
        User("U0ALICE001", "alice", "Alice Admin", admin=True),
        User("U0MIKE0001", "mike", "Mike Member"),
        User("U0MAXMAX01", "max", "Max Member"),
        User("U0GRACE001", "grace", "Grace Hopper"),
        User("U0GUS00001", "gus", "Gus Guest", guest=True),
        User("U0ED000001", "ed", "Ed Elsewhere", stranger=True),
        User("U0GONE0001", "gone", "Gone Person", deleted=True),
        User("U0ROBOT001", "robot", "Other Robot", bot=True),
        User(BOT_USER, "usher", "Usher", bot=True),
    ):
        world.users[user.id] = user
    everyone = {user.id for user in world.users.values() if not user.deleted}
    for channel in (
        Channel("C0GENERAL1", "general", set(everyone)),
        Channel("C0NOBOT001", "no-bot-here", everyone - {BOT_USER}),
        Channel("C0SECRET01", "secret", {"U0ALICE001", "U0MIKE0001"}, private=True),
        Channel("D0ALICEBOT", "", {"U0ALICE001", BOT_USER}, direct=True),
        Channel("D0ALICEMIK", "dm-mike", {"U0ALICE001", "U0MIKE0001"}, direct=True),
    ):
        world.channels[channel.id] = channel
    world.groups["S0HOSTS001"] = {"U0MAXMAX01"}


def stir(world: World, dice: random.Random) -> None:
    """Let one person join or leave in each lively meeting, so that the rooms are not still."""
    for meeting in world.meetings.values():
        session = meeting.live()
        if session is None:
            continue
        here = session.people()
        away = [person for person in meeting.participants if person not in here and not person.deleted]
        if away and (dice.random() < 0.5 or len(here) < 2):
            meeting.join(dice.choice(away))
        elif len(here) > 2:
            meeting.leave(dice.choice(here))
