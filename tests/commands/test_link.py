import re

import pytest

from sandbox.faults import Fault
from tests.scene import Actor, Scene

pytestmark = [pytest.mark.databases, pytest.mark.settings(realtimekit_meeting_id=None)]


async def test_a_linked_channel_means_its_meeting_and_no_other_channel_does(scene: Scene, alice: Actor) -> None:
    await alice.types(f"/session use {scene.hall.id}")
    assert "@alice linked this channel to *All hands*." in alice.read(scene.public()[0])
    await alice.types("/session")
    assert "# All hands" in alice.read(alice.last)
    elsewhere = scene.person("alice", "secret")
    await elsewhere.types("/session")
    assert "This channel isn't linked to a meeting yet" in elsewhere.screen
    await alice.types("/kick Mia Abel")
    assert len(scene.hall.names()) == 249


async def test_a_new_link_takes_the_old_one_s_place(scene: Scene, alice: Actor) -> None:
    await alice.types("/session use all hands")
    await alice.types("/session use Weekly standup")
    await alice.types("/session")
    assert "# Weekly standup" in alice.read(alice.last)


async def test_forget_undoes_the_link(scene: Scene, alice: Actor) -> None:
    await alice.types("/session use all hands")
    await alice.types("/session forget")
    assert "@alice unlinked this channel from *All hands*." in alice.screen
    await alice.types("/session")
    assert "This channel isn't linked to a meeting yet" in alice.read(alice.last)
    await alice.types("/session forget")
    assert "This channel isn't linked to a meeting" in alice.read(alice.last)


async def test_the_menu_offers_meetings_that_can_be_joined_and_searches_as_one_types(
    scene: Scene, alice: Actor
) -> None:
    scene.quiet.status = "INACTIVE"
    await alice.types("/session use")
    assert alice.modal
    menu = alice.spot(alice.modal, "Meeting")
    offered = [option["text"]["text"] for option in await alice.offers(menu, "")]
    assert "All hands" in offered
    assert "Quiet room" not in offered
    assert [option["text"]["text"] for option in await alice.offers(menu, "rust")] == ["Rust for everyone"]
    await alice.picks("Meeting", "Rust")
    await alice.submits()
    await alice.types("/session")
    assert "# Rust for everyone" in alice.read(alice.last)


async def test_where_no_meeting_is_chosen_a_button_leads_to_the_menu(scene: Scene, alice: Actor) -> None:
    await alice.types("/session")
    await alice.clicks(alice.last, "Link a meeting…")
    assert "== Link a meeting ==" in alice.screen


async def test_titles_that_several_meetings_have_are_offered_as_a_menu(scene: Scene, alice: Actor) -> None:
    await alice.types("/session use r")
    (spot,) = alice.spots(alice.last)
    choice = next(option for option in spot.element["options"] if option["text"]["text"] == "Rust for everyone")
    await alice.clicks_spot(spot, choice)
    assert "linked this channel to *Rust for everyone*" in alice.screen


async def test_a_linked_meeting_that_was_deleted_is_said_so_with_the_way_out(scene: Scene, alice: Actor) -> None:
    await alice.types("/session use all hands")
    del scene.world.meetings[scene.hall.id]
    await alice.types("/session")
    text = alice.read(alice.last)
    assert "This channel's meeting, “All hands”, no longer exists." in text
    assert "Link a meeting…" in alice.labels(alice.last)


async def test_a_linked_meeting_that_is_inactive_is_said_so(scene: Scene, alice: Actor) -> None:
    await alice.types("/session use quiet room")
    scene.quiet.status = "INACTIVE"
    await alice.types("/session")
    assert "It's locked: no one can join" in alice.screen
    await alice.types("/kick")
    assert "It's locked: no one can join" in alice.screen


@pytest.mark.parametrize("command", ["/session use all hands", "/session forget", "/session use"])
async def test_only_hosts_link(scene: Scene, mike: Actor, command: str) -> None:
    await mike.types(command)
    assert "Only hosts of this channel can do that. The channel's link wasn't changed." in mike.screen


async def test_a_meeting_that_does_not_exist_is_not_linked(scene: Scene, alice: Actor) -> None:
    await alice.types("/session use 11111111-2222-4333-8444-555555555555")
    assert re.search("I couldn't find a meeting .* The channel's link wasn't changed", alice.screen)
    scene.realtimekit.faults["*"] = Fault("status", status=403)
    await alice.types(f"/session use {scene.hall.id}")
    assert "The channel's link wasn't changed." in alice.read(alice.last)
    assert scene.public() == []
