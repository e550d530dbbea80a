"""Slack's client in a browser: serves the page, tells it what a person sees, and does what they do.

Only for this machine: it listens on loopback, and takes requests of its own page alone.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from aiohttp import web

from sandbox.hands import Hands, Trouble
from sandbox.limits import Json
from sandbox.person import Cannot
from sandbox.room import Room
from sandbox.screen import Screen
from sandbox.stage import Stage

PAGE = Path(__file__).parent / "page"
MANIFEST = Path(__file__).parents[1] / "manifest.yml"
GLANCE_SECONDS = 0.04
"""How often is looked whether a browser has something new to see."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk:
    """The page and its API.

    Args:
        on: what the page shows.
    """

    def __init__(self, on: Stage) -> None:
        self._on = on
        self.room = Room(on)
        self._features: Json = yaml.safe_load(MANIFEST.read_text())["features"]
        self._hands = Hands(on, self.room, {one["command"] for one in self._features["slash_commands"]})
        self._screen = Screen(on, self.room)

    def app(self) -> web.Application:
        """The routes, to be served on loopback."""
        app = web.Application(middlewares=[_own_page_only])
        app.router.add_get("/", self._index)
        app.router.add_get("/start", self._start)
        app.router.add_get("/events", self._events)
        app.router.add_post("/act", self._act)
        app.router.add_get("/exchange/{number}", self._exchange)
        app.router.add_get("/file/{file}", self._file)
        app.router.add_static("/page", PAGE)
        return app

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _start(self, request: web.Request) -> web.StreamResponse:
        """What does not change: who one can be, what can be typed."""
        commands = [
            {"name": one["command"], "hint": one.get("usage_hint", ""), "description": one["description"]}
            for one in self._features["slash_commands"]
        ]
        home = self._features["app_home"]["home_tab_enabled"]
        shortcuts = self._features.get("shortcuts", [])
        shown = {"commands": commands, "home": home, "people": self._screen.people(), "shortcuts": shortcuts}
        return web.json_response(shown)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: each part of what the person sees, at once and whenever it changes."""
        user, channel = request.query["user"], request.query["channel"]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        sent: dict[str, str] = {}
        state: object = None
        exchanges = 0
        while request.transport is not None and not request.transport.is_closing():
            now = (self._on.slack.changes, self.room.changes, self._on.traffic.count)
            if now != state:
                state = now
                parts = self._screen.parts(user, channel)
                parts["traffic"] = self._screen.traffic(after=exchanges)
                exchanges = self._on.traffic.count
                for name, value in parts.items():
                    text = json.dumps(value)
                    if sent.get(name) != text:
                        sent[name] = text
                        await response.write(f"event: {name}\ndata: {text}\n\n".encode())
            await asyncio.sleep(GLANCE_SECONDS)
        return response

    async def _act(self, request: web.Request) -> web.StreamResponse:
        """Do something as somebody; the answer holds `errors` of a form, `trouble` and what else came of it."""
        try:
            return web.json_response(await self._hands.do(await request.json()))
        except Trouble as trouble:
            return web.json_response({"trouble": str(trouble)})
        except (Cannot, LookupError, TypeError, ValueError, StopIteration) as error:
            return web.json_response({"cannot": str(error)}, status=400)

    async def _exchange(self, request: web.Request) -> web.StreamResponse:
        """One exchange of the inspector, with its bodies."""
        for exchange in self._on.traffic.exchanges:
            if str(exchange.number) == request.match_info["number"]:
                return web.json_response(asdict(exchange))
        raise web.HTTPNotFound

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A file that the bot uploaded."""
        file = self._on.slack.files.get(request.match_info["file"])
        if file is None or file.content is None:
            raise web.HTTPNotFound
        name = "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in file.name)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=file.content, headers=headers, content_type="application/octet-stream")


@web.middleware
async def _own_page_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other sites' pages, which a browser lets talk to this machine, and names that were made to point here."""
    origin = request.headers.get("Origin")
    if request.url.host not in ("127.0.0.1", "localhost") or (origin and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden
    if request.method == "POST" and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    response = await handler(request)
    if not response.prepared:
        response.headers.update(_HEADERS)
    return response


async def keep_lively(room: Room, seconds: float = 5.0) -> None:
    """Let people come, go and vote in the meetings, while the page says so."""
    while True:
        await asyncio.sleep(seconds)
        room.stir()
