"""Socket Mode: Slack sends over a WebSocket that we open, for platforms without a public address.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.slack.client import TRANSIENT

log = structlog.get_logger(__name__)


class SocketRefused(Exception):
    """Slack does not let us connect."""


@asynccontextmanager
async def socket_mode(bolt: AsyncApp, token: SecretStr) -> AsyncIterator[None]:
    """A connection, which Bolt renews on its own. Raises `SocketRefused`: Slack refuses the token."""
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler  # noqa: PLC0415 - not needed with HTTP

    handler = AsyncSocketModeHandler(bolt, token.get_secret_value())
    try:
        # `connect` would try a refused token forever; asked for here and handed on, the URL is asked for once.
        handler.client.wss_uri = await handler.client.issue_new_wss_url()
    except SlackApiError as error:
        code = str(error.response.get("error"))
        if error.response.status_code < 500 and code not in TRANSIENT:
            raise SocketRefused(f"SLACK_APP_TOKEN is refused ({code})") from None
        log.warning("slack unreachable", error=code)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("slack unreachable", error=type(error).__name__)
    # Until it is connected, `connect` tries again and again: SIGTERM must not wait for it. Bolt leaves both untyped.
    connecting = asyncio.create_task(handler.connect_async())  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        connecting.cancel()
        await handler.close_async()  # type: ignore[no-untyped-call]
