"""The world that the sandbox and the tests start with, and what keeps it lively."""

import random
from datetime import timedelta

from sandbox.world import BOT_USER, SLACKBOT, Channel, Meeting, Participant, User, World

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
        User(SLACKBOT, "slackbot", "Slackbot", bot=True),
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
        if not here:
            meeting.end()
            continue
        away = [person for person in meeting.participants if person not in here and not person.deleted]
        if away and (dice.random() < 0.5 or len(here) < 2):
            meeting.join(dice.choice(away))
        elif len(here) > 2:
            meeting.leave(dice.choice(here))


def vote(world: World, dice: random.Random) -> None:
    """Let one person more vote in each poll."""
    for meeting in world.meetings.values():
        session = meeting.live()
        for poll in meeting.polls if session else ():
            voted = set(poll["voted"])
            waiting = [person for person in session.people() if person.id not in voted] if session else []
            if waiting:
                person = dice.choice(waiting)
                option = dice.choice(poll["options"])
                option["count"] += 1
                option["votes"].append({"id": person.id, "name": person.name or ""})
                poll["voted"].append(person.id)
