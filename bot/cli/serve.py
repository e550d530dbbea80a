"""`python -m bot`: serves Slack until the platform says stop."""

import asyncio
import contextlib
import gc
import signal
import sys
from argparse import Namespace

import structlog
import uvloop
from aiohttp import web
from pydantic import SecretStr

from bot.app import Usher
from bot.cli import NO_PORT, NO_SOCKET
from bot.settings import Settings
from bot.slack.client import SocketRefused
from bot.web import USHER, build

log = structlog.get_logger(__name__)


class PortUnavailable(Exception):
    """Nothing can listen where the settings say."""


def run(_: Namespace, settings: Settings) -> int:
    """Serve. Raises `StoreError`."""
    try:
        # It handles a third more commands a second than asyncio's own loop (`python -m bench`).
        uvloop.run(serve(settings))
    except SocketRefused as error:
        print(f"Usher can't connect in Socket Mode: {error}", file=sys.stderr)
        return NO_SOCKET
    except PortUnavailable as error:
        print(f"Usher can't listen on {error}", file=sys.stderr)
        return NO_PORT
    return 0


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs. Raises `StoreError`, `SocketRefused`, `PortUnavailable`."""
    stop = asyncio.Event()
    _stop_on_signals(asyncio.get_running_loop(), stop)
    app = build(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
    try:
        await runner.setup()
        _spare_the_garbage_collector()
        await _listen(runner, settings.host, settings.port)
        log.info("serving", host=settings.host, port=settings.port, socket_mode=settings.slack_app_token is not None)
        if settings.slack_app_token is None:
            await stop.wait()
        else:
            await _listen_to_socket(app[USHER], settings.slack_app_token, stop)
        log.info("stopping")
    finally:
        await runner.cleanup()
        # From here on the process only leaves; the interpreter drops our handler, but not an ignored signal.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise PortUnavailable(f"{host}:{port}: {error.strerror or error}") from None


async def _listen_to_socket(usher: Usher, token: SecretStr, stop: asyncio.Event) -> None:
    from bot.slack.socket_mode import socket_mode  # noqa: PLC0415 - not needed with HTTP

    async with socket_mode(usher.bolt, token) as client:
        usher.watch_socket(lambda: client.connected)
        await stop.wait()


def _spare_the_garbage_collector() -> None:
    """Hide from it what the start made: each full collection would hold commands up for 50 ms.

    And have it look less often: a command makes much that is dropped at once, and few cycles. That is worth 6 percent
    of the rate (`python -m bench`, with and without in turn).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT, however often they come.

    Not by the loop's own handlers: it restores the default when it closes, and a platform that sends SIGTERM twice
    would kill the process while the interpreter leaves.
    """

    def handle(*_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
