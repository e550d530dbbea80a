"""What people are told, and what is done, when RealtimeKit or Slack fails."""

import asyncio
import json
import re
import time

import pytest

from sandbox.faults import Fault
from sandbox.realtimekit import TOKEN
from sandbox.slack import SIGNING_SECRET, SlackFault
from sandbox.slack import TOKEN as SLACK_TOKEN
from tests.scene import Actor, Scene

HTML = "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
AUTH = json.dumps({"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]})
RATE = json.dumps({"success": False, "errors": [{"code": 10013, "message": "Rate limited"}]})

FAULTS: dict[str, Fault] = {
    "401": Fault("status", status=401, body=AUTH),
    "403": Fault("status", status=403, body=AUTH),
    "400": Fault("status", status=400),
    "404": Fault("status", status=404, body='{"success":false,"error":{"code":404,"message":"gone"}}'),
    "429": Fault("status", status=429, body=RATE),
    "429 long": Fault("status", status=429, body=RATE, headers={"Retry-After": "120"}),
    "500": Fault("status", status=500),
    "502 html": Fault("status", status=502, body=HTML, content_type="text/html"),
    "200 html": Fault("status", status=200, body=HTML, content_type="text/html"),
    "empty": Fault("status", status=200, body=""),
    "null": Fault("status", status=200, body="null"),
    "no data": Fault("status", status=200, body='{"success":true}'),
    "wrong types": Fault("status", status=200, body='{"success":"yes","data":[1,null],"error":7}'),
    "refused in band": Fault("status", status=200, body='{"success":false,"error":{"code":1,"message":"<!channel>"}}'),
    "deep": Fault("status", status=200, body="[" * 50_000),
    "reset": Fault("reset"),
    "cut": Fault("cut"),
    "hang": Fault("hang", seconds=0.5),
}


def is_plain(text: str) -> bool:
    return not re.search(r"Traceback|Error\b|Exception|<html|None\b|10000|Bad Gateway|accounts/|\{'", text)


@pytest.mark.sampled(3)
@pytest.mark.settings(realtimekit_timeout=0.2)
@pytest.mark.parametrize("command", ["/kick", "/kick Grace"])  # all others: tests/test_fault_matrix.py
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_kick_under_each_fault_gives_one_plain_message_and_does_nothing(
    alice: Actor, scene: Scene, caplog: pytest.LogCaptureFixture, fault: str, command: str
) -> None:
    scene.realtimekit.faults["*"] = FAULTS[fault]
    ack = await alice.types(command)
    assert (ack.status, ack.body) == (200, None)
    assert len(alice.messages()) + (alice.modal is not None) == 1
    assert alice.screen.strip()
    assert is_plain(alice.screen)
    assert "Checking who" not in alice.screen
    assert scene.public() == []
    scene.realtimekit.faults.clear()
    assert len(scene.standup.names()) == 3
    assert scene.standup.polls == []
    logged = " ".join(str(record.msg) for record in caplog.records)
    assert not any(secret in logged for secret in (TOKEN, SLACK_TOKEN, SIGNING_SECRET, "/hooks/"))
    assert len([record for record in caplog.records if "'event': 'request'" in str(record.msg)]) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("401", "has the *Realtime* permission"),
        ("403", "`CLOUDFLARE_API_TOKEN`"),
        ("429", "Try again in a few minutes."),
        ("429 long", "Try again in 2 minutes."),
        ("500", "RealtimeKit is unavailable right now."),
        ("reset", "RealtimeKit is unavailable right now."),
        ("200 html", "RealtimeKit sent an unexpected response."),
    ],
)
async def test_the_message_says_what_happened_what_was_not_done_and_what_to_do(
    alice: Actor, scene: Scene, fault: str, said: str
) -> None:
    scene.realtimekit.faults["*"] = FAULTS[fault]
    await alice.types("/kick Grace")
    assert said in alice.screen
    assert "No one was removed." in alice.screen
    assert re.search(r"request [0-9a-f]{8}", alice.screen)


@pytest.mark.settings(realtimekit_timeout=0.2)
@pytest.mark.parametrize("fault", ["500", "502 html", "reset", "cut", "hang", "empty", "no data"])
async def test_a_poll_that_may_exist_is_said_to_and_not_sent_again(alice: Actor, scene: Scene, fault: str) -> None:
    scene.realtimekit.faults["poll"] = FAULTS[fault]
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    assert "I can't tell if the poll was started" in alice.screen
    assert "Try again" not in alice.screen
    assert len(scene.realtimekit.calls("poll")) == 1


async def test_a_poll_that_was_refused_certainly_can_be_tried_again_from_where_one_was(
    alice: Actor, scene: Scene
) -> None:
    await alice.types("/poll")
    for label, text in (("Question", "Lunch?"), ("Option 1", "Pizza"), ("Option 2", "Salad")):
        alice.fills(label, text)
    scene.realtimekit.faults["poll"] = FAULTS["429 long"]
    await alice.submits()
    assert "The poll wasn't started." in alice.screen
    scene.realtimekit.faults.clear()
    scene.time_goes_by()
    await alice.clicks(alice.last, "Try again…")
    assert "Lunch?" in str(alice.modal)
    await alice.submits()
    assert len(scene.standup.polls) == 1


@pytest.mark.settings(realtimekit_timeout=0.3)
async def test_a_kick_whose_answer_was_lost_is_told_by_a_look_at_the_room(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["kick"] = Fault("reset_after", times=1)
    await alice.types("/kick Grace")
    assert scene.standup.names() == ["Ada Lovelace", "Alan Turing"]
    assert "removed *" in alice.screen
    assert len(scene.realtimekit.calls("kick")) == 1


async def test_a_kick_that_was_lost_on_the_way_is_told_as_uncertain_and_not_sent_again(
    alice: Actor, scene: Scene
) -> None:
    scene.realtimekit.faults["kick"] = Fault("reset", times=1)
    await alice.types("/kick Grace")
    assert "I can't tell if" in alice.screen
    assert len(scene.realtimekit.calls("kick")) == 1


async def test_a_kick_nobody_can_tell_of_is_said_to_be_uncertain(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick")
    await alice.picks("Who should leave?", "Ada")
    scene.realtimekit.faults["*"] = Fault("status", status=500)
    await alice.submits()
    assert "I can't tell if" in alice.screen


async def test_a_kick_all_whose_answer_was_lost_is_told_by_a_look_at_the_room(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick all")
    scene.realtimekit.faults["kick_all"] = Fault("reset_after", times=1)
    await alice.submits()
    assert "ended *Weekly standup* for everyone. Everyone was removed." in alice.screen


async def test_reads_are_tried_again_after_a_passing_failure(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["active_session"] = Fault("status", status=503, times=1)
    await alice.types("/session status")
    assert "3 here" in alice.screen


async def test_a_short_retry_after_is_waited_for_even_by_a_poll(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["poll"] = Fault("status", status=429, body=RATE, headers={"Retry-After": "0.1"}, times=1)
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    assert len(scene.standup.polls) == 1


async def test_a_card_without_its_names_is_better_than_none(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["session_participants"] = Fault("status", status=403)
    await alice.types("/session status")
    assert "3 here" in alice.screen
    assert "In the room" not in alice.screen


@pytest.mark.parametrize(
    "command", ["/session status", "/kick", "/kick Grace", "/kick all", "/poll", '/poll "A?" "B" "C"']
)
async def test_acks_go_out_at_once_while_realtimekit_hangs_and_slack_s_web_api_hangs(
    alice: Actor, scene: Scene, command: str
) -> None:
    answering = asyncio.Event()
    scene.realtimekit.faults["*"] = Fault("wait", until=answering)
    for method in ("users.info", "views.open", "chat.postMessage"):
        scene.slack.faults[method] = SlackFault(until=answering)
    alice.patient = False
    async with asyncio.timeout(3):
        ack = await alice.types(command)
    assert (ack.status, ack.body) == (200, None)
    answering.set()
    await scene.idle()
    assert alice.screen.strip()


@pytest.mark.parametrize("command", ["/kick", "/kick all", "/session end"])
async def test_a_modal_opens_at_once_as_a_loading_view_and_is_filled_in_later(
    alice: Actor, scene: Scene, command: str
) -> None:
    scene.realtimekit.faults["*"] = Fault("delay", seconds=0.4)
    alice.patient = False
    began = time.monotonic()
    await alice.types(command)
    await alice.sees_a_modal()
    assert time.monotonic() - began < 0.3
    assert alice.modal
    assert "…" in alice.read(alice.modal)
    assert not alice.modal.spec.get("submit")
    await scene.idle()
    assert alice.modal.spec["submit"]


async def test_a_modal_opens_while_slack_is_slow_to_say_who_asks(alice: Actor, scene: Scene) -> None:
    scene.slack.faults["users.info"] = SlackFault(seconds=0.5)
    await alice.types("/kick")
    assert alice.modal
    assert alice.modal.spec["submit"]


async def test_a_member_refused_while_slack_is_slow_is_told_in_the_modal(mike: Actor, scene: Scene) -> None:
    scene.slack.faults["users.info"] = SlackFault(seconds=0.5)
    await mike.types("/kick")
    assert "Only hosts of this channel can do that." in mike.screen
    assert mike.modal
    assert not mike.modal.spec.get("submit")


@pytest.mark.parametrize("channel", ["no-bot-here", "secret", "dm-mike"])
async def test_where_the_bot_is_not_in_the_channel_the_outcome_is_told_all_the_same(scene: Scene, channel: str) -> None:
    alice = scene.person("alice", channel)
    mike = scene.person("mike", channel)
    await alice.types("/kick Grace")
    assert "removed *" in mike.screen
    await alice.types("/kick")
    await alice.picks("Who should leave?", "Ada")
    await alice.submits()
    assert "Ada Lovelace" in mike.screen


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("chat.postMessage", SlackFault(error="ratelimited", retry_after=0.1, times=1)),
        ("chat.postMessage", SlackFault(error="is_archived")),
        ("chat.postMessage", SlackFault(status=500)),
        ("response_url", SlackFault(error="ratelimited", retry_after=0.1, times=1)),
        ("response_url", SlackFault(status=500)),
        ("response_url", SlackFault(status=404)),
        ("users.info", SlackFault(error="ratelimited", retry_after=0.1, times=1)),
        ("users.info", SlackFault(status=500, times=1)),
    ],
)
async def test_the_outcome_arrives_whatever_slack_refuses(
    alice: Actor, scene: Scene, method: str, fault: SlackFault
) -> None:
    scene.slack.faults[method] = fault
    await alice.types("/kick Grace")
    await alice.types("/session status")
    assert "removed *" in alice.screen
    assert "# Weekly standup" in alice.screen


async def test_what_can_be_said_nowhere_else_is_said_in_a_direct_message(alice: Actor, scene: Scene) -> None:
    for method in ("response_url", "chat.postEphemeral"):
        scene.slack.faults[method] = SlackFault(status=500)
    await alice.types("/session status")
    (message,) = scene.slack.messages
    assert scene.world.channels[message.channel].direct


async def test_a_modal_that_the_person_closed_stays_closed(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["*"] = Fault("delay", seconds=0.2, times=1)
    alice.patient = False
    await alice.types("/kick")
    await alice.sees_a_modal()
    scene.slack.close(alice.user.id)
    await scene.idle()
    assert alice.modal is None


@pytest.mark.parametrize("code", ["expired_trigger_id", "exchanged_trigger_id", "trigger_expired", "fatal_error"])
async def test_a_modal_that_slack_does_not_open_is_told_with_a_way_on(alice: Actor, scene: Scene, code: str) -> None:
    scene.slack.faults["views.open"] = SlackFault(error=code, times=1)
    await alice.types("/kick")
    assert "Slack couldn't open the form. No one was removed." in alice.screen
    await alice.clicks(alice.last, "Try again")
    assert alice.modal
