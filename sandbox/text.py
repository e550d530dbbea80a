"""Messages and modals as plain text, for a terminal: what a person would read, with a number at each thing to use."""

import re
from collections.abc import Sequence

from sandbox.limits import Json, elements, options_in
from sandbox.person import Spot
from sandbox.surfaces import Message, View
from sandbox.world import World

_REFERENCE = re.compile(r"<([^<>]*)>")


def shown(text: Json | None, world: World) -> str:
    """A text object as it reads: mentions by name, dates by their fallback, escapes undone."""
    if not text:
        return ""
    raw = str(text.get("text", ""))
    if text.get("type") != "mrkdwn":
        return raw

    def label(match: re.Match[str]) -> str:
        target, _, fallback = match[1].partition("|")
        user = world.users.get(target.removeprefix("@"))
        if target.startswith("http"):
            return f"{fallback} ({target})"
        return f"@{user.name}" if user else fallback or target

    plain = _REFERENCE.sub(label, raw)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def lines_of(surface: Message | View, spots: Sequence[Spot], world: World) -> list[str]:
    """A message or modal, a line for each part; `[3 Kick…]` is what `3` clicks."""
    number = {id(spot.element): position for position, spot in enumerate(spots, 1)}
    blocks = surface.payload.get("blocks", []) if isinstance(surface, Message) else surface.spec["blocks"]
    lines = []
    if isinstance(surface, View):
        lines.append(f"== {shown(surface.spec.get('title'), world)} ==")
    for block in blocks:
        lines += _block(block, number, surface, world)
    if isinstance(surface, View):
        submit = shown(surface.spec.get("submit"), world)
        lines.append(f"[close]{f' [send: {submit}]' if submit else ''}")
    return lines


def _block(block: Json, number: dict[int, int], surface: Message | View, world: World) -> list[str]:
    lines = []
    match block["type"]:
        case "header":
            lines.append(f"# {shown(block['text'], world)}")
        case "section":
            lines += shown(block.get("text"), world).splitlines()
        case "context":
            lines.append("  ".join(shown(one, world) for one in block["elements"] if one["type"] != "image"))
        case "input":
            lines.append(shown(block["label"], world) + (" (optional)" if block.get("optional") else ""))
    row = [
        _element(element, number[id(element)], block, surface, world)
        for element in elements(block)
        if id(element) in number
    ]
    if row:
        lines.append("  " + "  ".join(row))
    return lines


def _element(element: Json, number: int, block: Json, surface: Message | View, world: World) -> str:
    kind = element["type"]
    if kind == "button":
        opens = f" → {element['url']}" if element.get("url") else ""
        return f"[{number} {shown(element['text'], world)}{opens}]"
    if kind == "overflow":
        return f"[{number} ⋯ {' · '.join(shown(option['text'], world) for option in options_in(element))}]"
    state = surface.state.get(block["block_id"], {}).get(element["action_id"], {}) if isinstance(surface, View) else {}
    if kind == "plain_text_input":
        return f"[{number}: {state.get('value') or ''}]"
    chosen = [shown(option["text"], world) for option in state.get("selected_options") or []]
    offered = [shown(option["text"], world) for option in options_in(element)]
    hint = f" of {', '.join(offered[:12])}{'…' if len(offered) > 12 else ''}" if offered else " (type a part of a name)"
    return f"[{number}: {', '.join(chosen) or 'nothing chosen'}{hint}]"
