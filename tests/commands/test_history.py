import json
from datetime import UTC, datetime

import pytest

from bot.errors import Repeated
from bot.store.records import Operation, State
from bot.web import USHER
from sandbox.faults import Fault
from tests.scene import Actor, Scene
from tests.store.test_journal import left_behind

pytestmark = pytest.mark.databases


async def test_every_deed_stands_in_the_history_with_who_whom_why_and_what_came_of_it(
    scene: Scene, alice: Actor
) -> None:
    await alice.types("/kick Grace")
    await alice.types("/kick Ada --block")
    await alice.types('/poll "Lunch <!here>?" "Pizza" "Salad"')
    await alice.types("/session use all hands")
    await alice.types("/session hosts add <@U0MIKE0001>")
    await alice.types("/session forget")
    await alice.types("/session end weekly standup")
    await alice.submits()
    await alice.types("/session history")
    text = alice.read(alice.last)
    lines = [line for line in text.splitlines() if "@alice" in line]
    assert [line.partition("@alice ")[2] for line in lines] == [
        "ended *Weekly standup*",
        "unlinked this channel from *All hands*",
        "added @mike to this channel's hosts",
        "linked this channel to *All hands*",
        "started a poll in *Weekly standup* “Lunch <!here>?”",
        "kept Ada Lovelace out of *Weekly standup*",
        "removed Grace Hopper from *Weekly standup*",
    ]


async def test_what_did_not_work_stands_there_as_such(scene: Scene, alice: Actor) -> None:
    scene.realtimekit.faults["kick"] = Fault("status", status=403, times=1)
    await alice.types("/kick Grace")
    scene.realtimekit.faults["poll"] = Fault("status", status=500, times=1)
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    await alice.types("/session history")
    assert "tried to start a poll in *Weekly standup* “Lunch?” · not confirmed" in alice.screen
    assert "tried to remove Grace Hopper from *Weekly standup* · failed" in alice.screen


async def test_what_a_dying_process_left_open_is_interrupted_also_while_its_report_is_on_the_way(
    scene: Scene, alice: Actor
) -> None:
    journal, database = scene.on.bot[USHER].store.journal, scene.on.bot[USHER].store.database
    operation = Operation("intent", "kick", alice.user.id, alice.channel.id, scene.standup.id, people=("Grace",))
    entry_id = await journal.begin(operation, datetime.now(UTC))
    await left_behind(database, entry_id)
    await journal.claim_abandoned()  # by another process, which has not reported it yet
    await alice.types("/session history")
    assert "tried to remove Grace · interrupted; not confirmed" in alice.read(alice.last)
    with pytest.raises(Repeated) as repeated:
        async with scene.on.bot[USHER].operations.once(operation):
            pass
    assert repeated.value.may_have_happened
    await journal.finish(entry_id, State.INTERRUPTED, "")


async def test_the_history_has_pages(alice: Actor) -> None:
    for number in range(7):
        await alice.types(f'/poll "Poll {number}?" "A" "B"')
    await alice.types("/session history 3")
    assert "Poll 6?" in alice.read(alice.last)
    assert "Poll 3?" not in alice.read(alice.last)
    await alice.clicks(alice.last, "Older")
    await alice.clicks(alice.last, "Older")
    assert "Poll 0?" in alice.read(alice.last)
    assert alice.labels(alice.last) == ["‹ Newer"]
    await alice.clicks(alice.last, "‹ Newer")
    assert "Poll 3?" in alice.read(alice.last)


async def test_each_channel_has_its_own_history_and_members_see_none(scene: Scene, alice: Actor, mike: Actor) -> None:
    await alice.types("/kick Grace")
    elsewhere = scene.person("alice", "secret")
    await elsewhere.types("/session history")
    assert "No activity here yet." in elsewhere.screen
    await mike.types("/session history")
    assert "Only hosts of this channel can do that." in mike.screen


@pytest.mark.parametrize("number", ["lots", "0", "-1", "1.5", "9" * 5000, "９"])  # noqa: RUF001 - a full-width digit
async def test_a_number_that_is_none_is_said(alice: Actor, number: str) -> None:
    await alice.types(f"/session history {number}")
    assert "Enter the number of entries to show" in alice.screen


@pytest.mark.parametrize("page", [10**30, -1, 0, "2", None, True])
async def test_a_page_that_cannot_be_is_not_asked_of_the_database(alice: Actor, scene: Scene, page: object) -> None:
    for _ in range(2):
        await alice.types("/session forget")
        await alice.types("/session use weekly")
    await alice.types("/session history 1")
    spot = next(one for one in alice.spots(alice.last) if one.label == "Older ›")
    spot.element["value"] = json.dumps({"p": page, "s": 1})
    before = alice.read(alice.last)
    await alice.clicks_spot(spot)
    assert "Something went wrong" not in alice.screen
    assert page is True or alice.read(alice.last) == before
