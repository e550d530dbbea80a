"""Who is really asking, and what is made of nonsense."""

import asyncio
import contextlib
import io
import json
import time
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncBoltRequest

from bot.slack.request import decode_payload, parse_request
from bot.slack.view_state import MalformedPayload
from bot.web import USHER, reject_reason
from sandbox.faults import Fault
from sandbox.person import sign
from sandbox.slack import SlackFault
from tests.scene import Actor, Scene

FORM = "application/x-www-form-urlencoded"


def kick(scene: Scene, alice: Actor) -> bytes:
    form = {
        "command": "/kick",
        "text": "Grace",
        "user_id": alice.user.id,
        "team_id": alice.user.team,
        "channel_id": alice.channel.id,
        "trigger_id": scene.slack.trigger(alice.user.id),
        "response_url": scene.slack.response_url(alice.user.id, alice.channel.id),
    }
    return urlencode(form).encode()


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "nonsense"},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": "yesterday"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "9" * 30},
        {"X-Slack-Request-Timestamp": "²"},
    ],
)
async def test_a_wrong_signature_is_refused_and_does_nothing(
    alice: Actor, scene: Scene, caplog: pytest.LogCaptureFixture, changed: dict[str, str]
) -> None:
    ack = await alice.post(kick(scene, alice), changed)
    assert ack.status == 401
    assert scene.realtimekit.seen == []
    assert "Grace" not in caplog.text


@pytest.mark.parametrize("age", [301, 86_400, -3_600])
async def test_a_stale_request_is_refused_though_it_is_signed(alice: Actor, scene: Scene, age: int) -> None:
    body = kick(scene, alice)
    ack = await alice.post(body, sign(body, str(int(time.time()) - age)))
    assert ack.status == 401
    assert scene.realtimekit.seen == []


async def test_a_signature_of_raw_bytes_is_refused(alice: Actor, scene: Scene) -> None:
    host, port = scene.on.bot_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    stamp = str(int(time.time())).encode()
    writer.write(
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n"
        b"X-Slack-Request-Timestamp: " + stamp + b"\r\nX-Slack-Signature: v0=\xff\r\n\r\nx"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 401")
    writer.close()
    await writer.wait_closed()


async def test_an_unsigned_request_is_refused(alice: Actor, scene: Scene) -> None:
    async with scene.on.http.post(scene.on.bot_url + "/slack/events", data=kick(scene, alice)) as response:
        assert response.status == 401


async def test_another_secret_s_signature_is_refused(alice: Actor, scene: Scene) -> None:
    body = kick(scene, alice)
    assert (await alice.post(body, sign(body, str(int(time.time())), "another secret"))).status == 401


def test_the_signature_is_slack_s_published_example() -> None:
    # https://docs.slack.dev/authentication/verifying-requests-from-slack
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    secret = "8f742231b10e8888abcd99yyyzzz85a5"
    assert not reject_reason(body, "1531420618", signature, secret, now=1531420618.0)
    assert "signature" in str(reject_reason(body + b" ", "1531420618", signature, secret, now=1531420618.0))
    assert "301 s old" in str(reject_reason(body, "1531420618", signature, secret, now=1531420919.0))
    assert reject_reason(body, "1531420618", signature, "", now=1531420618.0)


NONSENSE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", FORM),
    "bytes": (bytes(range(256)) * 8, FORM),
    "json as form": (b'{"a": 1}', FORM),
    "payload is no json": (b"payload=%7Bnot+json", FORM),
    "payload is a number": (b"payload=7", FORM),
    "payload is null": (b"payload=null", FORM),
    "payload is a list": (b"payload=%5B%5D", FORM),
    "payload without a type": (b"payload=%7B%22a%22%3A1%7D", FORM),
    "click without a user": (b"payload=%7B%22type%22%3A%22block_actions%22%7D", FORM),
    "click without an action": (b'payload={"type":"block_actions","user":{"id":"U1"},"team":{"id":"T1"}}', FORM),
    "user is a number": (b'payload={"type":"block_actions","user":7,"actions":[{"action_id":"a"}]}', FORM),
    "submission of nothing": (b'payload={"type":"view_submission","view":{},"user":{"id":"U1"}}', FORM),
    "command alone": (b"command=%2Fkick", FORM),
    "command without a user": (b"command=%2Fkick&text=all&channel_id=C1&team_id=T1", FORM),
    "broken json": (b"{{{{", "application/json"),
    "a json list": (b"[1,2]", "application/json"),
    "deep json": (b"[" * 50_000, "application/json"),
    "authorizations are a number": (
        b'{"type":"event_callback","authorizations":5,"event":{"type":"app_home_opened"},"team_id":"T1"}',
        "application/json",
    ),
    "event without an event": (b'{"type":"event_callback"}', "application/json"),
    "text": (b"hello", "text/plain"),
    "multipart": (b"--x\r\nnope", "multipart/form-data; boundary=x"),
    "many fields": (b"a=1&" * 500, FORM),
}


@pytest.mark.parametrize("name", NONSENSE)
async def test_signed_nonsense_is_refused_as_malformed(alice: Actor, scene: Scene, name: str) -> None:
    body, kind = NONSENSE[name]
    ack = await alice.post(body, kind=kind)
    assert (ack.status, ack.body) == (400, "malformed")
    assert scene.realtimekit.seen == []


@pytest.mark.parametrize("kind", [FORM, "application/json"])
@settings(max_examples=150)
@given(body=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_body_is_read_or_refused(kind: str, body: bytes) -> None:
    with contextlib.suppress(MalformedPayload):
        parse_request(decode_payload(body, kind))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "user", "view", "value"]), inner)
    ),
    max_leaves=8,
)
KINDS = ["block_actions", "view_submission", "block_suggestion", "event_callback", "view_closed"]


@settings(max_examples=150)
@given(
    kind=st.sampled_from(KINDS),
    parts=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("user", "team", "view", "actions", "channel", "container", "event", "action_id"), JSON),
    ),
)
def test_any_interaction_s_shape_is_read_or_refused(kind: str, parts: dict[str, object]) -> None:
    with contextlib.suppress(MalformedPayload):
        parse_request({"type": kind} | parts)


async def test_a_body_of_ten_megabytes_is_refused(scene: Scene) -> None:
    body = io.BytesIO(b"text=" + b"x" * 10_000_000)
    headers = sign(body.getvalue(), str(int(time.time())))
    async with scene.on.http.post(scene.on.bot_url + "/slack/events", data=body, headers=headers) as response:
        assert response.status == 413


async def test_a_command_that_is_not_ours_is_answered_with_what_is(alice: Actor) -> None:
    await alice.types("/nope now")
    assert "I don't know “/nope”" in alice.screen


async def test_clicks_and_submissions_that_nobody_knows_are_acknowledged(alice: Actor) -> None:
    user = {"user": {"id": alice.user.id, "team_id": alice.user.team}}
    click = {"type": "block_actions", "actions": [{"action_id": "old.button", "value": "x"}]} | user
    sent = {"type": "view_submission", "view": {"id": "V1", "type": "modal", "callback_id": "old"}} | user
    menu = {"type": "block_suggestion", "action_id": "old", "value": "x", "block_id": "b"} | user
    for payload in (click, sent, menu, {"type": "time_travel"}):
        ack = await alice.post(urlencode({"payload": json.dumps(payload)}).encode())
        assert ack.status == 200


async def test_slack_s_handshakes_are_answered(alice: Actor, scene: Scene) -> None:
    challenge = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()
    assert (await alice.post(challenge, kind="application/json")).body == {"challenge": "3eZbrw1a"}
    assert (await alice.post(b"ssl_check=1&token=x")).status == 200
    async with scene.on.http.get(scene.on.bot_url + "/slack/events?ssl_check=1") as response:
        assert response.status == 200


async def test_health_is_the_process_s_own(scene: Scene) -> None:
    scene.realtimekit.faults["*"] = Fault("status", status=500)
    async with scene.on.http.get(scene.on.bot_url + "/healthz") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})
        assert response.headers["Cache-Control"] == "no-store"


async def test_ready_means_that_slack_and_realtimekit_answer(scene: Scene) -> None:
    url = scene.on.bot_url + "/readyz"
    async with scene.on.http.get(url) as response:
        parts = {"slack": "ok", "realtimekit": "ok", "database": "ok"}
        assert (response.status, await response.json()) == (200, {"status": "ok"} | parts)
    async with scene.on.http.get(url):
        assert scene.slack.calls.count("auth.test") == 2  # once at the start, once for both of these
    scene.on.bot[USHER].readiness.parts.cache_clear()
    scene.realtimekit.faults["*"] = Fault("status", status=403)
    scene.slack.faults["auth.test"] = SlackFault(error="invalid_auth")
    async with scene.on.http.get(url) as response:
        assert response.status == 503
        parts = {"slack": "failing", "realtimekit": "failing", "database": "ok"}
        assert await response.json() == {"status": "not ready"} | parts


async def test_what_comes_while_the_process_stops_is_told_so_in_the_acknowledgment(alice: Actor, scene: Scene) -> None:
    scene.on.bot[USHER].background.stop()
    await alice.types("/kick Grace")
    assert "Usher is restarting. No one was removed. Try again in a minute." in alice.screen
    assert scene.realtimekit.calls("kick") == []


async def test_socket_mode_brings_asks_the_same_way(alice: Actor, scene: Scene) -> None:
    bolt = scene.on.bot[USHER].bolt
    form = {"command": "/session", "text": "status", "user_id": alice.user.id, "team_id": alice.user.team}
    form |= {"channel_id": alice.channel.id, "response_url": scene.slack.response_url(alice.user.id, alice.channel.id)}
    answer = await bolt.async_dispatch(AsyncBoltRequest(body=form, mode="socket_mode"))
    await scene.idle()
    assert (answer.status, answer.body) == (200, "")
    assert "# Weekly standup" in alice.screen
    nonsense = await bolt.async_dispatch(AsyncBoltRequest(body={"type": "block_actions"}, mode="socket_mode"))
    assert nonsense.status == 400


@pytest.mark.databases
async def test_socket_mode_brings_no_text_that_a_database_does_not_take(alice: Actor, scene: Scene) -> None:
    text = '"Lunch\x00?" "Pizza\ud83d" "Salad"'
    form = {"command": "/poll", "text": text, "user_id": alice.user.id, "team_id": alice.user.team}
    form |= {"channel_id": alice.channel.id, "trigger_id": "1.2\x00\ud83d"}
    form |= {"response_url": scene.slack.response_url(alice.user.id, alice.channel.id)}
    await scene.on.bot[USHER].bolt.async_dispatch(AsyncBoltRequest(body=form, mode="socket_mode"))
    await scene.idle()
    assert [poll["question"] for poll in scene.standup.polls] == ["Lunch\ufffd?"]


@pytest.mark.parametrize("odd", ["[" * 5000, "7", '{"t": 5, "m": {"a": 1}}'])
async def test_notes_and_values_that_no_usher_wrote_are_survived(alice: Actor, scene: Scene, odd: str) -> None:
    user = {"user": {"id": alice.user.id, "team_id": alice.user.team}}
    view = {"id": "V1", "type": "modal", "callback_id": "end", "private_metadata": odd}
    click = {"type": "block_actions", "actions": [{"action_id": "kick.one", "value": odd}]} | user
    for payload in ({"type": "view_submission", "view": view} | user, click):
        ack = await alice.post(urlencode({"payload": json.dumps(payload)}).encode())
        assert ack.status == 200
    assert scene.realtimekit.calls("kick", "kick_all") == []
