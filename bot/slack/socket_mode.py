"""Socket Mode: Slack sends over a WebSocket that we open, for platforms without a public address.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.client import TRANSIENT, SocketRefused, error_code

log = structlog.get_logger(__name__)

RECONNECT_PAUSE = 5.0


class Client(SocketModeClient):
    """slack_sdk's client, which asks for a fresh URL before each attempt: its own retries one that works once."""

    @property
    def connected(self) -> bool:
        """Whether Slack reaches us."""
        session = self.current_session
        return not (self.closed or self.stale or session is None or session.closed)

    async def connect(self) -> None:
        """Connect, however long it takes."""
        while not self.closed:
            url, self.wss_uri = self.wss_uri, None
            try:
                self.auto_reconnect_enabled = False
                if self.current_session is not None:
                    await self.current_session.close()
                self.current_session = await self.aiohttp_client_session.ws_connect(
                    url or await self.issue_new_wss_url(),
                    autoping=False,
                    heartbeat=self.ping_interval,
                    proxy=self.proxy,
                )
            except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
                # Not the error's own words, which hold the URL.
                log.warning("socket not connected", error=_code(error))
                await asyncio.sleep(self.ping_interval)
                continue
            self.auto_reconnect_enabled, self.stale = self.default_auto_reconnect_enabled, False
            self.last_ping_pong_time = None
            for task in (self.current_session_monitor, self.message_receiver):
                if task is not None:
                    task.cancel()
            self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
            self.message_receiver = asyncio.ensure_future(self.receive_messages())
            log.info("socket connected")
            return


@asynccontextmanager
async def socket_mode(bolt: AsyncApp, token: SecretStr, pause: float = RECONNECT_PAUSE) -> AsyncIterator[Client]:
    """A connection that is renewed whenever it is lost.

    Args:
        pause: seconds between two looks at whether it is there, and between two attempts.

    Raises:
        SocketRefused: Slack refuses the token.
    """
    client = Client(token.get_secret_value(), logger=bolt.logger, web_client=bolt.client, ping_interval=pause)

    async def handle(_: object, request: SocketModeRequest) -> None:
        """As Bolt's `AsyncSocketModeHandler` does."""
        began = time.time()
        await send_async_response(client, request, await run_async_bolt_app(bolt, request), began)

    client.socket_mode_request_listeners.append(handle)
    try:
        # Asked for here, so that a refused token stops the start; `connect` would ask forever.
        client.wss_uri = await client.issue_new_wss_url()
    except SlackApiError as error:
        code = _code(error)
        if error.response.status_code < 500 and code not in TRANSIENT:
            await client.close()  # type: ignore[no-untyped-call]
            raise SocketRefused(f"Slack rejected SLACK_APP_TOKEN ({code})") from None
        log.warning("slack unreachable", error=code)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("slack unreachable", error=_code(error))
    # Until it is connected, `connect` tries again and again: SIGTERM must not wait for it.
    connecting = asyncio.create_task(client.connect())
    try:
        yield client
    finally:
        connecting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await connecting
        await client.close()  # type: ignore[no-untyped-call]


def _code(error: Exception) -> str:
    return error_code(error) if isinstance(error, SlackApiError) else type(error).__name__
