"""What a person does on the page, done as Slack does it: with its patience of three seconds, and its words."""

import asyncio
import json
import re
from collections.abc import Awaitable, Collection
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp

from sandbox.limits import Json, Refused
from sandbox.person import Ack, Cannot, Person, Spot
from sandbox.room import Room
from sandbox.stage import Stage
from sandbox.surfaces import Message, View
from sandbox.world import SLACKBOT

Result = TypeVar("Result")
PATIENCE = 3.0
"""Seconds that Slack waits for an acknowledgment."""


class Trouble(Exception):
    """The bot did not take something as it must; the text is Slack's code for it."""


async def use_shortcut(person: Person, message: Message, callback_id: str) -> Ack:
    """Choose a message shortcut in the menu of a message."""
    payload = person.payload("message_action", message) | {"callback_id": callback_id, "message_ts": message.ts}
    payload |= {"message": message.payload | {"ts": message.ts, "user": message.user}}
    payload["response_url"] = person.slack.response_url(person.user.id, message.channel)
    return await person.post(urlencode({"payload": json.dumps(payload)}).encode())


class Hands:
    """Turns what the page sends into what a person does.

    Args:
        commands: the app's slash commands.
    """

    def __init__(self, on: Stage, room: Room, commands: Collection[str]) -> None:
        self._on, self._room, self._commands = on, room, commands

    async def do(self, order: Json) -> Json:
        """Do it.

        Args:
            order: `do` says what; `user` and `channel` are ids; the rest depends on `do`.

        Raises:
            Trouble: the bot answered late, wrongly or not at all.
            Cannot, LookupError, TypeError, ValueError: there is no such thing to do.
        """
        if order["do"] == "room":
            return self._room.do(order)
        person = self._person(order)
        match order["do"]:
            case "type":
                await self._type(person, str(order["text"]).strip())
            case "click":
                await self._click(person, order)
            case "offers":
                spot = self._spot(person, order)
                return {"options": list(await self._in_time(person.offers(spot, str(order["typed"]))))}
            case "submit":
                return await self._submit(person, order)
            case "close":
                self._on.slack.close(person.user.id)
            case "home":
                await self._taken(person.opens_home())
            case "shortcut":
                surface = self._surface(person, order)
                if isinstance(surface, View):
                    raise Cannot("a shortcut is for messages")
                await self._taken(use_shortcut(person, surface, str(order["shortcut"])))
            case other:
                raise Cannot(f"nobody can {other}")
        return {}

    def _person(self, order: Json) -> Person:
        users, slack = self._on.world.users, self._on.slack
        user = users[str(order["user"])]
        channel = str(order["channel"])
        return self._on.person(user.name, slack.direct(user.id).id if channel == "app" else channel)

    # Doing

    async def _type(self, person: Person, text: str) -> None:
        slack = self._on.slack
        text = self._with_mentions(text)
        if not text.startswith("/"):
            slack.post(person.channel.id, {"text": text}, user=person.user.id)
            return
        command = text.split()[0]
        said = ""
        if command not in self._commands:
            said = f"{command} is not a valid command. To post it as a message, put something before the slash."
        else:
            try:
                await self._taken(person.types(text))
            except Trouble as trouble:
                said = f'{command} failed with the error "{trouble}"'
        if said:
            slack.post(person.channel.id, {"text": said}, person.user.id, SLACKBOT)

    def _with_mentions(self, text: str) -> str:
        """`@grace` as Slack sends it: by the person's id."""
        ids = {user.name: user.id for user in self._on.world.users.values()}
        return re.sub(r"(?<!\S)@(\w+)", lambda hit: f"<@{ids[hit[1]]}>" if hit[1] in ids else hit[0], text)

    async def _click(self, person: Person, order: Json) -> None:
        spot = self._spot(person, order)
        self._keep(spot.surface, order)
        await self._taken(person.clicks_spot(spot, order.get("value")))

    async def _submit(self, person: Person, order: Json) -> Json:
        view = person.modal
        if view is None or view.id != order["view"]:
            raise Cannot("this modal is closed")
        self._keep(view, order)
        try:
            ack = await self._taken(person.submits(view))
        except Refused as refused:
            self._on.slack.refused.append(str(refused))
            raise Trouble("invalid_response") from None
        return {"errors": ack.body.get("errors", {})} if isinstance(ack.body, dict) else {}

    async def _taken(self, deed: Awaitable[Ack]) -> Ack:
        ack = await self._in_time(deed)
        if ack.status != 200:
            raise Trouble("dispatch_failed")
        return ack

    async def _in_time(self, deed: Awaitable[Result]) -> Result:
        """Wait for an acknowledgment as long as Slack does; what the bot does goes on."""
        try:
            return await asyncio.wait_for(deed, PATIENCE)
        except TimeoutError:
            raise Trouble("operation_timeout") from None
        except aiohttp.ClientError:
            raise Trouble("dispatch_failed") from None

    # Finding

    def _surface(self, person: Person, order: Json) -> Message | View:
        slack, user = self._on.slack, person.user.id
        if "view" in order:
            view = slack.views[str(order["view"])]
            if view.user != user or not view.open:
                raise Cannot("this modal is closed")
            return view
        for message in slack.visible(user):
            if message.ts == order["message"]:
                return message
        raise Cannot("this message is gone")

    def _spot(self, person: Person, order: Json) -> Spot:
        """The element as the page drew it: what a person saw counts, whatever the bot has put there since."""
        element = order["element"]
        return Spot(self._surface(person, order), {"block_id": order.get("block")}, element, element["action_id"])

    @staticmethod
    def _keep(surface: Message | View, order: Json) -> None:
        """Note what was typed and chosen so far, as far as the view has such fields."""
        if not isinstance(surface, View):
            return
        given: dict[str, dict[str, Any]] = order.get("values") or {}
        for block, actions in surface.state.items():
            for action in actions:
                value = given.get(block, {}).get(action)
                if value is not None and value.get("type") == actions[action]["type"]:
                    actions[action] = value
