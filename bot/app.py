"""Puts Usher together: the one place that builds things."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Access
from bot.ask import Ask, ask_of
from bot.commands import poll, removal, status
from bot.commands.dispatch import Dispatcher
from bot.commands.routing import Router, Services
from bot.errors import CannotCheck
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import Account, RealtimeKit
from bot.realtimekit.errors import RealtimeKitError
from bot.settings import Settings
from bot.slack import Slack
from bot.work import Work

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 24.0
"""How long running work may go on after SIGTERM; Heroku kills after 30."""
SLICES = (status, removal, poll)
_ANYTHING = re.compile("")


@dataclass(frozen=True, slots=True)
class Usher:
    """A running Usher.

    Attributes:
        bolt: dispatches what Slack sends, over HTTP or Socket Mode alike.
        work: what goes on after the acknowledgements.
    """

    settings: Settings
    bolt: AsyncApp
    slack: Slack
    kit: RealtimeKit
    work: Work

    async def ready(self) -> dict[str, bool]:
        """Which of the things that Usher needs answer."""
        slack, realtimekit = await asyncio.gather(self.slack.ready(), _answers(self.kit))
        return {"slack": slack, "realtimekit": realtimekit}


@asynccontextmanager
async def running(
    settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> AsyncIterator[Usher]:
    """Usher with its connections open; on leaving, what runs is finished and everything is closed."""
    work = Work()
    slack = Slack(settings.slack_bot_token, settings.slack_api_url)
    kit = RealtimeKit(
        Account(
            settings.cloudflare_base_url,
            settings.cloudflare_account_id,
            settings.realtimekit_app_id,
            settings.cloudflare_api_token,
            settings.realtimekit_timeout,
        )
    )
    services = Services(
        slack=slack,
        kit=kit,
        meetings=Meetings(kit, default_id=settings.realtimekit_meeting_id, app_id=settings.realtimekit_app_id),
        operations=Operations(),
        announce=settings.bot_announce,
        clock=clock,
        router=routes(),
    )

    async def home() -> tuple[str, str | None]:
        identity = await slack.identity()
        return identity.team_id, identity.enterprise_id

    access = Access(hosts=settings.bot_hosts, home=home, user=slack.user, group=slack.group)
    work.start(_introduce(slack))
    try:
        bolt = bolt_app(Dispatcher(services, access, work), settings)
        yield Usher(settings, bolt, slack, kit, work)
    finally:
        await work.drain(DRAIN_SECONDS)
        await asyncio.gather(slack.close(), kit.close())


def routes() -> Router:
    """All slices' handlers."""
    router = Router()
    for part in SLICES:
        router.include(part.router)
    return router


def bolt_app(dispatcher: Dispatcher, settings: Settings) -> AsyncApp:
    """Bolt in front of the dispatcher.

    Bolt is kept off the slow ways (`respond`, `lazy`, a first `auth.test`): every listener hands an `Ask` over and
    acknowledges with what it gets back, and with `process_before_response` that leaves at once.
    """

    async def authorize(**_: Any) -> AuthorizeResult:
        # Signatures were checked and there is one workspace: nothing of Slack's needs to be asked before the ack.
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=None)

    async def receive(ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        ask: Ask = context.get("ask") or ask_of(body)
        answer = await dispatcher.receive(ask)
        await (ack(**answer) if answer else ack())

    with _without_oauth_variables():
        app = AsyncApp(
            process_before_response=True,
            client=AsyncWebClient(base_url=settings.slack_api_url),
            authorize=authorize,
            request_verification_enabled=False,
            ignoring_self_events_enabled=False,
            ssl_check_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
    for command in dispatcher.commands:
        app.command(command)(receive)
    app.action(_ANYTHING)(receive)
    app.view(_ANYTHING)(receive)
    app.options(_ANYTHING)(receive)
    app.event("app_home_opened")(receive)
    return app


@contextmanager
def _without_oauth_variables() -> Iterator[None]:
    """With SLACK_CLIENT_ID and SLACK_CLIENT_SECRET set, Bolt drops the token for OAuth, whatever it is told."""
    names = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")
    hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


async def _introduce(slack: Slack) -> None:
    """Ask Slack once at the start who we are, so that the first command need not wait for it."""
    try:
        identity = await slack.identity()
    except CannotCheck:
        log.warning("slack does not know us", hint="check SLACK_BOT_TOKEN, and that Slack can be reached")
    else:
        log.info("connected to slack", team=identity.team_id, bot=identity.bot_user_id)


async def _answers(kit: RealtimeKit) -> bool:
    try:
        await kit.meetings(per_page=1)
    except RealtimeKitError as error:
        log.warning("realtimekit is not ready", error=type(error).__name__, status=error.facts.status)
        return False
    return True
