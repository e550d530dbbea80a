"""People…: the list in a modal, and the menu beside each name."""

import json
from datetime import UTC, datetime

from bot.errors import Right
from bot.realtimekit.models import Person, Session
from bot.views.people import PeopleList, message
from sandbox.world import Participant
from tests.scene import REFUSED, Actor, Scene

MEETING = "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


async def opens(person: Actor, scene: Scene, command: str = "/session status") -> None:
    await person.types(command)
    await person.clicks(person.last, "People…")


async def test_two_hundred_and_fifty_people_are_paged_and_one_is_found_by_typing(alice: Actor, scene: Scene) -> None:
    await opens(alice, scene, "/session status all hands")
    assert "*250 here* · page 1 of 13" in alice.screen
    await alice.clicks(alice.modal, "Next")
    assert "page 2 of 13" in alice.screen
    assert alice.modal
    menu = alice.spot(alice.modal, "Find someone")
    (mia, *_) = await alice.offers(menu, "mia abel")
    await alice.clicks_spot(menu, mia)
    assert [spot.label.split("*")[1] for spot in alice.spots(alice.modal) if spot.kind == "overflow"] == ["Mia Abel"]
    await alice.chooses(alice.modal, "Remove", "Mia Abel")
    assert "Mia Abel" not in scene.hall.names()
    assert "removed *Mia Abel* from *All hands*" in alice.screen
    assert "*249 here*" in alice.read(alice.modal)


async def test_the_menu_beside_a_name_removes_keeps_out_and_mutes(alice: Actor, scene: Scene) -> None:
    await opens(alice, scene)
    assert alice.modal
    await alice.chooses(alice.modal, "Mute", "Alan")
    assert "@alice muted Alan Turing in *Weekly standup*" in alice.screen
    await alice.chooses(alice.modal, "Remove and keep out", "Grace")
    assert scene.standup.names() == ["Ada Lovelace", "Alan Turing"]
    assert len(scene.realtimekit.calls("delete_participant")) == 1


async def test_a_member_sees_who_is_in_and_can_do_nothing(mike: Actor, scene: Scene) -> None:
    await opens(mike, scene)
    assert mike.modal
    assert "Ada Lovelace" in mike.read(mike.modal)
    assert [spot for spot in mike.spots(mike.modal) if spot.kind == "overflow"] == []
    assert "Remove several…" not in mike.labels(mike.modal)


async def test_a_menu_used_in_a_member_s_name_does_nothing(alice: Actor, mike: Actor, scene: Scene) -> None:
    await opens(alice, scene)
    assert alice.modal
    choice = alice.item(alice.modal, "Remove", "Ada")
    await mike.clicks_spot(*choice)
    assert scene.standup.names() == ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
    assert REFUSED.search(mike.screen)


async def test_who_was_removed_is_kept_out_afterwards_and_allowed_again(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick Grace")
    (told,) = scene.public()
    scene.standup.end()
    await alice.clicks(told, "Keep them out")
    assert len(scene.realtimekit.calls("delete_participant")) == 1
    assert "Kept out by @alice" in alice.read(told)
    assert "They can rejoin" not in alice.read(told)
    assert alice.labels(told) == ["Allow"]
    assert "removed *Grace Hopper* from *Weekly standup*" in alice.read(told)
    assert "block these people there too" in alice.screen
    await alice.clicks(told, "Allow")
    assert "Allowed by @alice" in alice.read(told)
    assert alice.labels(told) == []
    assert "@alice allowed *Grace Hopper* back into *Weekly standup*" in alice.screen


async def test_mute_all_on_the_card_mutes_everyone(alice: Actor, scene: Scene) -> None:
    await alice.types("/session")
    await alice.clicks(alice.last, "Mute all")
    assert "@alice muted 3 people in *Weekly standup*" in alice.screen
    assert len(scene.realtimekit.calls("mute_all")) == 1


async def test_an_ambiguous_name_to_mute_opens_the_menu_with_those_first_who_may_be_meant(
    alice: Actor, scene: Scene
) -> None:
    scene.standup.join(Participant("Ada Byron", "byron"))
    await alice.types("/session mute Ada")
    assert "More than one person matches “Ada”" in alice.screen
    await alice.picks("Who should be muted?", "Ada Byron")
    await alice.submits()
    assert "@alice muted Ada Byron in *Weekly standup*" in alice.screen
    assert len(scene.realtimekit.calls("mute")) == 1


async def test_a_locked_meeting_says_so_on_the_card_and_offers_unlock(alice: Actor, scene: Scene) -> None:
    await alice.types("/session lock")
    (told,) = scene.public()
    await alice.types("/session")
    assert "🔒 *Locked*" in alice.read(alice.last)
    await alice.chooses(alice.last, "Unlock")
    assert scene.standup.status == "ACTIVE"
    await alice.types("/session lock")
    scene.standup.end()
    await alice.types("/session")
    assert "🔒 It's locked" in alice.read(alice.last)
    assert "Unlock" in alice.labels(alice.last)
    await alice.clicks(told, "Unlock")
    assert "Unlocked by @alice" in alice.read(told)


def test_a_list_that_is_drawn_later_holds_other_intents_so_that_who_is_back_can_be_removed_again() -> None:
    grace = Person(key="d3006428-0000-4000-8000-000000000001", user_id="d3006428-0000-4000-8000-000000000001")
    drawn = [
        message(PeopleList(Session(id="s1"), MEETING, (grace,), 1, NOW, Right.HOST, nonce)).json
        for nonce in ("034700", "034702")
    ]
    first, second = (json.loads(blocks[2]["accessory"]["options"][0]["value"]) for blocks in drawn)
    assert (first["do"], first["k"]) == (second["do"], second["k"])
    assert first != second
