"""The command line: `python -m bot` serves, `python -m bot sandbox` runs everything on one machine."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot import logs
from bot.settings import BadSettings, Settings, load
from bot.web import USHER, build

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = build(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        log.info("serving", host=settings.host, port=settings.port, socket_mode=settings.slack_app_token is not None)
        if settings.slack_app_token is None:
            await stop.wait()
        else:
            handler = AsyncSocketModeHandler(app[USHER].bolt, settings.slack_app_token.get_secret_value())
            await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
            await stop.wait()
            await handler.close_async()  # type: ignore[no-untyped-call]  # likewise
        log.info("stopping")
    finally:
        await runner.cleanup()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Usher: run RealtimeKit meetings from Slack.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="serve Slack (the default)")
    sandbox = commands.add_parser("sandbox", help="run on this machine without any account")
    sandbox.add_argument("--user", default="alice", help="who you are: alice (a host), mike (a member), gus (a guest)")
    chosen = parser.parse_args(arguments)
    if chosen.command == "sandbox":
        from bot.sandbox import prompt

        logs.configure("WARNING", "console")

        asyncio.run(prompt.run(chosen.user, build))
        return 0
    try:
        settings = load()
    except BadSettings as bad:
        print("Usher cannot start:", *bad.faults, sep="\n  ", file=sys.stderr)
        return 2
    logs.configure(settings.log_level, settings.log_format)
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
