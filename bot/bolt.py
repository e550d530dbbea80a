"""Bolt in front of the dispatcher: takes what Slack sends, over HTTP and Socket Mode alike."""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.ask import Ask, Malformed, ask_of
from bot.commands.dispatch import Dispatcher
from bot.settings import Settings
from bot.text import all_speakable

log = structlog.get_logger(__name__)


class Receive(AsyncMiddleware):
    """Bolt's way to the dispatcher: every request becomes an `Ask`, and the answer is its acknowledgement.

    A middleware and not a set of listeners: Bolt's listeners are tried one after the other, run on a loop that polls
    for their ack, and read fields of the payload that nobody checked.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name for it
    ) -> BoltResponse | None:
        """Acknowledge; what follows runs on its own."""
        try:
            ask: Ask = req.context.get("ask") or ask_of(all_speakable(req.body))
        except Malformed as error:
            log.warning("a malformed request was refused", why=str(error))
            return BoltResponse(status=400)
        return BoltResponse(status=200, body=await self._dispatcher.receive(ask) or "")


def bolt_app(dispatcher: Dispatcher, settings: Settings) -> AsyncApp:
    """Bolt in front of the dispatcher."""

    async def authorize(**_: Any) -> AuthorizeResult:
        # Signatures were checked and there is one workspace: nothing of Slack's needs to be asked before the ack.
        return AuthorizeResult(enterprise_id=None, team_id=None)

    with _without_slack_variables():
        app = AsyncApp(
            name="usher",  # without one Bolt reads the sources of everything on the stack, to name itself after a file
            client=AsyncWebClient(base_url=settings.slack_api_url),
            authorize=authorize,
            request_verification_enabled=False,
            ignoring_self_events_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
    app.use(Receive(dispatcher))
    return app


@contextmanager
def _without_slack_variables() -> Iterator[None]:
    """Bolt reads these by itself: with the first two it drops the token for OAuth, and of the third it warns."""
    names = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN")
    hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
