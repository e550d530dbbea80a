"""Socket Mode against a Slack whose URLs work once, as the real one's do."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from pydantic import SecretStr

from bot.settings import load
from bot.slack.app import create_app
from bot.slack.client import SocketRefused
from bot.slack.socket_mode import socket_mode
from sandbox.stage import environment, serving

TOKEN = SecretStr("xapp-1-secret")
SECRET_TEXT = "the words that somebody typed"


class Sockets:
    """`apps.connections.open` and the sockets behind its URLs.

    Attributes:
        failing: how many handshakes fail from now on.
        revoked: the app token is not accepted any more.
        tried: the tickets with which somebody tried to connect.
    """

    def __init__(self) -> None:
        self.failing, self.revoked = 0, False
        self.url, self.issued, self.tried = "", 0, list[str]()
        self.open: web.WebSocketResponse | None = None
        self.answers: asyncio.Queue[Any] = asyncio.Queue()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._issue)
        app.router.add_get("/socket", self._connect)
        return app

    async def _issue(self, _: web.Request) -> web.Response:
        if self.revoked:
            return web.json_response({"ok": False, "error": "token_revoked"})
        self.issued += 1
        return web.json_response({"ok": True, "url": f"{self.url}/socket?ticket=secret-{self.issued}"})

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query["ticket"]
        used = ticket in self.tried
        self.tried.append(ticket)
        if self.failing or used:
            self.failing -= not used
            return web.Response(status=503)
        self.open = socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.answers.put_nowait(json.loads(message.data))
        return socket

    async def types(self, text: str) -> Any:
        """Send a command; the acknowledgment."""
        assert self.open
        form = {"command": "/session", "text": text, "user_id": "U1", "team_id": "T1", "channel_id": "C1"} | {
            "trigger_id": "1.2"
        }
        await self.open.send_json({"type": "slash_commands", "envelope_id": "e1", "payload": form})
        return await asyncio.wait_for(self.answers.get(), 5)


@asynccontextmanager
async def connecting(sockets: Sockets) -> AsyncIterator[Any]:
    bolt = create_app(load(**environment(sockets.url, "http://127.0.0.1:9")))

    @bolt.command("/session")
    async def session(ack: Any) -> None:
        await ack("answered")

    async with socket_mode(bolt, TOKEN, pause=0.05) as client:
        yield client


@pytest.fixture
async def sockets() -> AsyncIterator[Sockets]:
    made = Sockets()
    async with serving(made.app()) as made.url:
        yield made


async def until_connected(client: Any, *, connected: bool = True) -> None:
    async with asyncio.timeout(5):
        while client.connected is not connected:  # noqa: ASYNC110 - slack_sdk has no event for it
            await asyncio.sleep(0.005)


async def test_after_a_failed_handshake_a_fresh_url_is_asked_for(sockets: Sockets) -> None:
    sockets.failing = 2
    async with connecting(sockets) as client:
        assert not client.connected
        await until_connected(client)
        assert sockets.tried == ["secret-1", "secret-2", "secret-3"]
        assert (await sockets.types("status"))["payload"] == {"text": "answered"}
    assert not client.connected


async def test_where_slack_takes_the_token_back_it_is_not_connected_and_hears_again_afterwards(
    sockets: Sockets,
) -> None:
    async with connecting(sockets) as client:
        await until_connected(client)
        sockets.revoked = True
        assert sockets.open
        await sockets.open.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await sockets.open.close()
        await until_connected(client, connected=False)
        sockets.revoked = False
        await until_connected(client)


async def test_a_refused_token_stops_the_start(sockets: Sockets) -> None:
    sockets.revoked = True
    with pytest.raises(SocketRefused, match="token_revoked"):
        async with connecting(sockets):
            raise AssertionError("it must not start")


async def test_nothing_of_what_is_typed_and_no_ticket_is_logged_at_any_level(
    sockets: Sockets, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sockets.failing = 1
    async with connecting(sockets) as client:
        await until_connected(client)
        await sockets.types(SECRET_TEXT)
    logged = " ".join(str(record.__dict__) for record in caplog.records)
    assert SECRET_TEXT not in logged
    assert "ticket" not in logged
    assert "secret" not in logged
