import json
from urllib.parse import urlencode

import pytest

from sandbox.faults import Fault
from sandbox.slack import SlackFault
from tests.scene import Actor, Scene

pytestmark = pytest.mark.databases


def delivery(alice: Actor, scene: Scene, command: str, text: str) -> bytes:
    """One command as Slack delivers it, to be delivered more than once."""
    form = {
        "command": command,
        "text": text,
        "team_id": alice.user.team,
        "user_id": alice.user.id,
        "channel_id": alice.channel.id,
        "trigger_id": scene.slack.trigger(alice.user.id),
        "response_url": scene.slack.response_url(alice.user.id, alice.channel.id),
    }
    return urlencode(form).encode()


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_retried_delivery_acts_and_answers_once(alice: Actor, scene: Scene, at_once: bool) -> None:
    scene.realtimekit.faults["kick"] = Fault("delay", seconds=0.05, times=1)
    body = delivery(alice, scene, "/kick", "Grace")
    alice.patient = not at_once
    first = await alice.post(body)
    second = await alice.post(body, {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"})
    await scene.idle()
    assert (first.status, second.status) == (200, 200)
    assert len(scene.realtimekit.calls("kick")) == 1
    assert len(alice.messages()) == 1


@pytest.mark.parametrize("command", ["/kick", "/poll", "/kick all"])
async def test_a_modal_sent_off_twice_acts_once(alice: Actor, scene: Scene, command: str) -> None:
    view = await alice.opens_filled(command)
    scene.realtimekit.faults["*"] = Fault("delay", seconds=0.02)
    both = [urlencode({"payload": json.dumps(alice.payload("view_submission", view))}).encode() for _ in "12"]
    alice.patient = False
    for body in both:
        await alice.post(body)
    await scene.idle()
    await alice.post(both[0])
    await scene.idle()
    assert len(scene.realtimekit.calls("kick", "kick_all", "poll")) == 1
    assert len(scene.public()) == 1


async def test_a_double_click_on_kick_beside_a_name_acts_once(alice: Actor, scene: Scene) -> None:
    await alice.types("/session who")
    button = alice.item(alice.last, "Remove")
    both = [urlencode({"payload": json.dumps(alice.action(*button))}).encode() for _ in "12"]
    alice.patient = False
    for body in both:
        await alice.post(body)
    await scene.idle()
    assert len(scene.realtimekit.calls("kick")) == 1
    assert len(scene.public()) == 1


async def test_a_double_click_on_try_again_acts_once(alice: Actor, scene: Scene) -> None:
    scene.slack.faults["users.info"] = SlackFault(error="fatal_error", times=1)
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    button = alice.spot(alice.last, "Try again")
    both = [urlencode({"payload": json.dumps(alice.action(button))}).encode() for _ in "12"]
    alice.patient = False
    for body in both:
        await alice.post(body)
    await scene.idle()
    assert len(scene.realtimekit.calls("poll")) == 1


async def test_what_certainly_did_not_happen_may_be_tried_again(alice: Actor, scene: Scene) -> None:
    await alice.types("/session who")
    button = alice.item(alice.last, "Remove")
    scene.realtimekit.faults["kick"] = Fault("status", status=403, times=1)
    await alice.clicks_spot(*button)
    assert len(scene.standup.names()) == 3
    await alice.clicks_spot(*button)
    assert len(scene.standup.names()) == 2


async def test_the_same_command_typed_twice_is_two_intents(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    assert len(scene.realtimekit.calls("poll")) == 2


@pytest.mark.parametrize("first", ["alice", "grace"])
async def test_what_another_click_has_undone_can_be_done_again_at_once(alice: Actor, scene: Scene, first: str) -> None:
    scene.realtimekit.recordings.upload_seconds = 3600
    await alice.types("/session hosts add <@U0GRACE001>")
    await alice.types("/session watch")
    card = next(one for one in scene.public() if "Turn off live card" in alice.labels(one))
    for person, choice in ((first, "Lock"), ("alice", "Unlock"), (first, "Lock"), (first, "Unlock"), (first, "Lock")):
        await scene.person(person).chooses(card, choice)
        await scene.settled()
    assert scene.standup.status == "INACTIVE"
    for choice in ("Record", "Stop recording") * 2:
        await alice.chooses(card, choice)
        await scene.settled()
    assert [one.status for one in scene.realtimekit.recordings.every] == ["UPLOADING", "UPLOADING"]


async def test_a_recording_is_paused_as_often_as_it_was_resumed(alice: Actor, scene: Scene) -> None:
    recording = scene.realtimekit.recordings.record(scene.standup, caller="Ada")
    await alice.types("/session record")
    running = alice.last
    for expected in ("PAUSED", "RECORDING", "PAUSED"):
        surface, label = (running, "Pause") if expected == "PAUSED" else (alice.last, "Resume")
        await alice.clicks(surface, label)
        assert recording.status == expected
