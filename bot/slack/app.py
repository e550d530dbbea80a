"""The Bolt app: what Slack sends comes in here, over HTTP and Socket Mode alike."""

import logging
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sanitize import sanitize_all
from bot.settings import Settings
from bot.slack.request import parse_request
from bot.slack.view_state import MalformedPayload

log = structlog.get_logger(__name__)

MAX_REMEMBERED_TRIGGERS = 5000
REQUEST = "slack_request"
"""Under which Bolt's context holds the `SlackRequest`."""


def create_app(settings: Settings) -> AsyncApp:
    """A Bolt app without listeners. Each request carries its `SlackRequest` in the context."""
    with _without_slack_variables():
        app = AsyncApp(
            # Its own logger would be called `usher:AsyncApp`, and escape what `logs.py` silences.
            logger=logging.getLogger("slack_bolt"),
            name="usher",  # otherwise Bolt reads the source files on the stack to find a name
            # Bolt asks for one. It has no token: what Usher sends goes through `SlackClient`, never `client` or `say`.
            client=AsyncWebClient(base_url=settings.slack_api_url),
            authorize=Authorize(),  # type: ignore[no-untyped-call]
            # The acknowledgment leaves when the listener returns; otherwise Bolt polls for it every 10 ms
            # (slack_bolt/listener/asyncio_runner.py). Listeners return at once: the work runs in the background.
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            request_verification_enabled=False,  # `web.py` verifies the raw bytes in front of Bolt
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
    app.use(Receive())
    return app


class Authorize(AsyncAuthorize):
    """Bolt asks for the workspace's token, which `SlackClient` has. Who may do what is in `bot/permissions.py`."""

    async def __call__(self, **_: object) -> AuthorizeResult:
        """Every request may go on."""
        return AuthorizeResult(enterprise_id=None, team_id=None)


class Receive(AsyncMiddleware):
    """Turns the payload into a `SlackRequest`.

    A payload that Slack never sends gets 400. A request whose trigger this process has already seen is acknowledged and
    dropped.
    """

    def __init__(self) -> None:
        self._triggers: OrderedDict[str, None] = OrderedDict()

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        """Go on with what is well-formed and new."""
        try:
            request = req.context[REQUEST] = parse_request(sanitize_all(req.body))
        except MalformedPayload as error:
            # Not by `app.error`: Bolt fails on such payloads when it collects a handler's arguments.
            log.warning("malformed request", why=str(error))
            return BoltResponse(status=400, body="malformed")
        if request.trigger_id in self._triggers:
            return BoltResponse(status=200)
        if request.trigger_id:
            self._triggers[request.trigger_id] = None
            if len(self._triggers) > MAX_REMEMBERED_TRIGGERS:
                self._triggers.popitem(last=False)
        return await next()


async def dispatch(app: AsyncApp, payload: dict[str, Any]) -> BoltResponse:
    """Give a verified payload to Bolt, and get the acknowledgment. Raises `MalformedPayload`."""
    try:
        # "socket_mode" is Bolt's word for a body that is decoded already; see `decode_payload`.
        return await app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        # Listeners' errors go to `app.error`; these are Bolt's own, on fields that it reads without checking them.
        raise MalformedPayload(f"Bolt cannot read it: {error!r}") from None


@contextmanager
def _without_slack_variables() -> Iterator[None]:
    """Bolt reads these on its own: the first two make it drop the token for OAuth, and the third makes it warn."""
    names = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN")
    hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
