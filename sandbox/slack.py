"""A stand-in for Slack as an app sees it: the Web API, `response_url`s, uploads. As strict as Slack.

What Slack refuses is refused: a wrong token, a stale or reused trigger, a sixth use of a `response_url`, blocks over
the limits, posting where the bot is not, too many calls of a method in a minute.
https://docs.slack.dev/reference/methods
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.limits import Json, Refused
from sandbox.methods import METHODS
from sandbox.traffic import Traffic
from sandbox.workspace import SlackError, Workspace
from sandbox.world import World

TOKEN = "xoxb-sandbox-token"  # noqa: S105 - the stand-in's own
SIGNING_SECRET = "5a4db0a5a4db0a5a4db0a5a4db0a5a4d"  # noqa: S105 - likewise
SCOPES = "commands,chat:write,chat:write.public,im:write,files:write,channels:read,users:read,usergroups:read"
HOOK_USES, HOOK_SECONDS = 5, 1800.0


@dataclass(slots=True)
class SlackFault:
    """How the next calls of a method (or of `response_url`, or of `*` for all) fail.

    Attributes:
        error: a code under a 200; `ratelimited` comes as a 429 with `retry_after`.
        seconds: how long the answer takes; with neither error nor status it is then as usual.
        times: how many calls; None for all.
        reset: the connection dies.
        until: the answer waits for it.
    """

    error: str = ""
    status: int = 200
    seconds: float = 0.0
    retry_after: float = 1.0
    times: int | None = None
    reset: bool = False
    until: asyncio.Event | None = None


class StandInSlack(Workspace):
    """The workspace over HTTP.

    Attributes:
        calls: the name of every call that came, in order; `response_url` for those.
        scopes: what the token is granted, as Slack says in a header.
        date: the time that Slack tells; None for the present.
        ack_delay: seconds by which the bot's acknowledgments reach Slack late.
        limited: whether each method's limit in a minute holds.
        recent: when each method was called in the last minute, by `clock`.
    """

    def __init__(
        self, world: World, clock: Callable[[], float] = time.monotonic, traffic: Traffic | None = None
    ) -> None:
        super().__init__(world, clock)
        self.traffic = traffic or Traffic()
        self.faults: dict[str, SlackFault] = {}
        self.calls: list[str] = []
        self.scopes = SCOPES
        self.date: str | None = None
        self.ack_delay = 0.0
        self.limited = True
        self.recent: dict[str, deque[float]] = defaultdict(deque)

    def app(self) -> web.Application:
        """The routes, to be served on a free port; set `url` to where that is."""
        watching = self.traffic.watching("Usher", "Slack", _name)
        app = web.Application(middlewares=[watching])
        app.router.add_route("*", "/api/{method}", self._serve_api)
        app.router.add_post("/hooks/{hook}", self._serve_hook)
        app.router.add_post("/upload/{file}", self._serve_upload)
        return app

    async def _serve_api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        failed = await self._fail(method, request) or self._too_many(method)
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
        if method not in METHODS:
            raise SlackError("unknown_method")
        return METHODS[method][0](self, arguments)

    async def _fail(self, method: str, request: web.Request) -> web.Response | None:
        fault = self.faults.get(method) or self.faults.get("*")
        if fault is None or fault.times == 0:
            return None
        if fault.times:
            fault.times -= 1
        await (fault.until.wait() if fault.until else asyncio.sleep(fault.seconds))
        if fault.reset and request.transport:
            request.transport.abort()
            return web.Response()
        if fault.error == "ratelimited":
            return _rate_limited(fault.retry_after)
        if fault.error:
            return web.json_response({"ok": False, "error": fault.error}, status=fault.status)
        return web.Response(status=fault.status, text="failing") if fault.status != 200 else None

    def _too_many(self, method: str) -> web.Response | None:
        """Refuse a call beyond the method's limit."""
        if not self.limited or method not in METHODS:
            return None
        recent, now = self.recent[method], self.clock()
        while recent and now - recent[0] > 60:
            recent.popleft()
        if len(recent) >= METHODS[method][1]:
            return _rate_limited(60 - (now - recent[0]))
        recent.append(now)
        return None

    async def _serve_hook(self, request: web.Request) -> web.StreamResponse:
        self.calls.append("response_url")
        failed = await self._fail("response_url", request)
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
            self.answer(hook, payload)
        except Refused as refused:
            self.refused.append(f"response_url: {refused}")
            return web.Response(status=400, text="invalid_blocks")
        return web.Response(text="ok")

    async def _serve_upload(self, request: web.Request) -> web.StreamResponse:
        self.calls.append("upload")
        file, content = self.files.get(request.match_info["file"]), await request.read()
        if file is None or len(content) != file.length:
            return web.Response(status=400, text="no such upload, or another length than announced")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")


def _rate_limited(seconds: float) -> web.Response:
    headers = {"Retry-After": f"{seconds:g}"}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _name(request: web.Request) -> str:
    kind, _, name = request.path.strip("/").partition("/")
    return name if kind == "api" else "response_url" if kind == "hooks" else kind


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
