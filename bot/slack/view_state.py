"""What is on an open modal or Home tab, and reading a payload's fields.

Views: https://docs.slack.dev/reference/views
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sanitize import json_object

Value = str | tuple[str, ...]
"""What a person entered into one field of a view: a text or one choice, or several choices."""


class MalformedPayload(ValueError):
    """A body that Slack never sends."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """An open modal or Home tab as it was when the person acted.

    Attributes:
        hash: guards an update against a newer version of the view.
        values: what the fields hold, by block id; empty fields are left out.
        labels: the texts of the chosen options, by their values.
        typed: what was typed into text fields, in their order.
        private_metadata: what the bot stored in the view when it opened it.
    """

    id: str
    hash: str
    is_home: bool
    values: Mapping[str, Value]
    labels: Mapping[str, str]
    typed: tuple[str, ...]
    block_ids: tuple[str, ...]
    private_metadata: Mapping[str, Any]

    def text(self, block_id: str) -> str:
        """The text in a field, stripped; empty if there is none."""
        value = self.values.get(block_id, "")
        return value.strip() if isinstance(value, str) else ""

    def selected(self, block_id: str) -> tuple[str, ...]:
        """The choices in a field."""
        value = self.values.get(block_id, ())
        return (value,) if isinstance(value, str) else value


NO_VIEW = ViewState("", "", is_home=False, values={}, labels={}, typed=(), block_ids=(), private_metadata={})
"""Stands in where a request carries no view."""


def parse_view(view: Mapping[str, Any]) -> ViewState:
    """The state in a payload's `view`; `NO_VIEW` if there is none. Raises `MalformedPayload`."""
    if not view:
        return NO_VIEW
    states = object_in(object_in(view, "state", required=False), "values", required=False)
    values: dict[str, Value] = {}
    labels: dict[str, str] = {}
    typed: list[str] = []
    for block_id, elements in states.items():
        for element in elements.values() if isinstance(elements, dict) else ():
            if isinstance(element, dict) and (value := _value(element)):
                values[block_id] = value
                labels |= _labels(element)
                typed += [str(element["value"])] if isinstance(element.get("value"), str) else []
    blocks = view.get("blocks")
    return ViewState(
        id=text_in(view, "id"),
        hash=text_in(view, "hash", required=False),
        is_home=text_in(view, "type") == "home",
        values=values,
        labels=labels,
        typed=tuple(typed),
        block_ids=tuple(
            str(block.get("block_id", ""))
            for block in (blocks if isinstance(blocks, list) else ())
            if isinstance(block, dict)
        ),
        private_metadata=json_object(text_in(view, "private_metadata", required=False)),
    )


def _value(element: Mapping[str, Any]) -> Value:
    for key in ("value", "selected_conversation"):
        if isinstance(element.get(key), str):
            return str(element[key])
    if isinstance(element.get("selected_option"), dict):
        return str(element["selected_option"].get("value", ""))
    users = element.get("selected_users")
    if isinstance(users, list):
        return tuple(user for user in users if isinstance(user, str))
    options = element.get("selected_options")
    if isinstance(options, list):
        return tuple(str(option.get("value", "")) for option in options if isinstance(option, dict))
    return ""


def _labels(element: Mapping[str, Any]) -> dict[str, str]:
    several = element.get("selected_options")
    options = several if isinstance(several, list) else [element.get("selected_option")]
    return {
        str(option.get("value", "")): str(object_in(option, "text", required=False).get("text", ""))
        for option in options
        if isinstance(option, dict)
    }


def object_in(payload: Mapping[str, Any], key: str, *, required: bool = True) -> Mapping[str, Any]:
    """The object under a key; empty if it is absent and not required. Raises `MalformedPayload`."""
    value = payload.get(key)
    if isinstance(value, dict):
        return value
    if required:
        raise MalformedPayload(f"no {key}")
    return {}


def text_in(payload: Mapping[str, Any], key: str, *, required: bool = True) -> str:
    """The text under a key; empty if it is absent and not required. Raises `MalformedPayload`."""
    value = payload.get(key)
    if isinstance(value, str) and (value or not required):
        return value
    if required:
        raise MalformedPayload(f"no {key}")
    return ""
