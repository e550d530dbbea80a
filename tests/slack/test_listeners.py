"""How Bolt routes to our listeners, and what fails before the acknowledgment."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.async_app import AsyncBoltContext, AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import Right
from bot.slack.app import REQUEST
from bot.slack.context import Context
from bot.slack.listeners import Listeners
from bot.slack.request import Kind
from bot.slack.runner import MAX_RUNNING
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.slack import SlackFault
from tests.registered import LISTENERS
from tests.scene import Actor, Scene
from tests.test_metrics import wait_for

PLAIN = "Something went wrong on our end. We've logged it."


async def handle(context: Context) -> None:
    """Do nothing."""


async def offer(context: Context) -> list[dict[str, Any]]:
    """Offer nothing."""
    return []


REGISTER: dict[Kind, Callable[[Listeners, str], None]] = {
    Kind.COMMAND: lambda listeners, name: listeners.command(name, handle, needs=Right.HOST),
    Kind.ACTION: lambda listeners, name: listeners.action(name, handle, needs=Right.HOST),
    Kind.VIEW: lambda listeners, name: listeners.view(name, handle, needs=Right.HOST),
    Kind.OPTIONS: lambda listeners, name: listeners.options(name, offer, needs=Right.HOST),
    Kind.SHORTCUT: lambda listeners, name: listeners.shortcut(name, handle, needs=Right.HOST),
    Kind.EVENT: lambda listeners, name: listeners.event(name, handle, needs=Right.VIEW),
}


@pytest.mark.parametrize(("kind", "name"), sorted(LISTENERS.names))
def test_a_listener_that_is_registered_twice_is_an_error_at_start(kind: Kind, name: str) -> None:
    with pytest.raises(ValueError, match=f"two listeners for the {kind} '{name}'"):
        REGISTER[kind](LISTENERS, name)


async def test_bolt_tries_the_command_that_is_used_most_first(scene: Scene) -> None:
    first, *_ = scene.on.bot[USHER].bolt._async_listeners
    form = {"command": "/session", "user_id": "U1", "team_id": "T1", "channel_id": "C1", "trigger_id": "1.2"}
    request = AsyncBoltRequest(body=form, mode="socket_mode")
    assert await first.async_matches(req=request, resp=BoltResponse(status=404))


def body_of(alice: Actor, scene: Scene, kind: Kind) -> bytes:
    """A payload of this kind as Slack sends it."""
    common = {"trigger_id": scene.slack.trigger(alice.user.id), "team": {"id": alice.user.team}}
    common |= {"user": {"id": alice.user.id, "team_id": alice.user.team}, "channel": {"id": alice.channel.id}}
    url = {"response_url": scene.slack.response_url(alice.user.id, alice.channel.id)}
    view = {"id": "V1", "type": "modal", "callback_id": "broken", "blocks": [], "private_metadata": ""}
    payloads: dict[Kind, dict[str, Any]] = {
        Kind.ACTION: common | url | {"type": "block_actions", "actions": [{"action_id": "broken"}]},
        Kind.VIEW: common | {"type": "view_submission", "view": view},
        Kind.OPTIONS: common | {"type": "block_suggestion", "action_id": "broken", "value": ""},
    }
    if kind is Kind.COMMAND:
        form = {"command": "/broken", "text": "", "user_id": alice.user.id, "team_id": alice.user.team}
        return urlencode(form | url | {"channel_id": alice.channel.id, "trigger_id": common["trigger_id"]}).encode()
    return urlencode({"payload": json.dumps(payloads[kind])}).encode()


def fail(*_: object) -> Any:
    """Be a bug."""
    raise RuntimeError("a bug")


async def fail_to_offer(context: Context) -> list[dict[str, Any]]:
    """Be a bug in a menu."""
    return list(fail())


BROKEN: dict[Kind, Callable[[Listeners], None]] = {
    Kind.COMMAND: lambda listeners: listeners.command("/broken", handle, needs=Right.HOST, validate=fail),
    Kind.ACTION: lambda listeners: listeners.action("broken", handle, needs=Right.HOST, validate=fail),
    Kind.VIEW: lambda listeners: listeners.view("broken", handle, needs=Right.HOST, validate=fail),
    Kind.OPTIONS: lambda listeners: listeners.options("broken", fail_to_offer, needs=Right.HOST),
}
ACKS: dict[Kind, Callable[[Any], bool]] = {
    Kind.COMMAND: lambda body: PLAIN in body["text"] and body["response_type"] == "ephemeral",
    Kind.ACTION: lambda body: body is None,
    Kind.VIEW: lambda body: body["response_action"] == "update" and PLAIN in str(body["view"]),
    Kind.OPTIONS: lambda body: body == {"options": []},
}


@pytest.mark.parametrize("kind", ACKS)
async def test_a_listener_that_fails_before_the_acknowledgment_gives_one_plain_answer(
    alice: Actor, scene: Scene, caplog: pytest.LogCaptureFixture, kind: Kind
) -> None:
    usher = scene.on.bot[USHER]
    # A menu has 2.5 s: what is asked of Slack first must not use them up on a busy machine.
    await usher.directory.identity()
    await usher.directory.user(alice.user.id)
    BROKEN[kind](usher.listeners)
    ack = await alice.post(body_of(alice, scene, kind))
    assert ack.status == 200
    assert ACKS[kind](ack.body)
    # A click has nowhere in its acknowledgment for an answer: it comes as a message.
    assert [PLAIN in alice.read(message) for message in alice.messages()] == [True] * (kind is Kind.ACTION)
    assert "a bug" in caplog.text
    assert "a bug" not in f"{ack.body} {alice.screen}"


async def test_a_bug_in_reading_a_payload_is_answered_and_logged_as_what_it_is(
    alice: Actor, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    bolt = scene.on.bot[USHER].bolt

    @bolt.middleware
    async def read_nothing(context: AsyncBoltContext) -> None:
        del context[REQUEST]
        raise TypeError("a bug")

    ack = await alice.types("/session")
    assert (ack.status, ack.body) == (200, {"text": PLAIN})
    assert "TypeError('a bug')" in caplog.text
    assert "malformed" not in caplog.text


async def test_try_again_in_direct_messages_acts_for_the_channel_of_the_command(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["*"] = Fault("status", status=429, headers={"Retry-After": "60"})
    # Neither by the address of the answer nor in the channel can it be said.
    scene.slack.faults["response_url"] = SlackFault(status=404)
    scene.slack.faults["chat.postEphemeral"] = SlackFault("not_in_channel")
    await alice.types("/kick Grace")
    direct = scene.person("alice", "")
    scene.slack.faults.clear()
    scene.realtimekit.faults.clear()
    scene.time_goes_by()
    await direct.clicks(direct.last, "Try again")
    assert scene.standup.names() == ["Ada Lovelace", "Alan Turing"]
    assert [message.channel for message in scene.public()][-1] == alice.channel.id


@pytest.mark.parametrize("too_much", ["running", "stopping"])
async def test_try_again_is_answered_also_where_nothing_new_is_accepted(
    alice: Actor, scene: Scene, too_much: str
) -> None:
    scene.realtimekit.faults["*"] = Fault("status", status=500)
    await alice.types("/session")
    background, over = scene.on.bot[USHER].background, asyncio.Event()
    answer = busy(scene, over) if too_much == "running" else stopping(scene)
    before = len(alice.messages())
    alice.patient = False
    ack = await alice.clicks(alice.last, "Try again")
    assert (ack.status, ack.body) == (200, None)
    await scene.until(lambda: len(alice.messages()) > before)
    assert answer in alice.read(alice.last)
    over.set()
    await background.idle()


@pytest.mark.parametrize("too_much", ["running", "stopping"])
async def test_what_was_typed_into_a_form_is_given_back_where_nothing_new_is_accepted(
    alice: Actor, scene: Scene, too_much: str
) -> None:
    await alice.opens_filled("/poll")
    over = asyncio.Event()
    answer = busy(scene, over) if too_much == "running" else stopping(scene)
    alice.patient = False
    await alice.submits()
    assert alice.modal
    shown = alice.read(alice.modal)
    assert answer in shown
    assert "Here's what you entered:" in shown
    assert "Option 2" in str(alice.modal.spec["blocks"][-1])
    over.set()
    await scene.idle()


def busy(scene: Scene, over: asyncio.Event) -> str:
    """Let as much run as may, until it ended."""
    for _ in range(MAX_RUNNING):
        scene.on.bot[USHER].background.start(wait_for(over))
    return "Usher is busy right now."


def stopping(scene: Scene) -> str:
    """Tell the process to stop, as SIGTERM does."""
    scene.on.bot[USHER].background.stop()
    return "Usher is restarting."
