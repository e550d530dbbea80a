"""What becomes of Slack's payloads."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.slack.request import Kind, Target, decode_payload, parse_request, target_of
from bot.slack.view_state import NO_VIEW, MalformedPayload, ViewState
from tests.scene import Actor, Scene

FORM = "application/x-www-form-urlencoded"
URL = "https://hooks.slack.com/commands/1"
STORED = {"channel": "C1", "user": "U1", "response_url": URL}


def view(metadata: dict[str, Any], *, home: bool = False, chosen: str = "") -> ViewState:
    values = {"channel": chosen} if chosen else {}
    return replace(NO_VIEW, id="V1", is_home=home, values=values, private_metadata=metadata)


TARGETS: dict[str, tuple[dict[str, Any], Target]] = {
    "a click on a message acts for its channel": (
        {"channel_id": "C1", "response_url": URL},
        Target("C1", URL, from_home=False),
    ),
    "a button names no other channel than the one it is in": (
        {"channel_id": "C1", "response_url": URL, "value": '{"c":"C2"}'},
        Target("C1", URL, from_home=False),
    ),
    "in direct messages a button names the channel": (
        {"channel_id": "D1", "response_url": URL, "value": '{"c":"C2"}'},
        Target("C2", URL, from_home=True),
    ),
    "a button in direct messages that names none acts there": (
        {"channel_id": "D1", "response_url": URL, "value": "abc"},
        Target("D1", URL, from_home=False),
    ),
    "on the Home tab a button names the channel": (
        {"value": '{"c":"C2"}', "view": view({}, home=True)},
        Target("C2", "", from_home=True),
    ),
    "on the Home tab a button may name none": (
        {"value": '{"c":7}', "view": view({"channel": "C1"}, home=True)},
        Target("", "", from_home=True),
    ),
    "a modal acts for the channel that it was opened in": ({"view": view(STORED)}, Target("C1", URL, from_home=False)),
    "the channel chosen in a form wins": ({"view": view(STORED, chosen="C9")}, Target("C9", URL, from_home=False)),
    "a modal answers nobody else": ({"user_id": "U2", "view": view(STORED)}, Target("C1", "", from_home=False)),
    "a modal from the Home tab answers there": (
        {"view": view({"channel": "C1", "user": "U1", "home": True})},
        Target("C1", "", from_home=True),
    ),
    "metadata of wrong types is none": (
        {"view": view({"channel": None, "user": ["U1"], "response_url": URL, "home": "yes"})},
        Target("", "", from_home=False),
    ),
}


@pytest.mark.parametrize("name", TARGETS)
def test_the_channel_an_interaction_acts_for_and_where_its_answer_goes(name: str) -> None:
    given, expected = TARGETS[name]
    assert target_of(**{"user_id": "U1"} | given) == expected


@pytest.mark.parametrize("text", ["payload", "Ada payload=1", "payload={}", "%7Bpayload"])
def test_a_command_s_text_may_contain_any_word(text: str) -> None:
    form = {"command": "/kick", "text": text, "user_id": "U1", "team_id": "T1", "channel_id": "C1"}
    request = parse_request(decode_payload(urlencode(form).encode(), FORM))
    assert (request.kind, request.name, request.text) == (Kind.COMMAND, "/kick", text)


async def test_a_poll_about_a_payload_is_asked(alice: Actor, scene: Scene) -> None:
    # Bolt's own `parse_body` reads a body with this word in it as an empty one.
    await alice.types('/poll "Which payload?" "Small" "Large"')
    assert [poll["question"] for poll in scene.standup.polls] == ["Which payload?"]


@pytest.mark.parametrize("type_", ["shortcut", "message_action", "view_closed", "workflow_step_execute"])
async def test_a_payload_that_usher_did_not_ask_for_is_acknowledged_and_does_nothing(
    alice: Actor, scene: Scene, type_: str
) -> None:
    payload = {"type": type_, "callback_id": "x", "user": {"id": "U1"}, "team": {"id": "T1"}, "trigger_id": "1.2"}
    ack = await alice.post(urlencode({"payload": json.dumps(payload)}).encode())
    assert (ack.status, alice.messages(), scene.realtimekit.seen) == (200, [], [])


BASE: dict[str, Any] = {"type": "block_actions", "user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T2"}}


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ({"action_id": "a", "value": "v"}, "v"),
        ({"action_id": "a", "selected_option": {"value": "o"}}, "o"),
        ({"action_id": "a", "selected_option": None}, ""),
        ({"action_id": "a"}, ""),
    ],
)
def test_a_click_carries_the_button_s_value_or_the_chosen_option_s(action: dict[str, Any], value: str) -> None:
    request = parse_request(BASE | {"actions": [action]})
    # The person's own workspace counts: in a shared channel the payload's is the channel's.
    assert (request.value, request.team_id) == (value, "T1")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": 7},
        {"command": ["/kick"]},
        BASE,
        BASE | {"actions": [7]},
        BASE | {"actions": [{"action_id": None}]},
        BASE | {"actions": [{"action_id": "a"}], "user": "U1"},
        {"type": "event_callback", "event": {"type": 1}},
        {"type": "view_submission", "user": {"id": "U1"}, "team": {"id": "T1"}},
    ],
)
def test_what_slack_never_sends_is_malformed(payload: dict[str, Any]) -> None:
    with pytest.raises(MalformedPayload):
        parse_request(payload)


def test_two_clicks_in_one_rendering_are_one_intent_and_in_two_are_two() -> None:
    def click(ts: str, value: str = "v") -> str:
        container = {"container": {"message_ts": ts}, "actions": [{"action_id": "kick.one", "value": value}]}
        return parse_request(BASE | container).intent

    assert click("1.0") == click("1.0")
    assert len({click("1.0"), click("2.0"), click("1.0", "w")}) == 3
