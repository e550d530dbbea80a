"""The state of the stand-in Slack, without HTTP: what is posted, opened and uploaded, and who sees it."""

import secrets
import time
from collections.abc import Callable

from sandbox.limits import Json, check_message
from sandbox.surfaces import File, Hook, Message, Trigger, View, state_of
from sandbox.world import BOT_USER, Channel, World

TRIGGER_SECONDS = 3.0


class SlackError(Exception):
    """`{"ok": false, "error": code}`."""


class Workspace:
    """What people see, and what lets the bot answer.

    Attributes:
        url: where this is served.
        clock: seconds; replaceable, so that a test need not wait for a trigger to expire.
        homes: each person's Home tab.
        changes: grows whenever somebody could see something new.
        refused: what only a fault of the bot can bring about: broken limits, reused triggers, overused URLs.
    """

    def __init__(self, world: World, clock: Callable[[], float]) -> None:
        self.world, self.clock = world, clock
        self.url = ""
        self.messages: list[Message] = []
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.hooks: dict[str, Hook] = {}
        self.files: dict[str, File] = {}
        self.refused: list[str] = []
        self.changes = 0
        self._count = 0

    def next_id(self, prefix: str) -> str:
        """A fresh id."""
        self._count += 1
        return f"{prefix}{self._count:08d}"

    # What lets the bot answer

    def trigger(self, user: str) -> str:
        """A fresh trigger for something that somebody did."""
        trigger_id = f"{self.next_id('')}.{secrets.token_hex(6)}"
        self.triggers[trigger_id] = Trigger(user, self.clock())
        return trigger_id

    def use_trigger(self, trigger_id: str) -> Trigger:
        """The trigger, used up. Raises `SlackError`."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self.clock() - trigger.born > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            self.refused.append("a trigger was used twice")
            raise SlackError("exchanged_trigger_id")
        trigger.used = True
        return trigger

    def response_url(self, user: str, channel: str, source: Message | None = None) -> str:
        """A fresh `response_url`."""
        hook = self.next_id("H") + secrets.token_hex(6)
        self.hooks[hook] = Hook(user, channel, self.clock(), source)
        return f"{self.url}/hooks/{hook}"

    def answer(self, hook: Hook, payload: Json) -> None:
        """Show what came to a `response_url`, or in a command's acknowledgment."""
        if payload.get("delete_original") and hook.source:
            hook.source.deleted = True
            self.changes += 1
        elif payload.get("replace_original") and hook.source:
            self.rewrite(hook.source, payload)
        else:
            self.post(hook.channel, payload, None if payload.get("response_type") == "in_channel" else hook.user)

    # Messages

    def post(self, channel: str, arguments: Json, ephemeral_to: str | None = None, user: str = BOT_USER) -> Message:
        """Put a message into a channel. Raises `Refused` where it breaks the limits."""
        payload = _content(arguments)
        check_message(payload)
        message = Message(f"{int(time.time())}.{self.next_id('')}", channel, payload, ephemeral_to, user=user)
        message.thread_ts = arguments.get("thread_ts")
        self.messages.append(message)
        self.changes += 1
        return message

    def rewrite(self, message: Message, arguments: Json) -> None:
        """Put something else in a message's place. Raises `Refused` where it breaks the limits."""
        payload = _content(arguments)
        check_message(payload)
        message.payload = payload
        message.versions += 1
        self.changes += 1

    def visible(self, user: str, channel: str | None = None) -> list[Message]:
        """The messages that somebody sees."""
        return [
            message
            for message in self.messages
            if not message.deleted
            and message.ephemeral_to in (None, user)
            and user in self.world.channels[message.channel].members
            and channel in (None, message.channel)
        ]

    def direct(self, user: str) -> Channel:
        """The direct messages of somebody and the bot."""
        members = {user, BOT_USER}
        for channel in self.world.channels.values():
            if channel.direct and channel.members == members:
                return channel
        channel = Channel(self.next_id("D"), "", members, direct=True)
        self.world.channels[channel.id] = channel
        return channel

    # Views

    def top_view(self, user: str) -> View | None:
        """The modal that somebody looks at."""
        stack = self.stacks.get(user)
        return self.views[stack[-1]] if stack else None

    def show(self, user: str, spec: Json, previous: str | None = None) -> View:
        """Open a modal on top of what is open."""
        view = View(self.next_id("V"), user, spec, secrets.token_hex(4), previous=previous)
        view.state = state_of(spec, {})
        self.views[view.id] = view
        self.stacks.setdefault(user, []).append(view.id)
        self.changes += 1
        return view

    def replace(self, view: View, spec: Json) -> None:
        """Put a new version in a view's place; what was typed stays where block and action ids do."""
        view.spec, view.hash, view.state = spec, secrets.token_hex(4), state_of(spec, view.state)
        self.changes += 1

    def publish(self, user: str, spec: Json) -> View:
        """Set somebody's Home tab."""
        home = self.homes.get(user)
        if home is None:
            home = self.homes[user] = View(self.next_id("V"), user, spec, "")
            self.views[home.id] = home
        self.replace(home, spec)
        return home

    def close(self, user: str, *, everything: bool = False) -> None:
        """Close somebody's top modal, or all of them."""
        stack = self.stacks.get(user, [])
        for view_id in [stack.pop() for _ in list(stack if everything else stack[-1:])]:
            self.views[view_id].open = False
        self.changes += 1


def _content(arguments: Json) -> Json:
    return {key: arguments[key] for key in ("text", "blocks") if arguments.get(key)}
