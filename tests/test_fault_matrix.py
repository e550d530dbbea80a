"""Every command and every button under every fault: one plain message, nothing done twice, one line in the log.

The cases are generated: commands from what is registered, buttons from what is drawn. Where `CI` is set all of them
run; else every fifth fault for each, so that each fault still meets some: `CI=1 make test` runs all here too.
"""

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import Engine, event, update

from bot.slack.request import Kind
from bot.store.tables import leases
from bot.store.url import DATABASE_TIMEOUT
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.methods import METHODS
from sandbox.realtimekit import TOKEN
from sandbox.slack import SIGNING_SECRET, SlackFault
from sandbox.slack import TOKEN as SLACK_TOKEN
from sandbox.surfaces import Message, View
from tests.commands.test_failures import FAULTS as REALTIMEKIT
from tests.commands.test_failures import is_plain
from tests.registered import LISTENERS, names
from tests.scene import Actor, Scene
from tests.surfaces import ELSEWHERE, SILENT, SURFACES, Choice, card, choices, home

TYPED = {
    ("/session", "mute"): "/session mute Ada Grace",
    ("/session", "use"): "/session use rust",
    ("/session", "notices"): "/session notices both",
    ("/session", "invite"): '/session invite <@U0MIKE0001> "Pat Doe"',
    ("/session", "notes"): "/session notes on",
    ("/session", "start"): '/session start "Planning day"',
    ("/session", "hosts"): "/session hosts add <@U0MIKE0001>",
    ("/kick", ""): "/kick Ada Grace --block",
    ("/poll", ""): '/poll "Lunch?" "Pizza" "Salad"',
}
COMMANDS = {one: TYPED.get(one, " ".join(one).strip()) for one in LISTENERS.commands}
"""What is typed for each that is registered."""
SLACK = {
    **{
        code: SlackFault(code)
        for code in (
            *("not_in_channel", "channel_not_found", "invalid_auth", "msg_too_long", "expired_trigger_id"),
            *("hash_conflict", "fatal_error", "user_not_found", "is_archived"),
        )
    },
    "ratelimited": SlackFault("ratelimited", retry_after=0.01),
    "ratelimited for long": SlackFault("ratelimited", retry_after=90),
    "500": SlackFault(status=500),
}
DATABASE = ("journal", "links", "hosts", "cards")
OPERATIONS = ("kick", "kick_all", "poll", "create_meeting", "start_recording")
"""What must not be done twice; muting and locking are simply true after the second time too."""
HARMLESS = ("mute.all", "session.lock", "watch.stop")
"""Within ten seconds a second click on the same card is the same intent."""
PATIENCE = 0.2
"""Seconds for which a locked database is waited for here."""

Breaks = Callable[[Scene], Awaitable[Callable[[], Awaitable[None]]]]


def of_realtimekit(fault: Fault) -> Breaks:
    async def broken(scene: Scene) -> Callable[[], Awaitable[None]]:
        scene.realtimekit.faults["*"] = fault

        async def mend() -> None:
            scene.realtimekit.faults.clear()

        return mend

    return broken


def of_slack(fault: SlackFault, names: tuple[str, ...]) -> Breaks:
    async def broken(scene: Scene) -> Callable[[], Awaitable[None]]:
        scene.slack.faults |= dict.fromkeys(names, fault)

        async def mend() -> None:
            scene.slack.faults.clear()

        return mend

    return broken


def of_database(table: str) -> Breaks:
    async def broken(scene: Scene) -> Callable[[], Awaitable[None]]:
        database = scene.on.bot[USHER].store.database

        async def rename(old: str, new: str) -> None:
            async with database.writing() as connection:
                await connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")

        # A name of its own each time: SQLite compares with what a connection knew of the schema before.
        gone = f"gone_{uuid4().hex}"
        await rename(table, gone)
        return lambda: rename(gone, table)

    return broken


def of_lock(seconds: float) -> Breaks:
    async def broken(scene: Scene) -> Callable[[], Awaitable[None]]:
        database = scene.on.bot[USHER].store.database.engine.sync_engine
        url = scene.on.bot[USHER].settings.database_url.get_secret_value()
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)
        while not other.in_transaction:
            with suppress(sqlite3.OperationalError):  # the bot itself still writes
                other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(0)
        patience = _patience_of(database)
        patience[0] = PATIENCE
        release = asyncio.get_running_loop().call_later(seconds, other.close)

        async def mend() -> None:
            patience[0] = DATABASE_TIMEOUT
            release.cancel()
            other.close()

        return mend

    return broken


_PATIENCE: WeakKeyDictionary[Engine, list[float]] = WeakKeyDictionary()


def _patience_of(database: Engine) -> list[float]:
    """For how long its connections wait for a lock. The listener stays: one must not be removed while it is called."""
    if database not in _PATIENCE:
        patience = _PATIENCE[database] = [DATABASE_TIMEOUT]

        def wait(connection: Any, *_: object) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={int(patience[0] * 1000)}")
            cursor.close()

        event.listen(database, "checkout", wait)
    return _PATIENCE[database]


def faults() -> dict[str, Breaks]:
    """Every fault by name: something that breaks the world, and gives what mends it."""
    everything = tuple(METHODS)
    return (
        {f"realtimekit {name}": of_realtimekit(fault) for name, fault in REALTIMEKIT.items()}
        | {f"slack {name}": of_slack(fault, everything) for name, fault in SLACK.items()}
        | {"response_url 404": of_slack(SlackFault(status=404), ("response_url",))}
        | {"response_url 500": of_slack(SlackFault(status=500), ("response_url",))}
        | {"response_url 404 and slack 500": of_slack(SlackFault(status=500), (*everything, "response_url"))}
        | {f"database without {table}": of_database(table) for table in DATABASE}
        | {"database locked": of_lock(60), "database slow": of_lock(PATIENCE / 2)}
    )


def share(name: str) -> list[str]:
    """The faults that a command or a button meets in this run."""
    every = list(faults())
    return every if "CI" in os.environ else every[sum(name.encode()) % 5 :: 5]


@asynccontextmanager
async def broken(scene: Scene, alice: Actor, fault: str) -> AsyncIterator[None]:
    """The world as it was at first, with this fault in it."""
    usher, meeting = scene.on.bot[USHER], scene.standup
    for person in meeting.participants[:3]:
        if person.name not in meeting.names():
            person.deleted = False
            meeting.join(person)
    meeting.status = "ACTIVE"
    meeting.polls.clear()
    # A card that an earlier fault held up is posted now, not in the middle of this one.
    scene.time_goes_by()
    await usher.store.database.run(update(leases).values(not_before=0.0))
    await scene.settled()
    scene.realtimekit.seen.clear()
    scene.slack.calls.clear()
    scene.time_goes_by()
    # A person is known already: who is not known is refused for that, whatever else fails.
    await usher.directory.user(alice.user.id)
    await usher.directory.identity()
    mend = await faults()[fault](scene)
    try:
        yield
    finally:
        await mend()


def seen(scene: Scene, alice: Actor) -> dict[str, int]:
    """Everything that Alice sees anywhere, with its version."""
    surfaces: dict[str, int] = {m.ts: m.versions for m in scene.slack.visible(alice.user.id)}
    home = scene.slack.homes.get(alice.user.id)
    views = [view for view in (alice.modal, home) if view]
    return surfaces | {view.id: hash(str(view.spec)) for view in views}


def texts(scene: Scene, alice: Actor, before: dict[str, int]) -> list[str]:
    """What is new of it."""
    every: list[Message | View] = [*scene.slack.visible(alice.user.id), *([alice.modal] if alice.modal else [])]
    return [alice.read(one) for one in every if (one.ts if isinstance(one, Message) else one.id) not in before]


def done(scene: Scene, *endpoints: str) -> int:
    """How often RealtimeKit was asked for a deed and said that it did it."""
    return len([one for one in scene.realtimekit.calls(*endpoints) if one.status in (200, 201)])


async def judge(
    scene: Scene, alice: Actor, caplog: pytest.LogCaptureFixture, fault: str, act: Callable[[], Awaitable[int]]
) -> list[str]:
    """Do something under a fault; what is wrong with what came of it."""
    wrong = []
    async with broken(scene, alice, fault):
        before = seen(scene, alice)
        caplog.clear()
        status = await act()
        await scene.idle()
        new, after = texts(scene, alice, before), seen(scene, alice)
        lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
        events = [line["event"] for line in lines]
        told = bool(new) or after != before
        if status != 200:
            wrong.append(f"acknowledged with {status}")
        # A form that has moved on meanwhile stays as it is.
        moved_on = "hash_conflict" in fault and "modal not updated" in events
        if not told and not moved_on and not {"reply undeliverable", "home tab not published"} & set(events):
            wrong.append("silence")
        requests = [line for line in lines if line["event"] == "request" and line["kind"] != "event"]
        if len(requests) != 1:
            wrong.append(f"{len(requests)} lines")
        wrong += [f"not plain: {text[:120]}" for text in new if not is_plain(text)]
        refused = any(line["outcome"] != "done" for line in requests)
        wrong += [f"told {len(new)} times: {new}"] * (refused and len(new) > 1)
        wrong += [f"{name} twice" for name in OPERATIONS if done(scene, name) > 1]
        logged = " ".join(map(str, lines))
        wrong += [
            f"a secret in the log: {secret}"
            for secret in (TOKEN, SLACK_TOKEN, SIGNING_SECRET, "/hooks/")
            if secret in logged
        ]
        if re.search("Traceback", logged):
            wrong.append("a traceback")
    scene.slack.close(alice.user.id, everything=True)
    return [f"{fault}: {one}" for one in wrong]


@pytest.mark.timeout(180)
@pytest.mark.settings(realtimekit_timeout=0.35)
@pytest.mark.parametrize("command", COMMANDS.values())
async def test_each_command_under_each_fault(
    scene: Scene, alice: Actor, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    wrong = []
    for fault in share(command):

        async def act() -> int:
            return (await alice.types(command)).status

        wrong += await judge(scene, alice, caplog, fault, act)
        if fault.startswith("realtimekit") and "lock" not in command:
            # A room that could not be seen is not acted upon. (Locking needs no look, and may have worked.)
            assert (fault, scene.standup.polls, len(scene.standup.names())) == (fault, [], 3)
    assert wrong == []


def test_each_command_that_is_typed_with_more_words_is_registered() -> None:
    assert set(TYPED) <= set(LISTENERS.commands)


# Buttons


@pytest.mark.timeout(300)
@pytest.mark.sampled(4)
@pytest.mark.settings(realtimekit_timeout=0.35)
@pytest.mark.parametrize("surface", SURFACES, ids=lambda made: made.__name__)
async def test_each_button_under_each_fault(
    scene: Scene,
    alice: Actor,
    caplog: pytest.LogCaptureFixture,
    surface: Callable[[Actor, Scene], Awaitable[Message | View]],
) -> None:
    wrong = []
    drawn = await surface(alice, scene)
    for action in choices(alice, drawn):
        for fault in share(action):
            choice = await _choice(alice, scene, surface, drawn, action)

            async def act(choice: Choice = choice) -> int:
                return (await alice.clicks_spot(*choice)).status

            wrong += [f"{action}: {one}" for one in await judge(scene, alice, caplog, fault, act)]
    assert wrong == []


async def _choice(
    alice: Actor,
    scene: Scene,
    surface: Callable[[Actor, Scene], Awaitable[Message | View]],
    drawn: Message | View,
    action: str,
) -> Choice:
    """The button or choice on a surface drawn anew; on a busy machine even a healthy RealtimeKit may be late once."""
    for _ in range(5):
        scene.time_goes_by()
        scene.standup.status = "ACTIVE"
        scene.on.bot[USHER].meetings.changed(scene.standup.id)
        on = await _again(alice, scene, surface, drawn, action)
        if choice := choices(alice, on).get(action):
            return choice
    raise AssertionError(f"{action} is not drawn")


async def _again(
    alice: Actor,
    scene: Scene,
    surface: Callable[[Actor, Scene], Awaitable[Message | View]],
    drawn: Message | View,
    action: str,
) -> Message | View:
    """The surface as it was drawn: a click may have changed it, or closed it."""
    repeatable = action in choices(alice, drawn) and action not in HARMLESS
    if surface is card and repeatable and drawn in scene.public():
        return drawn  # a new card costs most of the time
    if isinstance(drawn, View) and drawn.spec["type"] == "home":
        return await home(alice, scene)
    return await surface(alice, scene)


async def test_each_registered_button_is_drawn_somewhere_in_the_matrix(alice: Actor, scene: Scene) -> None:
    met, buttons = set(), 0
    for surface in SURFACES:
        drawn = await surface(alice, scene)
        met |= {spot.element["action_id"] for spot in alice.spots(drawn)} | set(choices(alice, drawn))
        buttons += len(choices(alice, drawn))
        scene.slack.close(alice.user.id, everything=True)
    assert met.isdisjoint(ELSEWHERE)
    print(f"{len(COMMANDS)} commands and {buttons} buttons × {len(faults())} faults")
    assert names(Kind.ACTION) - met - set(ELSEWHERE) - SILENT == set()
