"""A stand-in for Slack as an app sees it: the Web API, `response_url`s, open views. As strict as Slack.

What Slack refuses is refused: a wrong token, a stale or reused trigger, a sixth use of a `response_url`, blocks over
the limits, posting where the bot is not. `refused` holds what only a fault of
the bot can bring about: broken limits, reused triggers, overused URLs.
https://docs.slack.dev/reference/methods
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.limits import Json, Refused, check_message, check_view
from bot.sandbox.surfaces import Hook, Message, Trigger, View, state_of
from bot.sandbox.world import BOT_USER, TEAM, Channel, User, World

TOKEN = "xoxb-sandbox-token"  # noqa: S105 - the stand-in's own
SIGNING_SECRET = "5a4db0a5a4db0a5a4db0a5a4db0a5a4d"  # noqa: S105 - likewise
SCOPES = "commands,chat:write,chat:write.public,im:write,users:read,usergroups:read"
TRIGGER_SECONDS = 3.0
HOOK_USES, HOOK_SECONDS = 5, 1800.0


class SlackError(Exception):
    """`{"ok": false, "error": code}`."""


@dataclass(slots=True)
class SlackFault:
    """How the next calls of a method (or of `response_url`) fail.

    Attributes:
        error: a code under a 200; `ratelimited` comes as a 429 with `retry_after`.
        seconds: how long the answer takes; with neither error nor status it is then as usual.
        times: how many calls; None for all.
    """

    error: str = ""
    status: int = 200
    seconds: float = 0.0
    retry_after: float = 1.0
    times: int | None = None


class StandInSlack:
    """The workspace over HTTP.

    Attributes:
        clock: seconds; replaceable, so that a test need not wait for a trigger to expire.
        calls: the name of every call that came, in order; `response_url` for those.
        changes: grows whenever somebody could see something new.
        scopes: what the token is granted, as Slack says in a header.
        date: the time that Slack tells; None for the present.
    """

    def __init__(self, world: World, clock: Callable[[], float] = time.monotonic) -> None:
        self.world, self.clock = world, clock
        self.url = ""
        self.messages: list[Message] = []
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.triggers: dict[str, Trigger] = {}
        self.hooks: dict[str, Hook] = {}
        self.faults: dict[str, SlackFault] = {}
        self.calls: list[str] = []
        self.refused: list[str] = []
        self.changes = 0
        self.scopes = SCOPES
        self.date: str | None = None
        self._count = 0

    def app(self) -> web.Application:
        """The routes, to be served on a free port; set `url` to where that is."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._serve_api)
        app.router.add_post("/hooks/{hook}", self._serve_hook)
        return app

    # What people do hands these out

    def next_id(self, prefix: str) -> str:
        """A fresh id."""
        self._count += 1
        return f"{prefix}{self._count:08d}"

    def trigger(self, user: str) -> str:
        """A fresh trigger for something that somebody did."""
        trigger_id = f"{self.next_id('')}.{secrets.token_hex(6)}"
        self.triggers[trigger_id] = Trigger(user, self.clock())
        return trigger_id

    def response_url(self, user: str, channel: str, source: Message | None = None) -> str:
        """A fresh `response_url`."""
        hook = self.next_id("H") + secrets.token_hex(6)
        self.hooks[hook] = Hook(user, channel, self.clock(), source)
        return f"{self.url}/hooks/{hook}"

    def top_view(self, user: str) -> View | None:
        """The modal that somebody looks at."""
        stack = self.stacks.get(user)
        return self.views[stack[-1]] if stack else None

    def close(self, user: str, *, everything: bool = False) -> None:
        """Close somebody's top modal, or all of them."""
        stack = self.stacks.get(user, [])
        for view_id in [stack.pop() for _ in list(stack if everything else stack[-1:])]:
            self.views[view_id].open = False
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

    # The Web API

    async def _serve_api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        failed = await self._fail(method)
        if failed is not None:
            return failed
        try:
            answer = {"ok": True} | self._act(request, method, await _arguments(request))
            headers = {"x-oauth-scopes": self.scopes} | ({"Date": self.date} if self.date else {})
            return web.json_response(answer, headers=headers)
        except Refused as refused:
            self.refused.append(f"{method}: {refused}")
            metadata = {"messages": [str(refused)]}
            return web.json_response({"ok": False, "error": "invalid_blocks", "response_metadata": metadata})
        except SlackError as error:
            return web.json_response({"ok": False, "error": str(error)})

    def _act(self, request: web.Request, method: str, arguments: Json) -> Json:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != TOKEN:
            raise SlackError("invalid_auth" if token else "not_authed")
        act = getattr(self, "_" + method.replace(".", "_").lower(), None)
        if act is None:
            raise SlackError("unknown_method")
        answer: Json = act(arguments)
        return answer

    async def _fail(self, method: str) -> web.Response | None:
        fault = self.faults.get(method)
        if fault is None or fault.times == 0:
            return None
        if fault.times:
            fault.times -= 1
        await asyncio.sleep(fault.seconds)
        if fault.error == "ratelimited":
            headers = {"Retry-After": f"{fault.retry_after:g}"}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if fault.error:
            return web.json_response({"ok": False, "error": fault.error}, status=fault.status)
        return web.Response(status=fault.status, text="failing") if fault.status != 200 else None

    def _auth_test(self, arguments: Json) -> Json:
        return {"team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0USHERBOT", "team": "Sandbox", "user": "usher"}

    def _users_info(self, arguments: Json) -> Json:
        user = self.world.users.get(str(arguments.get("user")))
        if user is None:
            raise SlackError("user_not_found")
        return {"user": _user_json(user)}

    def _usergroups_users_list(self, arguments: Json) -> Json:
        group = self.world.groups.get(str(arguments.get("usergroup")))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"users": sorted(group)}

    def _conversations_open(self, arguments: Json) -> Json:
        user = str(arguments.get("users"))
        if user not in self.world.users:
            raise SlackError("user_not_found")
        members = {user, BOT_USER}
        channel = next((one for one in self.world.channels.values() if one.direct and one.members == members), None)
        if channel is None:
            channel = Channel(self.next_id("D"), "", members, direct=True)
            self.world.channels[channel.id] = channel
        return {"channel": {"id": channel.id}}

    def _place(self, arguments: Json) -> Channel:
        """The channel to post to; private ones and the direct messages of others do not exist for the bot."""
        channel = self.world.channels.get(str(arguments.get("channel")))
        inside = channel is not None and BOT_USER in channel.members
        if channel is None or ((channel.private or channel.direct) and not inside):
            raise SlackError("channel_not_found")
        if not inside:
            raise SlackError("not_in_channel")
        return channel

    def _chat_postmessage(self, arguments: Json) -> Json:
        channel = self._place(arguments)
        message = self._post(channel.id, arguments)
        return {"channel": channel.id, "ts": message.ts}

    def _chat_postephemeral(self, arguments: Json) -> Json:
        channel, user = self._place(arguments), str(arguments.get("user"))
        if user not in channel.members:
            raise SlackError("user_not_in_channel")
        return {"message_ts": self._post(channel.id, arguments, user).ts}

    def _post(self, channel: str, arguments: Json, ephemeral_to: str | None = None) -> Message:
        payload = {key: arguments[key] for key in ("text", "blocks") if arguments.get(key)}
        check_message(payload)
        message = Message(f"{int(time.time())}.{self.next_id('')}", channel, payload, ephemeral_to)
        self.messages.append(message)
        self.changes += 1
        return message

    def _use_trigger(self, arguments: Json) -> Trigger:
        trigger = self.triggers.get(str(arguments.get("trigger_id")))
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self.clock() - trigger.born > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            self.refused.append("a trigger was used twice")
            raise SlackError("exchanged_trigger_id")
        check_view(arguments.get("view"))
        trigger.used = True
        return trigger

    def _views_open(self, arguments: Json) -> Json:
        trigger = self._use_trigger(arguments)
        self.close(trigger.user, everything=True)
        return self._show(trigger.user, arguments["view"])

    def _views_push(self, arguments: Json) -> Json:
        trigger = self._use_trigger(arguments)
        stack = self.stacks.get(trigger.user, [])
        if not stack or len(stack) >= 3:
            raise SlackError("push_limit_reached" if stack else "not_found")
        return self._show(trigger.user, arguments["view"], previous=stack[-1])

    def _show(self, user: str, spec: Json, previous: str | None = None) -> Json:
        view = View(self.next_id("V"), user, spec, secrets.token_hex(4), previous=previous)
        view.state = state_of(spec, {})
        self.views[view.id] = view
        self.stacks.setdefault(user, []).append(view.id)
        self.changes += 1
        return {"view": view.shown()}

    def _views_update(self, arguments: Json) -> Json:
        view = self.views.get(str(arguments.get("view_id")))
        if view is None or not view.open:
            raise SlackError("not_found")
        check_view(arguments.get("view"))
        if arguments.get("hash") and arguments["hash"] != view.hash:
            raise SlackError("hash_conflict")
        self.replace(view, arguments["view"])
        return {"view": view.shown()}

    def replace(self, view: View, spec: Json) -> None:
        """Put a new version in a view's place; what was typed stays where block and action ids do."""
        view.spec, view.hash, view.state = spec, secrets.token_hex(4), state_of(spec, view.state)
        self.changes += 1

    # response_urls

    async def _serve_hook(self, request: web.Request) -> web.StreamResponse:
        self.calls.append("response_url")
        failed = await self._fail("response_url")
        if failed is not None:
            return failed
        hook, payload = self.hooks.get(request.match_info["hook"]), await request.json()
        if hook is None or self.clock() - hook.born > HOOK_SECONDS:
            return web.Response(status=404, text="expired_url")
        hook.uses += 1
        if hook.uses > HOOK_USES:
            self.refused.append("a response_url was used more than five times")
            return web.Response(status=404, text="used_url")
        try:
            check_message({key: payload[key] for key in ("text", "blocks") if payload.get(key)})
        except Refused as refused:
            self.refused.append(f"response_url: {refused}")
            return web.Response(status=400, text="invalid_blocks")
        self.answer(hook, payload)
        return web.Response(text="ok")

    def answer(self, hook: Hook, payload: Json) -> None:
        """Show what came to a `response_url`, or in a command's acknowledgement."""
        if payload.get("replace_original") and hook.source:
            hook.source.payload = {key: payload[key] for key in ("text", "blocks") if payload.get(key)}
            hook.source.versions += 1
            self.changes += 1
        else:
            self._post(hook.channel, payload, None if payload.get("response_type") == "in_channel" else hook.user)


async def _arguments(request: web.Request) -> Json:
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        given |= await request.json()
    else:
        given |= dict(await request.post())
    for key in ("view", "blocks"):
        if isinstance(given.get(key), str):
            given[key] = json.loads(given[key])
    return given


def _user_json(user: User) -> Json:
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "profile": {"real_name": user.real_name, "display_name": user.name},
        "is_admin": user.admin,
        "is_owner": user.owner,
        "is_primary_owner": False,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_bot": user.bot,
        **({"is_stranger": True} if user.stranger else {}),
    }
