from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from bot.store.links import Links
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.person import Spot
from sandbox.slack import SlackFault
from tests.scene import REFUSED, Actor, Scene


def seen(person: Actor, scene: Scene) -> str:
    return person.read(scene.slack.homes[person.user.id])


async def test_the_home_tab_shows_linked_meetings_with_the_live_ones_first(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use Quiet room")
    await alice.opens_home()
    text = seen(alice, scene)
    assert text.index("*Weekly standup* · 🟢 *Live* · *3 here*") < text.index("*Quiet room* · not live")
    assert "Alan Turing, Grace Hopper and Ada Lovelace" in text
    assert len(alice.messages()) == 1


@pytest.mark.settings(realtimekit_meeting_id=None)
async def test_where_nothing_is_linked_it_says_how_to_start(mike: Actor, scene: Scene) -> None:
    await mike.opens_home()
    assert "No channels are linked yet." in seen(mike, scene)


async def test_refresh_draws_it_anew(alice: Actor, scene: Scene) -> None:
    await alice.opens_home()
    scene.realtimekit.world.meeting("Weekly standup").leave(scene.standup.participants[0])
    await alice.types("/kick Grace")  # and with that, what was read is forgotten
    drawn = scene.slack.calls.count("views.publish")
    await alice.clicks(scene.slack.homes[alice.user.id], "Refresh")
    assert "1 here" in seen(alice, scene)
    assert scene.slack.calls.count("views.publish") == drawn + 1


async def test_a_meeting_that_cannot_be_asked_of_leaves_the_others(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["*"] = Fault("status", status=403)
    await alice.opens_home()
    assert "Couldn't reach RealtimeKit" in seen(alice, scene)


@pytest.mark.parametrize(
    ("name", "said"), [("gus", "Guests can see meetings"), ("ed", "only for people in this workspace")]
)
async def test_who_may_not_look_is_told_on_the_tab_and_not_by_message(scene: Scene, name: str, said: str) -> None:
    person = scene.person(name)
    await person.opens_home()
    assert said in seen(person, scene)
    assert scene.realtimekit.seen == []
    assert scene.slack.messages == []


async def test_a_home_tab_that_slack_does_not_take_is_no_traceback(alice: Actor, scene: Scene) -> None:
    scene.slack.faults["views.publish"] = SlackFault("not_enabled")
    ack = await alice.opens_home()
    assert ack.status == 200


# Acting from there


async def test_a_manager_may_act_in_every_meeting_and_the_channel_is_told(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use rust")
    await alice.opens_home()
    home = scene.slack.homes[alice.user.id]
    await alice.clicks(home, "End meeting…")
    await alice.submits()
    assert "ended *Rust for everyone* for everyone. 40 people were removed." in alice.read(scene.public()[-1])
    assert "*Rust for everyone* · not live" in seen(alice, scene)


async def test_a_host_of_a_channel_may_act_in_its_meeting_alone(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/session use rust")
    await alice.types("/session hosts add <@U0MIKE0001>")
    await mike.opens_home()
    home = scene.slack.homes[mike.user.id]
    assert mike.labels(home).count("People…") == 1
    assert "hosts: @mike" in seen(mike, scene)
    await mike.clicks(home, "Poll…")
    for label in ("Question", "Option 1", "Option 2"):
        mike.fills(label, label)
    await mike.submits()
    assert [poll["question"] for poll in scene.world.meeting("Rust for everyone").polls] == ["Question"]
    assert "started a poll in *Rust for everyone*" in mike.screen


async def test_a_member_sees_no_buttons_and_can_forge_none(alice: Actor, mike: Actor, scene: Scene) -> None:
    await mike.opens_home()
    home = scene.slack.homes[mike.user.id]
    assert mike.labels(home) == ["Join", "Refresh"]
    await alice.opens_home()
    end = alice.spot(scene.slack.homes[alice.user.id], "End meeting…")
    await mike.clicks_spot(Spot(home, end.block, end.element, end.label))
    assert mike.modal is None
    assert scene.standup.live()
    direct = scene.slack.direct(mike.user.id)
    assert REFUSED.search(mike.read(scene.slack.visible(mike.user.id, direct.id)[-1]))


async def test_the_tab_shows_what_was_done_from_it(alice: Actor, scene: Scene) -> None:
    await alice.types("/session lock quiet")
    await alice.types("/session use quiet")
    await alice.opens_home()
    assert "*Quiet room* · not live · 🔒 *Locked*" in seen(alice, scene)
    for _ in range(2):
        await alice.clicks(scene.slack.homes[alice.user.id], "Unlock")
        assert scene.quiet.status == "ACTIVE"
        assert "not live · 🔒 *Locked*" not in seen(alice, scene)
        await alice.types("/session lock")
        await alice.clicks(scene.slack.homes[alice.user.id], "Refresh")


async def test_live_meetings_that_are_followed_stand_there_however_many_are_linked(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use rust")
    await alice.types("/session watch")
    links, clock = Links(scene.on.bot[USHER].store.database), datetime.now(UTC)
    for number in range(30):
        await links.put(f"C{number}", f"6f2a51a0-3c1d-4b7e-9a55-{number:012d}", f"M{number}", "U1", clock)
    await alice.opens_home()
    text = seen(alice, scene)
    assert "*Rust for everyone* · 🟢 *Live*" in text
    assert "*Weekly standup* · 🟢 *Live*" in text
    assert "and 14 more." in text
    assert "no longer exists" in text


@pytest.mark.settings(realtimekit_meeting_id=None)
async def test_a_manager_links_the_first_channel_from_there(alice: Actor, scene: Scene) -> None:
    await alice.opens_home()
    await alice.clicks(scene.slack.homes[alice.user.id], "Link a channel…")
    await alice.picks("Channel", "general")
    await alice.picks("Meeting", "Weekly")
    await alice.submits()
    assert "linked this channel to *Weekly standup*" in alice.screen
    assert "*Weekly standup* · 🟢 *Live*" in seen(alice, scene)


async def test_a_manager_sees_how_usher_itself_is(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.opens_home()
    assert "All systems are up. No webhooks received yet" in seen(alice, scene)
    scene.on.connect_webhooks()
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    await alice.clicks(scene.slack.homes[alice.user.id], "Refresh")
    assert "Last webhook under a minute ago" in seen(alice, scene)
    await mike.opens_home()
    assert "the database" not in seen(mike, scene)


async def test_watching_can_be_started_from_there(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.opens_home()
    await alice.clicks(scene.slack.homes[alice.user.id], "Turn on live card")
    await scene.settled()
    assert "3 here" in alice.read(scene.public()[-1])


async def test_a_failure_of_something_done_from_there_is_told_by_direct_message(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.opens_home()
    await alice.clicks(scene.slack.homes[alice.user.id], "End meeting…")
    scene.realtimekit.faults["kick_all"] = Fault("status", status=403)
    await alice.submits()
    direct = scene.slack.direct(alice.user.id)
    assert "No one was removed." in alice.read(scene.slack.visible(alice.user.id, direct.id)[-1])


@pytest.mark.parametrize("channels", [1, 9])
async def test_the_database_is_asked_as_often_however_many_channels_are_linked(
    scene: Scene, mike: Actor, channels: int
) -> None:
    usher, meetings = scene.on.bot[USHER], list(scene.world.meetings)
    for number in range(channels):
        link = usher.store.links.put
        await link(f"C0LINKED{number:02}", meetings[number % 5], None, "U0ALICE001", datetime.now(UTC))
    await scene.settled()
    asked: list[str] = []

    def count(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.extend(table for table in ("hosts", "links") if f"FROM {table}" in statement)

    engine = usher.store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await mike.opens_home()
    event.remove(engine, "before_cursor_execute", count)
    assert sorted(asked) == ["hosts", "links"]
