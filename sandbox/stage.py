"""Both stand-ins and the real bot between them, on free ports, talking real HTTP with real signatures."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web

from bot.settings import Settings, load
from sandbox import realtimekit, slack
from sandbox.person import Person
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.slack import StandInSlack
from sandbox.traffic import Traffic
from sandbox.world import World

Build = Callable[[Settings], web.Application]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything running.

    Attributes:
        bot: the bot's web application.
    """

    world: World
    slack: StandInSlack
    realtimekit: StandInRealtimeKit
    bot: web.Application
    bot_url: str
    http: aiohttp.ClientSession
    traffic: Traffic

    def connect_webhooks(self) -> None:
        """Have RealtimeKit tell the bot what happens, as `python -m bot webhooks register` does."""
        events = (
            *("meeting.started", "meeting.ended", "meeting.participantJoined", "meeting.participantLeft"),
            *("recording.statusUpdate", "meeting.transcript", "meeting.summary"),
        )
        self.realtimekit.webhooks.register("Usher", f"{self.bot_url}/realtimekit/webhook", events)

    def person(self, name: str, channel: str = "general") -> Person:
        """Somebody at the keyboard."""
        return Person(self.slack, self.http, self.bot_url, name, channel)


@asynccontextmanager
async def serving(app: web.Application, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve an application on this machine, on a free port unless one is named; its URL."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def stage(
    world: World, build: Build, clock: Callable[[], float] = time.monotonic, **overrides: Any
) -> AsyncIterator[Stage]:
    """Start everything.

    Args:
        build: makes the bot's web application of its settings.
        clock: Slack's, in seconds.
        overrides: settings that differ from the sandbox's, by field name.
    """
    traffic = Traffic()
    workspace, kit = StandInSlack(world, clock, traffic), StandInRealtimeKit(world, traffic)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="usher-sandbox-"))
        workspace.url = await stack.enter_async_context(serving(workspace.app()))
        kit_url = kit.recordings.url = await stack.enter_async_context(serving(kit.app()))
        settings = load(
            **(environment(workspace.url, kit_url) | {"database_url": f"sqlite:///{folder}/usher.db"} | overrides)
        )
        bot = build(settings)
        bot_url = await stack.enter_async_context(serving(bot))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Stage(world, workspace, kit, bot, bot_url, http, traffic)


def environment(slack_url: str, realtimekit_url: str) -> dict[str, Any]:
    """The settings under which the bot knows the stand-ins, by field name."""
    return {
        "slack_bot_token": slack.TOKEN,
        "slack_signing_secret": slack.SIGNING_SECRET,
        "slack_app_token": None,
        "slack_api_url": f"{slack_url}/api/",
        "cloudflare_api_token": realtimekit.TOKEN,
        "cloudflare_account_id": realtimekit.ACCOUNT,
        "cloudflare_base_url": f"{realtimekit_url}/client/v4",
        "realtimekit_webhook_keys_url": f"{realtimekit_url}/.well-known/webhooks.json",
        "realtimekit_app_id": realtimekit.APP,
        "realtimekit_meeting_id": "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01",
        "bot_hosts": "",
        "bot_announce": True,
        "join_url": f"{realtimekit_url}/room?token={{token}}&meeting={{meeting_id}}",
    }
