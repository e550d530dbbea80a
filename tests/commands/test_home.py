import pytest

from bot.sandbox.realtimekit import Fault
from bot.sandbox.slack import SlackFault
from tests.scene import Actor, Scene


def seen(person: Actor, scene: Scene) -> str:
    return person.read(scene.slack.homes[person.user.id])


async def test_the_home_tab_shows_linked_meetings_with_the_live_ones_first(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use Quiet room")
    await alice.opens_home()
    text = seen(alice, scene)
    assert text.index("*Weekly standup* · *Live* · 3 people now") < text.index("*Quiet room* · not live")
    assert "In the room: Alan Turing, Grace Hopper and Ada Lovelace" in text
    assert len(alice.messages()) == 1


@pytest.mark.settings(realtimekit_meeting_id=None)
async def test_where_nothing_is_linked_it_says_how_to_start(mike: Actor, scene: Scene) -> None:
    await mike.opens_home()
    assert "No channel is linked to a meeting yet." in seen(mike, scene)


async def test_refresh_draws_it_anew(alice: Actor, scene: Scene) -> None:
    await alice.opens_home()
    scene.realtimekit.world.meeting("Weekly standup").leave(scene.standup.participants[0])
    await alice.types("/kick Grace")  # and with that, what was read is forgotten
    await alice.clicks(scene.slack.homes[alice.user.id], "Refresh")
    assert "1 person now" in seen(alice, scene)


async def test_a_meeting_that_cannot_be_asked_of_leaves_the_others(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["*"] = Fault("status", status=403)
    await alice.opens_home()
    assert "RealtimeKit could not be asked just now" in seen(alice, scene)


@pytest.mark.parametrize(("name", "said"), [("gus", "guests may"), ("ed", "only full members")])
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
