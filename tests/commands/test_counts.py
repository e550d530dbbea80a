"""What is said where RealtimeKit says little: no count, no end, no names."""

import json
from datetime import UTC, datetime

import pytest

from bot.store.records import Notices
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.world import Participant
from tests.scene import Actor, Scene


async def test_a_count_that_is_missing_is_not_made_up(alice: Actor, scene: Scene) -> None:
    body = json.dumps({"success": True, "data": {"id": scene.hall.live().id, "status": "LIVE"}})  # type: ignore[union-attr]
    scene.realtimekit.faults["active_session"] = Fault("status", 200, body=body)
    await alice.types(f"/session status {scene.hall.id}")
    assert "*at least 50 here*" in alice.screen


async def test_a_session_without_count_and_names_is_not_said_to_be_empty(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["active_session"] = Fault("status", 200, body='{"success":true,"data":{"status":"LIVE"}}')
    await alice.types("/session status")
    assert "🟢 *Live*" in alice.screen
    assert "empty" not in alice.screen
    assert "here*" not in alice.screen


@pytest.mark.parametrize(("words", "acts"), [("now", False), ("known", True), ("issues", True)])
async def test_words_name_a_title_from_the_start_of_a_word(alice: Actor, scene: Scene, words: str, acts: bool) -> None:
    hall = scene.hall
    hall.title = "Known issues"
    await alice.types(f"/session lock {words}")
    assert (hall.status == "INACTIVE") is acts


async def test_words_name_a_title_that_has_no_spaces(alice: Actor, scene: Scene) -> None:
    hall = scene.hall
    hall.title = "全社会議"
    await alice.types("/session lock 会議")
    assert hall.status == "INACTIVE"


async def test_notices_are_those_of_the_meeting_that_was_named(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    links = scene.on.bot[USHER].store.links
    assert not await links.set_notices(alice.channel.id, scene.hall.id, Notices.BOTH, None, datetime.now(UTC))
    assert await links.set_notices(alice.channel.id, scene.standup.id, Notices.BOTH, None, datetime.now(UTC))


async def test_who_had_left_and_is_kept_out_is_said_to_be_kept_out(alice: Actor, scene: Scene) -> None:
    await alice.types("/session who")
    listed = alice.last
    scene.standup.leave(scene.standup.participants[0])
    await alice.chooses(listed, "Remove and keep out", "Ada")
    assert "@alice kept Ada Lovelace out of *Weekly standup*." in alice.screen
    assert "removed Ada" not in alice.screen


async def test_a_poll_is_said_to_be_what_the_api_made_of_it(alice: Actor, scene: Scene) -> None:
    poll = {"question": "Secret?", "options": [{"text": "Yes"}, {"text": "No"}], "anonymous": False}
    body = json.dumps({"success": True, "data": {"poll": poll}})
    scene.realtimekit.faults["poll"] = Fault("status", 201, body=body)
    await alice.types('/poll "Secret?" "Yes" "No" --anonymous')
    assert "Anonymous" not in alice.read(scene.public()[-1])


async def test_attendance_without_names_is_not_said_to_be_nobody(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["session_participants"] = Fault(
        "status", 200, body='{"success":true,"data":{"participants":[]}}'
    )
    await alice.types("/session attendance")
    assert "isn't returning their names" in alice.screen


async def test_a_removal_that_did_nothing_is_no_bug_in_the_metrics(alice: Actor, scene: Scene) -> None:
    await alice.types("/session who")
    listed = alice.last
    scene.standup.leave(scene.standup.participants[0])
    await alice.chooses(listed, "Remove", "Ada")
    assert "Ada Lovelace had already left." in alice.screen
    page = scene.on.bot[USHER].metrics.page().decode()
    assert 'outcome="failed"' not in page


async def test_two_hosts_get_the_attendance_each(alice: Actor, scene: Scene) -> None:
    grace = scene.person("grace")
    await alice.types("/session hosts add <@U0GRACE001>")
    scene.on.connect_webhooks()
    await alice.types("/session watch")
    scene.standup.join(Participant("Zed", "zed"))
    scene.standup.end()
    await scene.settled()
    thread = next(one for one in scene.public() if "Send me the CSV" in alice.labels(one))
    for person in (alice, grace):
        await person.clicks(thread, "Send me the CSV")
        assert "Sent. You'll find" in person.screen
