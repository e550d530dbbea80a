"""Somebody at the keyboard: types commands, clicks, fills modals; sends to the bot what Slack sends, signed."""

import asyncio
import copy
import hashlib
import hmac
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.limits import Json, check_errors, check_options, check_view, elements, options_in
from sandbox.slack import SIGNING_SECRET, StandInSlack
from sandbox.surfaces import Message, View
from sandbox.traffic import decoded, name_of
from sandbox.world import TEAM


class Cannot(Exception):
    """A person cannot do this: there is no such button, field or choice."""


@dataclass(frozen=True, slots=True)
class Spot:
    """An interactive element that somebody sees, with what is written on or beside it."""

    surface: Message | View
    block: Json
    element: Json
    label: str

    @property
    def kind(self) -> str:
        """The element's type."""
        return str(self.element["type"])


@dataclass(frozen=True, slots=True)
class Ack:
    """The bot's acknowledgment.

    Attributes:
        seconds: from the request to the end of the answer.
    """

    status: int
    body: Any
    seconds: float


def sign(body: bytes, stamp: str, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """The headers by which Slack proves that it sent this."""
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


_SENT_BY_SLACK = re.compile(r"(<(?:[@#]|!subteam\^|https?:|mailto:)[^<>]*>)")


def escaped(text: str) -> str:
    """What is typed as Slack sends it: `& < >` escaped, mentions and links, typed here as Slack writes them, left."""
    parts = _SENT_BY_SLACK.split(text)
    plain = (part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for part in parts[::2])
    return "".join(f"{part}{reference}" for part, reference in zip_longest(plain, parts[1::2], fillvalue=""))


class Person:
    """One person in one channel.

    Args:
        bot_url: where the bot listens.
        channel: a channel's name, or its id.
    """

    def __init__(self, slack: StandInSlack, http: aiohttp.ClientSession, bot_url: str, user: str, channel: str) -> None:
        world = slack.world
        self.slack, self._http, self._bot = slack, http, bot_url
        self.user = world.user(user)
        self.channel = world.channels.get(channel) or world.channel(channel)

    # Looking

    @property
    def modal(self) -> View | None:
        """The modal on top."""
        return self.slack.top_view(self.user.id)

    def messages(self) -> list[Message]:
        """What this person sees in the channel."""
        return self.slack.visible(self.user.id, self.channel.id)

    def spots(self, surface: Message | View) -> list[Spot]:
        """What can be clicked or filled in."""
        blocks = surface.payload.get("blocks", []) if isinstance(surface, Message) else surface.spec["blocks"]
        found = []
        for block in blocks:
            for element in elements(block):
                if element["type"] == "image":
                    continue
                text = (
                    element.get("text") or block.get("label") or block.get("text") or element.get("placeholder") or {}
                )
                found.append(Spot(surface, block, element, str(text.get("text", ""))))
        return found

    def spot(self, surface: Message | View, label: str) -> Spot:
        """The element with this label, or with one that starts so."""
        for spot in self.spots(surface):
            if spot.label.lower().startswith(label.lower()):
                return spot
        raise Cannot(f"nothing is called {label!r} among {[spot.label for spot in self.spots(surface)]}")

    # Acting

    async def types(self, text: str, **changed: str) -> Ack:
        """Type a slash command, such as `/session who`."""
        command, _, rest = text.partition(" ")
        team, user = self.user.team, self.user
        form = {
            "command": command,
            "text": escaped(rest),
            "team_id": team,
            "user_id": user.id,
            "user_name": user.name,
            "channel_id": self.channel.id,
            "channel_name": self.channel.name or "directmessage",
            "is_enterprise_install": "false",
            "trigger_id": self.slack.trigger(user.id),
            "response_url": self.slack.response_url(user.id, self.channel.id),
        } | changed
        ack = await self.post(urlencode(form).encode())
        if isinstance(ack.body, dict) and ack.body.get("text"):
            self.slack.answer(self.slack.hooks[form["response_url"].rpartition("/")[2]], ack.body)
        return ack

    async def clicks(self, surface: Message | View | None, label: str, *, value: Json | None = None) -> Ack:
        """Click a button, or choose in a menu that tells the bot at once."""
        if surface is None:
            raise Cannot("there is nothing to click on")
        try:
            spot = self.spot(surface, label)
        except Cannot:
            return await self.chooses(surface, label)
        return await self.clicks_spot(spot, value)

    async def chooses(self, surface: Message | View, item: str, beside: str = "") -> Ack:
        """Choose in an overflow menu (⋯), of several in the one that stands beside this text."""
        return await self.clicks_spot(*self.item(surface, item, beside))

    def item(self, surface: Message | View, item: str, beside: str = "") -> tuple[Spot, Json]:
        """An overflow menu, and the option in it that is called so."""
        for spot in self.spots(surface):
            if spot.kind == "overflow" and beside in spot.label:
                for option in options_in(spot.element):
                    if str(option["text"]["text"]) == item:
                        return spot, option
        raise Cannot(f"no menu holds {item!r}" + (f" beside {beside!r}" if beside else ""))

    async def clicks_spot(self, spot: Spot, value: Json | None = None) -> Ack:
        """Click an element.

        Args:
            value: what is chosen, for a menu.
        """
        return await self._send(self.action(spot, value))

    def action(self, spot: Spot, value: Json | None = None) -> Json:
        """What Slack sends for a click on an element."""
        action = {"type": spot.kind, "action_id": spot.element["action_id"], "action_ts": f"{time.time():.6f}"}
        action |= {"block_id": spot.block.get("block_id") or "b"}
        action |= {"selected_option": value} if value else {"value": spot.element.get("value")}
        payload = self.payload("block_actions", spot.surface) | {"actions": [action]}
        if isinstance(spot.surface, Message):
            payload["response_url"] = self.slack.response_url(self.user.id, spot.surface.channel, spot.surface)
        return payload

    async def picks(self, label: str, *wanted: str) -> None:
        """Choose in a menu or tick boxes of the open modal, by what is written on them."""
        view = self._open()
        spot = self.spot(view, label)
        state = view.state[spot.block["block_id"]][spot.element["action_id"]]
        if spot.kind == "conversations_select":
            state["selected_conversation"] = self.slack.world.channel(wanted[0]).id
            return
        if spot.kind == "multi_users_select":
            state["selected_users"] = [self.slack.world.user(name).id for name in wanted]
            return
        chosen = []
        for text in wanted:
            offered = await self.offers(spot, text) if "external" in spot.kind else options_in(spot.element)
            hit = next((option for option in offered if text.lower() in str(option["text"]["text"]).lower()), None)
            if hit is None:
                raise Cannot(f"{text!r} is not offered")
            chosen.append(hit)
        if "selected_options" in state:
            state["selected_options"] = state["selected_options"] + [
                one for one in chosen if one not in state["selected_options"]
            ]
        else:
            state["selected_option"] = chosen[-1]

    async def offers(self, spot: Spot, typed: str) -> Sequence[Json]:
        """What a searchable menu offers for what is typed."""
        names = {"action_id": spot.element["action_id"], "block_id": spot.block["block_id"], "value": typed}
        ack = await self._send(self.payload("block_suggestion", spot.surface) | names)
        check_options(ack.body)
        offered: Sequence[Json] = ack.body["options"]
        return offered

    def fills(self, label: str, text: str) -> None:
        """Type into a field of the open modal."""
        view = self._open()
        spot = self.spot(view, label)
        if len(text) > spot.element.get("max_length", 3000):
            raise Cannot("the field does not take so much")
        view.state[spot.block["block_id"]][spot.element["action_id"]]["value"] = text

    async def submits(self, view: View | None = None, *, as_user: "Person | None" = None) -> Ack:
        """Send a modal off, and do with it what the bot answers."""
        view = view or self._open()
        payload = (as_user or self).payload("view_submission", view)
        ack = await self._send(payload)
        self._after_submission(view, ack.body)
        return ack

    def _after_submission(self, view: View, answer: Any) -> None:
        match answer.get("response_action") if isinstance(answer, dict) else None:
            case "errors":
                check_errors(view.spec, answer["errors"])
            case "update":
                check_view(answer["view"])
                self.slack.replace(view, answer["view"])
            case "clear":
                self.slack.close(view.user, everything=True)
            case _:
                self.slack.close(view.user)

    def _open(self) -> View:
        if self.modal is None:
            raise Cannot("no modal is open")
        return self.modal

    async def opens_home(self) -> Ack:
        """Open the app's Home tab."""
        event = {"type": "app_home_opened", "user": self.user.id, "tab": "home", "event_ts": f"{time.time():.6f}"}
        event |= {"channel": self.slack.direct(self.user.id).id}
        return await self.hears(event)

    async def hears(self, event: Json) -> Ack:
        """What Slack tells the bot of by the Events API, with its first retry where the bot did not take it."""
        body = json.dumps(
            {"type": "event_callback", "team_id": TEAM, "event_id": self.slack.next_id("Ev"), "event": event}
        ).encode()
        ack = await self.post(body, kind="application/json")
        if ack.status >= 300:
            again = {"x-slack-retry-num": "1", "x-slack-retry-reason": "http_error"}
            ack = await self.post(body, again, "application/json")
        return ack

    # What Slack sends

    def payload(self, kind: str, surface: Message | View) -> Json:
        """What Slack sends for something that this person did on a message or view."""
        user = self.user
        payload: Json = {
            "type": kind,
            "team": {"id": user.team if user.stranger else TEAM},
            "user": {"id": user.id, "name": user.name, "team_id": user.team},
            "trigger_id": self.slack.trigger(user.id),
        }
        if isinstance(surface, View):
            return payload | {"view": surface.shown(), "container": {"type": "view", "view_id": surface.id}}
        container = {"type": "message", "message_ts": surface.ts, "channel_id": surface.channel}
        payload |= {"channel": {"id": surface.channel}, "container": container}
        # Slack leaves the content of an ephemeral message out.
        return payload if surface.ephemeral_to else payload | {"message": copy.deepcopy(surface.payload)}

    async def _send(self, payload: Json) -> Ack:
        return await self.post(urlencode({"payload": json.dumps(payload)}).encode())

    async def post(self, body: bytes, headers: dict[str, str] | None = None, kind: str = "") -> Ack:
        """Send raw bytes to the bot, properly signed unless told otherwise."""
        every = {"Content-Type": kind or "application/x-www-form-urlencoded"} | sign(body, str(int(time.time())))
        began, raw, status = time.time(), b"", 0
        try:
            async with self._http.post(
                f"{self._bot}/slack/events", data=body, headers=every | (headers or {})
            ) as answer:
                status, raw = answer.status, await answer.read()
            await asyncio.sleep(self.slack.ack_delay)
        finally:
            traffic = self.slack.traffic
            traffic.add("Slack", "Usher", name_of(body), status, began=began, request=body, answer=raw)
        return Ack(status, decoded(raw), time.time() - began)
