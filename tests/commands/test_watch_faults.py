"""What becomes of live cards when things go wrong at an awkward moment: none stays wrong for ever, none goes silent."""

import asyncio

import pytest

from bot.web import USHER
from sandbox.faults import Fault
from sandbox.slack import SlackFault
from sandbox.surfaces import Message
from sandbox.world import Participant
from tests.scene import Actor, Scene


@pytest.fixture(autouse=True)
def _connected(scene: Scene) -> None:
    scene.on.connect_webhooks()


async def watched(alice: Actor, scene: Scene, command: str = "/session watch") -> Message:
    await alice.types(command)
    await scene.settled()
    return [message for message in scene.public() if not message.thread_ts][-1]


def living(alice: Actor, scene: Scene) -> list[Message]:
    """The messages that claim that a session runs."""
    return [message for message in scene.public() if "Turn off live card" in alice.labels(message)]


async def test_a_name_that_is_half_a_character_breaks_nothing(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    scene.standup.join(Participant("Ada \ud83d\x00", "x\ud83d"))
    await scene.settled()
    assert "4 here" in alice.read(card)
    await alice.types("/session attendance")
    assert "Ada \ufffd" in alice.read(alice.last)
    await alice.clicks(alice.last, "Send me the CSV")
    assert "Sent. You'll find" in alice.screen
    scene.standup.end()
    await scene.settled()
    assert "*Ended*" in alice.read(card)


async def test_one_wrong_no_does_not_end_a_session(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    scene.realtimekit.faults["active_session"] = Fault("status", 404, times=1)
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    assert "*Live*" in alice.read(card)
    scene.standup.leave(scene.standup.participants[1])
    await scene.settled()
    assert "1 here" in alice.read(card)


async def test_watching_again_after_the_card_was_deleted_brings_a_new_one(alice: Actor, scene: Scene) -> None:
    scene.slack.messages.remove(await watched(alice, scene))
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    card = await watched(alice, scene)
    assert "2 here" in alice.read(card)


async def test_a_stop_that_slack_does_not_take_at_once_is_told_and_shown_later(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    scene.slack.faults["chat.update"] = SlackFault("ratelimited", retry_after=0.1, times=1)
    await alice.clicks(card, "Turn off live card")
    assert "turned off the live card for *Weekly standup*" in alice.screen
    await scene.settled()
    assert "turned off the live card for *Weekly standup*" in alice.read(card)


async def test_a_stop_in_the_middle_of_a_look_leaves_no_card_that_lives_on(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    gate = scene.realtimekit.faults["session_participants"] = Fault("wait", times=1)
    alice.patient = False
    scene.standup.join(Participant("Late", "late"))
    await scene.until(lambda: gate.times == 0)
    await alice.types("/session watch off")
    await asyncio.sleep(0)
    gate.until.set()
    await scene.settled()
    assert living(alice, scene) == []
    assert "turned off the live card" in alice.read(card)


@pytest.mark.parametrize("code", ["ratelimited", "internal_error"])
async def test_a_card_stays_until_the_one_that_replaces_it_is_there(alice: Actor, scene: Scene, code: str) -> None:
    card = await watched(alice, scene)
    scene.slack.faults["chat.postMessage"] = SlackFault(code, retry_after=60)
    await alice.types("/session watch")
    assert living(alice, scene) == [card]
    scene.slack.faults.clear()
    scene.time_goes_by()
    await alice.types("/session watch")
    await scene.settled()
    assert (len(living(alice, scene)), card in living(alice, scene)) == (1, False)


async def test_two_hosts_who_watch_at_once_get_one_card(alice: Actor, scene: Scene) -> None:
    grace = scene.person("grace")
    await alice.types("/session hosts add <@U0GRACE001>")
    await asyncio.gather(alice.types("/session watch"), grace.types("/session watch"))
    await scene.settled()
    assert len(living(alice, scene)) == 1
    scene.standup.end()
    await scene.settled()
    assert living(alice, scene) == []


@pytest.mark.parametrize("code", ["restricted_action_read_only_channel", "is_archived", "channel_not_found"])
async def test_a_channel_in_which_nothing_can_be_posted_is_said_so_and_not_tried_again(
    alice: Actor, scene: Scene, code: str
) -> None:
    scene.slack.faults["chat.postMessage"] = SlackFault(code)
    await alice.types("/session watch")
    await scene.settled()
    assert "I can't post in that channel yet" in alice.screen
    posts = scene.slack.calls.count("chat.postMessage")
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    assert scene.slack.calls.count("chat.postMessage") == posts


async def test_a_token_that_slack_takes_no_more_is_not_tried_over_and_over(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    scene.slack.faults["chat.update"] = SlackFault("token_revoked")
    scene.standup.leave(scene.standup.participants[0])
    await scene.settled()
    assert scene.slack.calls.count("chat.update") == 1
    scene.slack.faults.clear()
    scene.standup.leave(scene.standup.participants[1])
    await scene.settled()
    assert "1 here" in alice.read(card)


async def test_an_ended_session_that_nobody_knows_any_more_does_not_stop_the_next(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    scene.standup.end()
    scene.realtimekit.faults["session"] = Fault("status", 404)
    await scene.settled()
    text = alice.read(card)
    assert "*Ended*" in text
    assert "# Weekly standup" in text
    scene.standup.join(scene.standup.participants[0])
    await scene.settled()
    assert len(living(alice, scene)) == 1


async def test_people_of_an_ended_session_who_cannot_be_read_do_not_stop_its_summary(
    alice: Actor, scene: Scene
) -> None:
    card = await watched(alice, scene)
    scene.realtimekit.faults["session_participants"] = Fault("status", 404)
    scene.standup.end()
    await scene.settled()
    assert "*Ended*" in alice.read(card)


async def test_a_title_that_the_api_leaves_out_is_the_one_that_was_known(alice: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    meeting = scene.standup
    meeting.title = None
    meeting.leave(meeting.participants[0])
    await scene.settled()
    assert "# Weekly standup" in alice.read(card)


async def test_what_other_channels_do_to_themselves_is_not_on_the_card(alice: Actor, mike: Actor, scene: Scene) -> None:
    card = await watched(alice, scene)
    await alice.types("/kick Ada")
    secret = scene.person("alice", "secret")
    await secret.types("/session use weekly")
    await mike.types("/session")
    await mike.clicks(mike.last, "Share")
    await scene.settled()
    text = alice.read(card)
    assert "removed Ada Lovelace" in text
    assert "linked this channel" not in text
    assert "shared the status" not in text


async def test_a_meeting_is_watched_though_nothing_more_may_be_asked_just_now(alice: Actor, scene: Scene) -> None:
    await alice.types("/session")
    scene.on.bot[USHER].limits.budget.hold(3.5)  # people's calls are let through after 2 s, and what was read is shared
    await alice.types("/session watch")
    assert "not watched" not in alice.screen
    async with scene.on.bot[USHER].store.database.reading() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM watches")).scalar_one() == 1


async def test_an_update_that_would_not_be_whole_is_put_off_and_spends_nothing(alice: Actor, scene: Scene) -> None:
    await alice.types("/session watch")
    usher = scene.on.bot[USHER]
    while usher.scheduler.updater.realtimekit.available > 3:
        usher.limits.budget.count(background=True)
    scene.realtimekit.seen.clear()
    scene.standup.join(Participant("Late", "late"))
    await scene.until(usher.metrics.updates.labels("deferred")._value.get)
    await scene.idle()
    assert scene.realtimekit.calls("active_session", "session_participants") == []
    scene.time_goes_by()
    await usher.scheduler.update_now(scene.standup.id)
    card = next(one for one in scene.public() if "Turn off live card" in alice.labels(one))
    assert "4 here" in alice.read(card)
