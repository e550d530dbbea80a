import pytest

from sandbox.faults import Fault
from tests.scene import REFUSED, Actor, Scene


async def test_lock_lets_nobody_new_in_and_unlock_undoes_it(alice: Actor, scene: Scene) -> None:
    await alice.types("/session lock")
    assert scene.standup.status == "INACTIVE"
    assert len(scene.standup.names()) == 3
    assert "@alice locked *Weekly standup*. No one else can join." in alice.screen
    await alice.clicks(alice.last, "Unlock")
    assert scene.standup.status == "ACTIVE"
    assert "@alice unlocked *Weekly standup*. People can join again." in alice.screen


async def test_a_meeting_that_nobody_is_in_can_be_locked_by_its_title(alice: Actor, scene: Scene) -> None:
    await alice.types("/session lock quiet room")
    assert scene.quiet.status == "INACTIVE"
    await alice.types("/session status quiet")
    assert "It's locked" in alice.screen


async def test_locking_twice_by_one_click_is_one_deed_and_stands_in_the_history(alice: Actor, scene: Scene) -> None:
    await alice.types("/session lock")
    await alice.types("/session unlock")
    await alice.types("/session history")
    assert "locked *Weekly standup*" in alice.screen
    assert "unlocked *Weekly standup*" in alice.screen
    assert [call.body for call in scene.realtimekit.calls("update_meeting")] == [
        {"status": "INACTIVE"},
        {"status": "ACTIVE"},
    ]


async def test_end_and_lock_locks_before_it_removes(alice: Actor, scene: Scene) -> None:
    await alice.types("/session end")
    await alice.picks("Lock", "Lock the meeting so")
    await alice.submits()
    deeds = [seen.endpoint for seen in scene.realtimekit.calls("update_meeting", "kick_all")]
    assert deeds == ["update_meeting", "kick_all"]
    assert (scene.standup.status, scene.standup.live()) == ("INACTIVE", None)
    assert "It's locked: no one can join until a host unlocks it." in alice.screen


async def test_an_end_without_the_tick_says_that_it_does_not_lock(alice: Actor, scene: Scene) -> None:
    await alice.types("/session end")
    await alice.submits()
    assert scene.standup.status == "ACTIVE"
    assert "Anyone with the link can rejoin" in alice.screen


async def test_where_the_lock_fails_nobody_is_removed(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["update_meeting"] = Fault("status", status=403)
    await alice.types("/session end")
    await alice.picks("Lock", "Lock")
    await alice.submits()
    assert scene.realtimekit.calls("kick_all") == []
    assert "No one was removed." in alice.screen


async def test_where_the_end_fails_after_the_lock_both_are_told(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["kick_all"] = Fault("status", status=403)
    await alice.types("/session end")
    await alice.picks("Lock", "Lock")
    await alice.submits()
    assert "locked *Weekly standup*. No one else can join." in alice.screen
    assert "No one was removed." in alice.screen


@pytest.mark.parametrize("command", ["/session lock", "/session unlock", "/session mute Ada", "/session mute all"])
@pytest.mark.parametrize("name", ["mike", "gus", "ed"])
async def test_who_is_no_host_can_neither_lock_nor_mute(scene: Scene, name: str, command: str) -> None:
    person = scene.person(name)
    await person.types(command)
    assert REFUSED.search(person.screen)
    assert scene.realtimekit.calls("update_meeting", "mute", "mute_all") == []


async def test_a_host_who_is_none_any_more_cannot_unlock_by_an_old_button(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types("/session lock")
    await mike.clicks(mike.last, "Unlock")
    assert scene.standup.status == "INACTIVE"
    assert REFUSED.search(mike.screen)
