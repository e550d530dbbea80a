"""`SlackRequest`: who asks, where, in which words, with which trigger. Built once from any payload of Slack's.

Nothing further in knows Slack's JSON. Payloads: https://docs.slack.dev/interactivity/handling-user-interaction
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import getrandbits
from typing import Any

from yarl import query_to_pairs

from bot.sanitize import json_object
from bot.slack.view_state import NO_VIEW, MalformedPayload, ViewState, object_in, parse_view, text_in


class Kind(StrEnum):
    """The kinds of requests, by the names of Bolt's listeners."""

    COMMAND = "command"
    ACTION = "action"
    VIEW = "view"
    OPTIONS = "options"
    EVENT = "event"
    SHORTCUT = "shortcut"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ClickedMessage:
    """The message that was clicked in, if everyone in its channel sees it; Slack tells nothing of ephemeral ones."""

    channel_id: str
    ts: str
    text: str
    blocks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class SlackRequest:
    """One request of a person, of whatever kind.

    Attributes:
        name: the command with its slash, the action id, the view's callback id, or the event's type.
        team_id: the workspace that the person belongs to.
        text: what was typed after the command or into a searchable menu; for `app_home_opened`, the tab; the message
            that a shortcut was used on.
        value: the clicked button's value, or that of the chosen option.
        container_id: the message or view that was clicked in. Two clicks in one rendering share it.
        from_home: made in the Home tab or in direct messages with the bot; `channel_id` is the channel it acts for.
        meeting_id: the meeting that a command was about which is typed again by a button.
        view: the view that was open or submitted; `NO_VIEW` for all others.
        message: the message that was clicked in, if everyone sees it.
    """

    kind: Kind
    name: str
    user_id: str = ""
    team_id: str = ""
    channel_id: str | None = None
    text: str = ""
    value: str = ""
    trigger_id: str | None = None
    response_url: str | None = None
    container_id: str = ""
    from_home: bool = False
    meeting_id: str = ""
    view: ViewState = NO_VIEW
    message: ClickedMessage | None = None
    request_id: str = field(default_factory=lambda: f"{getrandbits(32):08x}")

    @property
    def intent(self) -> str:
        """Shared by all deliveries of one intent: a command's trigger, a modal, a button in one rendering."""
        match self.kind:
            case Kind.VIEW:
                return f"{self.name}:{self.view.id or self.request_id}"
            case Kind.ACTION:
                return f"{self.name}:{self.container_id}:{self.value}"
            case _:
                return f"{self.name}:{self.container_id or self.trigger_id or self.request_id}"


@dataclass(frozen=True, slots=True)
class Target:
    """Which channel an interaction acts for, and where its answer goes.

    Attributes:
        response_url: empty if there is none that this person may use.
        from_home: the answer goes to the person's direct messages, since no channel is in sight.
    """

    channel_id: str
    response_url: str
    from_home: bool


def decode_payload(raw: bytes, content_type: str) -> dict[str, Any]:
    """The payload in a request's body: a form, a form with JSON in its field `payload`, or JSON.

    Ours instead of Bolt's `parse_body`, which reads a slash command as empty if its text contains the word "payload".

    Raises:
        MalformedPayload: for any other body.
    """
    try:
        text = raw.decode("utf-8", errors="replace")
        if content_type == "application/json":
            payload = json.loads(text)
        else:
            form = dict(query_to_pairs(text, max_fields=100))  # as `parse_qsl` does it, and four times as fast
            payload = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        raise MalformedPayload("neither a form nor JSON") from None
    if not isinstance(payload, dict) or not payload:
        raise MalformedPayload("not an object")
    return payload


def parse_request(payload: Mapping[str, Any]) -> SlackRequest:
    """The request in a payload. Raises `MalformedPayload`: the payload lacks something that Slack always sends."""
    if "command" in payload:
        return _parse_command(payload)
    match payload.get("type"):
        case "block_actions":
            return _parse_action(payload)
        case "view_submission":
            return _parse_interaction(payload, Kind.VIEW, text_in(object_in(payload, "view"), "callback_id"))
        case "block_suggestion" | "message_action":
            return _parse_words(payload)
        case "event_callback":
            return _parse_event(payload)
        case str(other):
            return SlackRequest(Kind.OTHER, other)
        case _:
            raise MalformedPayload("no type")


def target_of(
    user_id: str, *, channel_id: str = "", response_url: str = "", value: str = "", view: ViewState = NO_VIEW
) -> Target:
    """Which channel an interaction acts for, and where its answer goes. What the person may do there is checked later.

    Args:
        channel_id: the channel of the message that was clicked in.
        response_url: that came with the payload.
        value: of the button; in the Home tab and in direct messages it names the channel.
    """
    if view.is_home:
        return Target(_channel_in(value), response_url, from_home=True)
    if channel_id.startswith("D") and (named := _channel_in(value)):
        # What could not be said elsewhere went to direct messages; its buttons act for the channel they belong to.
        return Target(named, response_url, from_home=True)
    metadata = view.private_metadata
    # The channel chosen in the form wins: it decides who may submit it.
    channel = channel_id or view.text("channel") or str(metadata.get("channel") or "")
    # The stored address answers the person who typed the command, and nobody else.
    if not response_url and metadata.get("user") == user_id:
        response_url = str(metadata.get("response_url") or "")
    return Target(channel, response_url, from_home=metadata.get("home") is True)


def _parse_command(payload: Mapping[str, Any]) -> SlackRequest:
    return SlackRequest(
        Kind.COMMAND,
        text_in(payload, "command"),
        user_id=text_in(payload, "user_id"),
        team_id=text_in(payload, "team_id"),
        channel_id=text_in(payload, "channel_id"),
        text=text_in(payload, "text", required=False),
        trigger_id=text_in(payload, "trigger_id", required=False) or None,
        response_url=text_in(payload, "response_url", required=False) or None,
    )


def _parse_event(payload: Mapping[str, Any]) -> SlackRequest:
    event = object_in(payload, "event")
    user = event.get("user")
    return SlackRequest(
        Kind.EVENT,
        text_in(event, "type"),
        user_id=user if isinstance(user, str) else "",
        team_id=text_in(payload, "team_id", required=False),
        text=text_in(event, "tab", required=False),
    )


def _parse_action(payload: Mapping[str, Any]) -> SlackRequest:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise MalformedPayload("no actions")
    action = actions[0]
    option = object_in(action, "selected_option", required=False)
    value = text_in(option, "value", required=False) or text_in(action, "value", required=False)
    return _parse_interaction(payload, Kind.ACTION, text_in(action, "action_id"), value=value)


def _parse_words(payload: Mapping[str, Any]) -> SlackRequest:
    """What was typed into a searchable menu, or the message that a shortcut was used on."""
    if payload.get("type") == "block_suggestion":
        typed = text_in(payload, "value", required=False)
        return _parse_interaction(payload, Kind.OPTIONS, text_in(payload, "action_id"), text=typed)
    said = text_in(object_in(payload, "message", required=False), "text", required=False)
    return _parse_interaction(payload, Kind.SHORTCUT, text_in(payload, "callback_id"), text=said)


def _parse_interaction(
    payload: Mapping[str, Any], kind: Kind, name: str, *, text: str = "", value: str = ""
) -> SlackRequest:
    user = object_in(payload, "user")
    view = parse_view(object_in(payload, "view", required=False))
    container = object_in(payload, "container", required=False)
    container_id = text_in(container, "message_ts", required=False) or text_in(container, "view_id", required=False)
    target = target_of(
        text_in(user, "id"),
        channel_id=text_in(object_in(payload, "channel", required=False), "id", required=False),
        response_url=text_in(payload, "response_url", required=False),
        value=value,
        view=view,
    )
    return SlackRequest(
        kind,
        name,
        user_id=text_in(user, "id"),
        team_id=text_in(user, "team_id", required=False) or text_in(object_in(payload, "team"), "id"),
        channel_id=target.channel_id or None,
        text=text,
        value=value,
        trigger_id=text_in(payload, "trigger_id", required=False) or None,
        response_url=target.response_url or None,
        # The Home tab keeps its id when it is drawn anew, but not its hash.
        container_id=f"{container_id}:{view.hash}" if view.is_home else container_id,
        from_home=target.from_home,
        view=view,
        message=_clicked_message(payload, container),
    )


def _clicked_message(payload: Mapping[str, Any], container: Mapping[str, Any]) -> ClickedMessage | None:
    message = object_in(payload, "message", required=False)
    blocks = message.get("blocks")
    if not isinstance(blocks, list) or not blocks or container.get("is_ephemeral"):
        return None
    channel_id = text_in(object_in(payload, "channel", required=False), "id", required=False)
    ts, text = text_in(message, "ts", required=False), text_in(message, "text", required=False)
    return ClickedMessage(channel_id, ts, text, [block for block in blocks if isinstance(block, dict)])


def _channel_in(value: str) -> str:
    """The channel that a button's value names; empty if it names none."""
    channel = json_object(value).get("c")
    return channel if isinstance(channel, str) else ""
