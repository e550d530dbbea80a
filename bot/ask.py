"""`Ask`: who asks, where, in which words, with which trigger. Built once from any Slack payload.

Nothing further in knows Slack's JSON. Payloads: https://docs.slack.dev/interactivity/handling-user-interaction
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from bot.text import all_speakable

Field = str | tuple[str, ...]
"""What a person put into one field of a form: a text or one choice, or several choices."""


class Kind(StrEnum):
    """In which way Slack asks."""

    COMMAND = "command"
    ACTION = "action"
    SUBMISSION = "submission"
    OPTIONS = "options"
    EVENT = "event"
    OTHER = "other"


class Malformed(ValueError):
    """A body that no Slack sends."""


@dataclass(frozen=True, slots=True)
class Form:
    """An open modal as it was when the person acted.

    Attributes:
        id: Slack's id of this view.
        hash: guards an update against a newer version of the view.
        fields: what stands in the fields, by block id; empty ones are left out.
        labels: how the chosen options are called, by their values.
        blocks: the ids of all blocks, in order.
        notes: what the bot wrote into the view when it opened it (`private_metadata`).
    """

    id: str
    hash: str
    fields: Mapping[str, Field]
    labels: Mapping[str, str]
    blocks: tuple[str, ...]
    notes: Mapping[str, Any]

    def text(self, block: str) -> str:
        """The text in a field, stripped; empty where there is none."""
        value = self.fields.get(block, "")
        return value.strip() if isinstance(value, str) else ""

    def chosen(self, block: str) -> tuple[str, ...]:
        """The choices in a field."""
        value = self.fields.get(block, ())
        return (value,) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a person, whatever its kind.

    Attributes:
        name: the command with its slash, the action id, the modal's callback id, or the event's type.
        team_id: the workspace the person belongs to.
        text: what was typed after the command, or into a searchable menu.
        value: what the clicked button holds, or the value of the chosen option.
        surface: the message or view that was clicked on, so that two clicks on one rendering can be told to be one.
        home: the person is on the Home tab, or in direct messages with the bot; the channel is the one they act for.
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
    surface: str = ""
    home: bool = False
    form: Form | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex[:8])

    @property
    def intent(self) -> str:
        """The same for all deliveries of one intent: a command's trigger, a modal, a button on one rendering."""
        match self.kind:
            case Kind.SUBMISSION:
                return f"{self.name}:{self.form.id if self.form else self.request_id}"
            case Kind.ACTION:
                return f"{self.name}:{self.surface}:{self.value}"
            case _:
                return f"{self.name}:{self.surface or self.trigger_id or self.request_id}"


def payload_of(raw: bytes, content_type: str) -> dict[str, Any]:
    """The payload in a request's body: a form, a form with `payload=` JSON in it, or JSON.

    Raises:
        Malformed: for any body that is none of these.
    """
    try:
        text = raw.decode("utf-8", errors="replace")
        if content_type == "application/json":
            payload = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
            payload = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        raise Malformed("not a form, nor JSON") from None
    if not isinstance(payload, dict) or not payload:
        raise Malformed("not an object")
    return payload if _is_speakable(raw) else all_speakable(payload)


def _is_speakable(raw: bytes) -> bool:
    """Whether a body can hold no text that cannot be sent or stored; most can not, and need no second look."""
    return b"%00" not in raw and b"\\u" not in raw and b"%5Cu" not in raw and b"%5cu" not in raw


def ask_of(payload: Mapping[str, Any]) -> Ask:
    """The `Ask` in a payload.

    Raises:
        Malformed: where the payload lacks what Slack always sends.
    """
    if "command" in payload:
        return _command(payload)
    match payload.get("type"):
        case "block_actions":
            return _action(payload)
        case "view_submission":
            return _interaction(payload, Kind.SUBMISSION, _text(_object(payload, "view"), "callback_id"))
        case "block_suggestion":
            return _interaction(
                payload, Kind.OPTIONS, _text(payload, "action_id"), text=_text(payload, "value", needed=False)
            )
        case "event_callback":
            event = _object(payload, "event")
            user = event.get("user")
            return Ask(
                Kind.EVENT,
                _text(event, "type"),
                user_id=user if isinstance(user, str) else "",
                team_id=_text(payload, "team_id", needed=False),
                text=_text(event, "tab", needed=False),
            )
        case str(other):
            return Ask(Kind.OTHER, other)
        case _:
            raise Malformed("no type")


def _object(payload: Mapping[str, Any], key: str, *, needed: bool = True) -> Mapping[str, Any]:
    value = payload.get(key)
    if isinstance(value, dict):
        return value
    if needed:
        raise Malformed(f"no {key}")
    return {}


def _text(payload: Mapping[str, Any], key: str, *, needed: bool = True) -> str:
    value = payload.get(key)
    if isinstance(value, str) and (value or not needed):
        return value
    if needed:
        raise Malformed(f"no {key}")
    return ""


def _command(payload: Mapping[str, Any]) -> Ask:
    return Ask(
        Kind.COMMAND,
        _text(payload, "command"),
        user_id=_text(payload, "user_id"),
        team_id=_text(payload, "team_id"),
        channel_id=_text(payload, "channel_id"),
        text=_text(payload, "text", needed=False),
        trigger_id=_text(payload, "trigger_id", needed=False) or None,
        response_url=_text(payload, "response_url", needed=False) or None,
    )


def _action(payload: Mapping[str, Any]) -> Ask:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise Malformed("no actions")
    action = actions[0]
    chosen = _object(action, "selected_option", needed=False)
    value = _text(chosen, "value", needed=False) or _text(action, "value", needed=False)
    return _interaction(payload, Kind.ACTION, _text(action, "action_id"), value=value)


def _interaction(payload: Mapping[str, Any], kind: Kind, name: str, *, text: str = "", value: str = "") -> Ask:
    user = _object(payload, "user")
    user_id = _text(user, "id")
    view = _object(payload, "view", needed=False)
    form = _form(view) if view else None
    container = _object(payload, "container", needed=False)
    channel = _text(_object(payload, "channel", needed=False), "id", needed=False)
    response_url = _text(payload, "response_url", needed=False)
    home = view.get("type") == "home" or bool(form and form.notes.get("home") is True)
    surface = _text(container, "message_ts", needed=False) or _text(container, "view_id", needed=False)
    if form and view.get("type") == "home":
        channel, surface = _channel_in(value), f"{surface}:{form.hash}"
    elif channel.startswith("D") and (acts_for := _channel_in(value)):
        # What could not be told elsewhere was told by direct message; its buttons act where they belong.
        channel, home = acts_for, True
    elif form:
        # A channel that was chosen in the form; it decides who may send it off.
        channel = channel or form.text("channel") or str(form.notes.get("channel") or "")
        # The address in a modal answers to the person who typed the command, and to nobody else.
        if form.notes.get("user") == user_id:
            response_url = response_url or str(form.notes.get("response_url") or "")
    return Ask(
        kind,
        name,
        user_id=user_id,
        team_id=_text(user, "team_id", needed=False) or _text(_object(payload, "team"), "id"),
        channel_id=channel or None,
        text=text,
        value=value,
        trigger_id=_text(payload, "trigger_id", needed=False) or None,
        response_url=response_url or None,
        surface=surface,
        home=home,
        form=form,
    )


def _channel_in(value: str) -> str:
    """The channel that a button on the Home tab acts for. What the person may do there is checked as everywhere."""
    try:
        channel = json.loads(value).get("c")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return channel if isinstance(channel, str) else ""


def _form(view: Mapping[str, Any]) -> Form:
    values = _object(_object(view, "state", needed=False), "values", needed=False)
    fields: dict[str, Field] = {}
    labels: dict[str, str] = {}
    for block, actions in values.items():
        for state in actions.values() if isinstance(actions, dict) else ():
            content = _content(state) if isinstance(state, dict) else ""
            if content:
                fields[block] = content
                labels |= _labels(state)
    try:
        notes = json.loads(_text(view, "private_metadata", needed=False) or "{}")
    except (ValueError, RecursionError):
        notes = {}
    blocks = view.get("blocks")
    return Form(
        id=_text(view, "id"),
        hash=_text(view, "hash", needed=False),
        fields=fields,
        labels=labels,
        blocks=tuple(
            str(block.get("block_id", ""))
            for block in (blocks if isinstance(blocks, list) else ())
            if isinstance(block, dict)
        ),
        notes=notes if isinstance(notes, dict) else {},
    )


def _content(state: Mapping[str, Any]) -> Field:
    if isinstance(state.get("value"), str):
        return str(state["value"])
    if isinstance(state.get("selected_conversation"), str):
        return str(state["selected_conversation"])
    if isinstance(state.get("selected_option"), dict):
        return str(state["selected_option"].get("value", ""))
    several = state.get("selected_options")
    if isinstance(several, list):
        return tuple(str(option.get("value", "")) for option in several if isinstance(option, dict))
    return ""


def _labels(state: Mapping[str, Any]) -> dict[str, str]:
    several = state.get("selected_options")
    options = several if isinstance(several, list) else [state.get("selected_option")]
    return {
        str(option.get("value", "")): str(_object(option, "text", needed=False).get("text", ""))
        for option in options
        if isinstance(option, dict)
    }
