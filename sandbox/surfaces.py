"""What people see in Slack, and what lets the bot answer: messages, views, triggers, `response_url`s."""

import copy
from dataclasses import dataclass, field

from sandbox.limits import Json, elements
from sandbox.world import BOT_USER, TEAM


@dataclass(slots=True)
class Message:
    """A message in a channel; an ephemeral one is seen by one person.

    Attributes:
        user: who wrote it.
        thread_ts: the message under which it stands.
    """

    ts: str
    channel: str
    payload: Json
    ephemeral_to: str | None = None
    deleted: bool = False
    versions: int = 1
    user: str = BOT_USER
    thread_ts: str | None = None
    files: list["File"] = field(default_factory=list)


@dataclass(slots=True)
class File:
    """A file that was, or is being, uploaded."""

    id: str
    name: str
    length: int
    content: bytes | None = None


@dataclass(slots=True)
class View:
    """An open or closed modal, or a Home tab."""

    id: str
    user: str
    spec: Json
    hash: str
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    open: bool = True
    previous: str | None = None

    def shown(self) -> Json:
        """The view as payloads hold it."""
        kept = ("type", "blocks", "private_metadata", "callback_id", "title", "submit", "close")
        spec = {key: self.spec.get(key) for key in kept}
        mine = {"id": self.id, "hash": self.hash, "state": {"values": self.state}, "team_id": TEAM}
        return copy.deepcopy(spec | mine | {"previous_view_id": self.previous, "bot_id": "B0USHERBOT"})


@dataclass(slots=True)
class Trigger:
    """What lets the bot open one modal for somebody."""

    user: str
    born: float
    used: bool = False


@dataclass(slots=True)
class Hook:
    """A `response_url`."""

    user: str
    channel: str
    born: float
    source: Message | None = None
    uses: int = 0


def state_of(spec: Json, before: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """What stands in a view's fields: what was typed into those that are still there, else what they start with."""
    state: dict[str, dict[str, Json]] = {}
    for block in spec.get("blocks") or []:
        for element in elements(block):
            kind = element["type"]
            if kind in ("button", "image", "overflow"):
                continue
            kept = before.get(block.get("block_id", ""), {}).get(element["action_id"])
            state.setdefault(block["block_id"], {})[element["action_id"]] = kept or _initial(kind, element)
    return state


def _initial(kind: str, element: Json) -> Json:
    if kind == "plain_text_input":
        return {"type": kind, "value": element.get("initial_value")}
    if kind == "multi_users_select":
        return {"type": kind, "selected_users": list(element.get("initial_users", []))}
    if kind.startswith("multi_") or kind == "checkboxes":
        return {"type": kind, "selected_options": list(element.get("initial_options") or [])}
    if (named := kind.removesuffix("s_select")) in ("user", "conversation", "channel"):
        return {"type": kind, f"selected_{named}": element.get(f"initial_{named}")}
    return {"type": kind, "selected_option": element.get("initial_option")}
