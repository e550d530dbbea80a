"""`/session watch`: what a channel sees of a meeting while people come and go, and when it ends."""

from datetime import timedelta

import pytest

from sandbox.faults import Fault
from sandbox.slack import SlackFault
from sandbox.surfaces import Message
from sandbox.webhooks import Delivery
from sandbox.world import Participant
from tests.scene import REFUSED, Actor, Scene


@pytest.fixture(autouse=True)
def _connected(scene: Scene) -> None:
    scene.on.connect_webhooks()


def posted(scene: Scene) -> list[Message]:
    """What the whole channel sees, threads aside."""
    return [message for message in scene.public() if not message.thread_ts and not message.deleted]


async def watched(alice: Actor, scene: Scene, command: str = "/session watch") -> Message:
    await alice.types(command)
    await scene.settled()
    return posted(scene)[-1]


async def test_a_card_follows_who_comes_and_goes(alice: Actor, mike: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    assert "3 here" in mike.read(card)
    scene.standup.join(Participant("Newly Arrived", "new"))
    await scene.settled()
    text = mike.read(card)
    assert "4 here" in text
    assert "Just joined: Newly Arrived" in text
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    text = mike.read(card)
    assert "3 here" in text
    assert "Just left: Ada Lovelace" in text
    assert posted(scene) == [card]


async def test_what_hosts_do_stands_on_the_card(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    await alice.types("/kick Ada")
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    await scene.settled()
    text = alice.read(card)
    assert "@alice removed Ada Lovelace" in text
    assert "@alice started a poll: “Lunch?”" in text


async def test_at_the_end_it_turns_into_a_summary_with_the_attendance_under_it(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    scene.standup.join(scene.standup.participants[0])  # on a second device
    scene.standup.end()
    await scene.settled()
    text = alice.read(card)
    assert "*Ended*" in text
    assert "3 people attended" in text
    assert "Turn off live card" not in alice.labels(card)
    thread = [message for message in scene.public() if message.thread_ts == card.ts]
    assert len(thread) == 1
    said = alice.read(thread[0])
    assert "*Attendance: Weekly standup* · 3 people" in said
    for person in scene.standup.participants:
        assert person.custom_id not in said
    assert "Alan Turing" not in said
    await alice.clicks(thread[0], "Send me the CSV")
    (file,) = next(one.files for one in scene.slack.messages if one.files)
    assert b"Alan Turing" in (file.content or b"")


async def test_a_new_session_gets_a_new_card(alice: Actor, scene: Scene) -> None:
    first = await watched(alice, scene)
    scene.standup.end()
    await scene.settled()
    scene.standup.join(scene.standup.participants[1])
    await scene.settled()
    second = posted(scene)[-1]
    assert second is not first
    assert "1 here" in alice.read(second)
    assert "*Ended*" in alice.read(first)


async def test_the_channel_learns_how_many_came_and_who_hosted_and_only_hosts_get_the_file(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    card = await watched(alice, scene, "/session watch rust")
    meeting = scene.world.meeting("Rust for everyone")
    meeting.participants[0].preset = "group_call_host"
    meeting.end()
    await scene.settled()
    (thread,) = [message for message in scene.public() if message.thread_ts == card.ts]
    assert "40 people · " in alice.read(thread)
    assert f"Hosted by {meeting.participants[0].name}" in alice.read(thread)
    assert not thread.files
    await mike.clicks(thread, "Send me the CSV")
    assert REFUSED.search(mike.screen)
    assert not any(message.files for message in scene.slack.messages)


async def test_a_meeting_that_nobody_is_in_gets_its_card_when_a_session_starts(alice: Actor, scene: Scene) -> None:
    said = await watched(alice, scene, "/session watch quiet")
    assert "No one's in the meeting yet. The card will appear here when a session starts." in alice.read(said)
    scene.quiet.join(scene.quiet.participants[0])
    await scene.settled()
    assert "1 here" in alice.read(posted(scene)[-1])


async def test_watching_twice_moves_the_card_down(alice: Actor, scene: Scene) -> None:
    first = await watched(alice, scene)
    second = await watched(alice, scene)
    assert "is now farther down in this channel" in alice.read(first)
    assert "3 here" in alice.read(second)
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    assert "is now farther down in this channel" in alice.read(first)
    assert "2 here" in alice.read(second)


@pytest.mark.parametrize("how", ["button", "words"])
async def test_watching_can_be_stopped(alice: Actor, scene: Scene, how: str) -> None:
    card = await watched(alice, scene)
    if how == "button":
        await alice.clicks(card, "Turn off live card")
    else:
        await alice.types("/session watch off")
    await scene.settled()
    assert "@alice turned off the live card for *Weekly standup* in this channel." in alice.read(card)
    scene.standup.end()
    scene.standup.join(scene.standup.participants[0])
    await scene.settled()
    assert posted(scene) == [card]
    await alice.types("/session watch off")
    assert "no live card for that meeting" in alice.screen


@pytest.mark.parametrize("name", ["mike", "gus", "ed"])
async def test_who_is_no_host_can_neither_watch_nor_stop(alice: Actor, scene: Scene, name: str) -> None:
    card = await watched(alice, scene)
    person = scene.person(name)
    await person.clicks(card, "Turn off live card")
    await person.types("/session watch")
    assert REFUSED.search(person.screen)
    assert "3 here" in alice.read(card)
    assert posted(scene) == [card]


async def test_anybody_may_look_from_the_card_which_stays(alice: Actor, mike: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    await mike.clicks(card, "People…")
    assert "*3 here*" in mike.read(mike.last)
    assert "3 here" in mike.read(card)


async def test_where_the_bot_may_not_write_it_says_how_to_let_it(scene: Scene) -> None:
    alice = scene.person("alice", "no-bot-here")
    for command in ("/session watch", "/session watch quiet"):
        await alice.types(command)
        await scene.settled()
        assert "/invite @Usher" in alice.screen
    scene.quiet.join(scene.quiet.participants[0])
    await scene.settled()
    assert scene.public() == []


async def test_a_failing_realtimekit_leaves_nothing_half_done(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["*"] = Fault("status", 503)
    await alice.types("/session watch")
    assert "Nothing was changed." in alice.screen
    scene.realtimekit.faults.clear()
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    assert scene.public() == []


async def test_a_card_that_somebody_deleted_is_not_posted_again_before_the_next_session(
    alice: Actor, scene: Scene
) -> None:
    card = await watched(alice, scene)
    scene.slack.messages.remove(card)
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    assert posted(scene) == []
    scene.standup.end()
    await scene.settled()
    scene.standup.join(scene.standup.participants[0])
    await scene.settled()
    assert len(posted(scene)) == 1


async def test_an_outage_of_realtimekit_heals(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    scene.realtimekit.faults["active_session"] = Fault("status", 500, times=3)
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    assert "2 here" in alice.read(card)


async def test_a_limit_of_slack_s_is_waited_for(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    scene.slack.faults["chat.update"] = SlackFault("ratelimited", retry_after=0.05, times=1)
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    assert "2 here" in alice.read(card)


async def test_a_card_that_slack_does_not_take_at_once_comes_a_little_later(alice: Actor, scene: Scene) -> None:
    scene.slack.faults["chat.postMessage"] = SlackFault("ratelimited", retry_after=0.05, times=1)
    await alice.types("/session watch")
    assert "I haven't been able to post it yet" in alice.screen
    await scene.settled()
    assert "3 here" in alice.read(posted(scene)[-1])


async def test_lost_doubled_and_disordered_events_end_in_what_the_api_says(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    webhooks, count = scene.realtimekit.webhooks, iter(range(1000))
    held: list[Delivery] = []

    def deliver(delivery: Delivery) -> list[Delivery]:
        number = next(count)
        if number % 7 == 0:
            return []
        if number % 3 == 0:
            held.append(delivery)
            return []
        return [delivery] * (1 + number % 2)

    webhooks.deliver = deliver
    for number in range(30):
        scene.standup.join(Participant(f"Guest {number}", f"guest-{number}"), timedelta(seconds=30 - number))
    for person in scene.standup.participants[3:20]:
        scene.standup.leave(person)
    for delivery in reversed(held):
        assert await webhooks.send_once(scene.on.http, delivery) == 200
    await scene.settled()
    text = alice.read(card)
    assert "16 here" in text
    assert "peak 33" in text


async def test_events_of_a_session_that_is_over_are_harmless(alice: Actor, scene: Scene) -> None:
    webhooks = scene.realtimekit.webhooks
    late: list[Delivery] = []

    def hold(delivery: Delivery) -> list[Delivery]:
        late.append(delivery)
        return []

    webhooks.deliver = hold
    scene.standup.end()
    scene.standup.join(scene.standup.participants[0])
    webhooks.deliver = lambda delivery: [delivery]
    card = await watched(alice, scene)
    for delivery in late:
        await webhooks.send_once(scene.on.http, delivery)
    await scene.settled()
    assert "1 here" in alice.read(card)


async def test_hostile_names_are_shown_and_do_nothing(alice: Actor, scene: Scene) -> None:
    await alice.types(f"/session watch {scene.odd.id}")
    await scene.settled()
    for person in list(scene.odd.participants):
        scene.odd.leave(person)
        scene.odd.join(person)
    await scene.settled()
    scene.odd.end()
    await scene.settled()
    assert len(posted(scene)) == 1
