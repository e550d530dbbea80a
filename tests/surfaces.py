"""What people click on: a card, form or tab of each kind, and what can be clicked there."""

import json
from typing import Any
from uuid import uuid4

from bot.store.records import Prepared
from bot.store.sheets import revision_of
from bot.web import USHER
from sandbox.person import Spot
from sandbox.surfaces import Message, View
from sandbox.world import Participant
from tests.scene import Actor, Scene

Choice = tuple[Spot, dict[str, Any] | None]
"""What is clicked, and what is chosen where it is a menu."""


def choices(alice: Actor, drawn: Message | View) -> dict[str, Choice]:
    """What can be clicked, by action: buttons, and what overflow menus hold."""
    found: dict[str, Choice] = {}
    for spot in alice.spots(drawn):
        if spot.kind == "button":
            found.setdefault(spot.element["action_id"], (spot, None))
        elif spot.kind == "overflow":
            for option in spot.element["options"]:
                found.setdefault(json.loads(option["value"])["do"], (spot, option))
    return {action: choice for action, choice in found.items() if action not in SILENT}


def forget_recordings(scene: Scene) -> None:
    """So that a card has Record, and not Stop recording."""
    for recording in scene.realtimekit.recordings.every:
        recording.status = "UPLOADED"
    scene.on.bot[USHER].recording.changed(scene.standup.id)


async def status(alice: Actor, scene: Scene) -> Message | View:
    forget_recordings(scene)
    await alice.types("/session")
    return alice.last


async def who(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/session who hands")
    return alice.last


async def card(alice: Actor, scene: Scene) -> Message | View:
    forget_recordings(scene)
    await alice.types("/session watch")
    # What came of an earlier session may have been posted below it.
    return next(one for one in reversed(scene.public()) if "Turn off live card" in alice.labels(one))


async def home(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/session use weekly")
    await alice.types("/session watch off")
    await alice.opens_home()
    return scene.slack.homes[alice.user.id]


async def locked(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/session lock")
    return alice.last


async def asked(alice: Actor, scene: Scene) -> Message | View:
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    return alice.last


async def attended(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/session attendance")
    return alice.last


async def history(alice: Actor, scene: Scene) -> Message | View:
    for _ in range(2):
        await alice.types("/session forget")
        await alice.types("/session use weekly")
    await alice.types("/session history 1")
    return alice.last


async def kick_menu(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/kick")
    assert alice.modal
    return alice.modal


async def people(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/session status hands")
    await alice.clicks(alice.last, "People…")
    assert alice.modal
    return alice.modal


async def removed(alice: Actor, scene: Scene) -> Message | View:
    name = "Zed" + uuid4().hex[:6]
    scene.standup.join(Participant(name, name))
    await alice.types(f"/kick {name}")
    return scene.public()[-1]


async def poll_form(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/poll")
    assert alice.modal
    return alice.modal


async def quiet(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/session status quiet")
    return alice.last


async def joined(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/session join")
    return alice.last


async def notices(alice: Actor, scene: Scene) -> Message | View:
    await alice.types("/session use weekly")
    await alice.types("/session notices")
    return alice.last


async def prepared(alice: Actor, scene: Scene) -> Message | View:
    store = scene.on.bot[USHER].store.sheets
    polls = [Prepared("", f"{number} {uuid4().hex[:6]}?", ("Yes", "No")) for number in range(3)]
    await store.save(alice.channel.id, polls, revision_of(await store.of(alice.channel.id)))
    await alice.types("/poll list")
    return alice.last


SURFACES = (
    *(status, who, people, card, home, quiet, joined, locked, asked),
    *(attended, history, kick_menu, removed, poll_form, prepared, notices),
)
SILENT = {"join.link"}
"""Opens a page in the browser, and asks the bot for nothing."""
ELSEWHERE = {
    "again": "types a command, as the commands above do",
    "history.newer": "the way back of history.older",
    "session.who.previous": "the way back of session.who.next",
    "hosts.ask": "tests/commands/test_asking.py",
    "hosts.make": "tests/commands/test_asking.py",
    "kick.retry": "tests/commands/test_truth.py",
    "mute.retry": "tests/commands/test_truth.py",
    "kick.again": "tests/commands/test_keeping_out.py",
    "kick.pardon": "tests/commands/test_keeping_out.py",
    "use.pick": "does what /session use does",
    "lock.lock": "the way back of lock.unlock",
    "kick.open": "offered where a form could not be opened; does what /kick does",
    "session.unlock": "does what /session unlock does",
    "attendance.show": "does what /session attendance does",
    "notes.on": "tests/commands/test_meant.py",
    "notes.off": "does what notes.on does",
    "record.pause": "tests/commands/test_record.py",
    "record.resume": "tests/commands/test_record.py",
    "record.stop": "tests/commands/test_record.py",
    "record.link": "tests/commands/test_record.py",
    "record.list": "what /session recordings does, of a meeting chosen from several",
    "after.link": "tests/live/test_aftermath.py",
    "after.summary": "tests/live/test_aftermath.py",
    "sheet.list": "tests/commands/test_sheet.py",
    "sheet.again": "tests/commands/test_sheet.py",
    "sheet.there": "tests/commands/test_sheet.py",
    "sheet.skip": "tests/commands/test_sheet.py",
    "start.form": "tests/commands/test_start.py",
    "start.use": "tests/commands/test_start.py",
    "start.create": "tests/commands/test_start.py",
    "start.look": "tests/commands/test_start.py",
    "poll.remove": "the way back of poll.add",
}
