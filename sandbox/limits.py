"""What Slack lets through: the limits of blocks, messages and views, and control sequences from outside.

https://docs.slack.dev/reference/block-kit, and the figures in its pages on blocks, elements and composition objects.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]

_SELECTS = {
    f"{several}{kind}_select"
    for several in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
}
_CHOICES = {"checkboxes", "radio_buttons"}
_IN_ACTIONS = {kind for kind in _SELECTS if not kind.startswith("multi_")} | _CHOICES | {"button", "overflow"}
_IN_SECTION = _SELECTS | _CHOICES | {"button", "overflow", "image"}
_IN_INPUT = _SELECTS | _CHOICES | {"plain_text_input"}
_PING = re.compile(r"<!(channel|here|everyone)\b")
_REFERENCE = re.compile(r"<([^<>]*)>")


class Refused(Exception):
    """Slack would not take this."""


def check_message(payload: Json) -> None:
    """Raise `Refused` where Slack would refuse a message, or where people could not read it."""
    text, blocks = payload.get("text"), payload.get("blocks") or []
    if not isinstance(text, str) or not text.strip():
        raise Refused("a message needs a text, for notifications and screen readers")
    _size("text", text, 4000)
    _check_mrkdwn("text", text)
    _count("blocks", blocks, 50)
    _check_blocks(blocks, "message")
    total = sum(len(part) for part in _texts(blocks))
    if total > 13_000:
        raise Refused(f"msg_blocks_too_long: {total} characters in all blocks")


def check_view(view: Any) -> None:
    """Raise `Refused` where Slack would refuse a view."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        raise Refused("a view is a modal or a home")
    blocks = view.get("blocks") or []
    _count("blocks", blocks, 100)
    _check_blocks(blocks, "view")
    if len(json.dumps(view)) > 250_000:
        raise Refused("view_too_large")
    _size("private_metadata", view.get("private_metadata") or "", 3000)
    _size("callback_id", view.get("callback_id") or "", 255)
    if view["type"] == "modal":
        _plain("title", view.get("title"), 24)
        for key in ("submit", "close"):
            if view.get(key) is not None:
                _plain(key, view[key], 24)
        if any(block.get("type") == "input" for block in blocks) and not view.get("submit"):
            raise Refused("an input block needs a submit button")


def check_options(answer: Any) -> None:
    """Raise `Refused` where Slack would not fill a menu with this."""
    if not isinstance(answer, dict) or not isinstance(answer.get("options"), list):
        raise Refused("a menu's answer holds options")
    _options("options", answer["options"], 100, least=0)


def check_errors(view: Json, errors: Any) -> None:
    """Raise `Refused` where a submission's `errors` name what is no input block."""
    inputs = {block.get("block_id") for block in view["blocks"] if block.get("type") == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refused(f"errors must name input blocks: {errors}")


def elements(block: Json) -> list[Json]:
    """The interactive elements and images of a block."""
    match block.get("type"):
        case "input":
            return [block["element"]]
        case "section":
            return [block["accessory"]] if "accessory" in block else []
        case "actions" | "context":
            return [one for one in block["elements"] if one.get("type") not in ("plain_text", "mrkdwn")]
        case _:
            return []


def _size(what: str, text: Any, most: int, least: int = 0) -> None:
    if not isinstance(text, str) or not least <= len(text) <= most:
        raise Refused(f"{what}: must be a text of {least} to {most} characters, is {len(str(text))}")


def _count(what: str, items: Any, most: int, least: int = 0) -> None:
    if not isinstance(items, list) or not least <= len(items) <= most:
        raise Refused(f"{what}: must hold {least} to {most}, holds {len(items)}")


def _plain(what: str, text: Any, most: int) -> None:
    if not isinstance(text, dict) or text.get("type") != "plain_text":
        raise Refused(f"{what}: must be plain_text")
    _size(what, text.get("text"), most, 1)


def _text(what: str, text: Any, most: int) -> None:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        raise Refused(f"{what}: must be a text object")
    _size(what, text.get("text"), most, 1)
    if text["type"] == "mrkdwn":
        _check_mrkdwn(what, text["text"])


_OWN = re.compile(
    r"@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^\d+\^[^|]+\|[^|]+|https?://[^|\s]+\|personal link"
)


def _check_mrkdwn(what: str, text: str) -> None:
    """The bot writes only mentions, dates and personal links; anything else in angle brackets came from outside."""
    if _PING.search(text):
        raise Refused(f"{what}: pings the whole channel")
    for reference in _REFERENCE.findall(text):
        if not _OWN.fullmatch(reference):
            raise Refused(f"{what}: an unescaped control sequence <{reference}>")
    if re.search(r"&amp;(amp|lt|gt);", text):
        raise Refused(f"{what}: escaped twice")


def _check_blocks(blocks: Sequence[Json], surface: str) -> None:
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(set(ids)) != len(ids):
        raise Refused("a block_id stands twice")
    for number, block in enumerate(blocks):
        _check_block(f"blocks[{number}]", block, surface)


def _check_block(where: str, block: Json, surface: str) -> None:
    _size(f"{where}.block_id", block.get("block_id") or "", 255)
    match block.get("type"):
        case "section":
            if "text" not in block and not block.get("fields"):
                raise Refused(f"{where}: a section needs a text")
            if "text" in block:
                _text(where, block["text"], 3000)
            for field in block.get("fields") or []:
                _text(where, field, 2000)
            if "accessory" in block:
                _check_element(where, block["accessory"], _IN_SECTION)
        case "header":
            _plain(where, block.get("text"), 150)
        case "context":
            _count(where, block.get("elements"), 10, 1)
            for one in block["elements"]:
                if one.get("type") == "image":
                    _check_image(where, one)
                else:
                    _text(where, one, 3000)
        case "actions":
            _count(where, block.get("elements"), 25, 1)
            names = [one.get("action_id") for one in block["elements"]]
            if len(set(names)) != len(names):
                raise Refused(f"{where}: an action_id stands twice")
            for one in block["elements"]:
                _check_element(where, one, _IN_ACTIONS)
        case "input":
            if surface != "view":
                raise Refused(f"{where}: inputs belong into views")
            _plain(f"{where}.label", block.get("label"), 2000)
            if block.get("hint"):
                _plain(f"{where}.hint", block["hint"], 2000)
            _check_element(where, block.get("element"), _IN_INPUT)
        case "divider":
            pass
        case other:
            raise Refused(f"{where}: block type {other}")


def _check_image(where: str, image: Json) -> None:
    _size(f"{where}.alt_text", image.get("alt_text"), 2000, 1)
    if not re.match(r"https?://\S+$", str(image.get("image_url"))):
        raise Refused(f"{where}: image_url is no URL")


def _check_element(where: str, element: Any, allowed: set[str]) -> None:
    if not isinstance(element, dict) or element.get("type") not in allowed:
        raise Refused(
            f"{where}: element {element.get('type') if isinstance(element, dict) else element} is not allowed"
        )
    kind = element["type"]
    if kind == "image":
        _check_image(where, element)
        return
    _size(f"{where}.action_id", element.get("action_id"), 255, 1)
    if "confirm" in element:
        for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            _plain(f"{where}.confirm.{key}", element["confirm"].get(key), most)
    if "placeholder" in element:
        _plain(f"{where}.placeholder", element["placeholder"], 150)
    if kind == "button":
        _plain(where, element.get("text"), 75)
        _size(f"{where}.value", element.get("value") or "", 2000)
        if element.get("style") not in (None, "primary", "danger"):
            raise Refused(f"{where}: style {element['style']}")
    elif kind == "plain_text_input":
        most = element.get("max_length", 3000)
        if not 1 <= most <= 3000:
            raise Refused(f"{where}: max_length {most}")
        _size(f"{where}.initial_value", element.get("initial_value") or "", most)
    elif kind in _CHOICES | {"overflow"}:
        _options(where, element.get("options"), 5 if kind == "overflow" else 10)
        _initial(where, element, element["options"])
    elif kind in ("static_select", "multi_static_select"):
        if ("options" in element) == ("option_groups" in element):
            raise Refused(f"{where}: either options or option_groups")
        groups = element.get("option_groups", [])
        _count(f"{where}.option_groups", groups, 100)
        for group in groups:
            _text(f"{where}.label", group.get("label"), 75)
        for options in [group.get("options") for group in groups] or [element["options"]]:
            _options(where, options, 100)
        _initial(where, element, options_in(element))
    elif kind.endswith("external_select"):
        given = element.get("initial_options") or ([element["initial_option"]] if "initial_option" in element else [])
        _options(where, given, 100, least=0)


def options_in(element: Json) -> list[Json]:
    """What a menu offers, whether in groups or not."""
    return element.get("options") or [one for group in element.get("option_groups", []) for one in group["options"]]


def _options(where: str, options: Any, most: int, least: int = 1) -> None:
    _count(f"{where}.options", options, most, least)
    for option in options:
        _text(f"{where}.option", option.get("text"), 75)
        _size(f"{where}.value", option.get("value"), 150, 1)
        if "description" in option:
            _text(f"{where}.description", option["description"], 75)
    values = [option["value"] for option in options]
    if len(set(values)) != len(values):
        raise Refused(f"{where}: two options have the same value")


def _initial(where: str, element: Json, options: Sequence[Json]) -> None:
    given = element.get("initial_options", [element["initial_option"]] if "initial_option" in element else None)
    if given is not None and (not given or any(option not in options for option in given)):
        raise Refused(f"{where}: what is chosen at first must be among the options, to the letter")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
