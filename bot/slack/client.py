"""Calls to Slack: one kept connection pool, rate limits honored, failures of one kind.

slack_sdk's client does the work; without our session it would open a connection for each call, and without our retry
handler repeat posts. https://docs.slack.dev/reference/methods, https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
import contextlib
import copy
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp
import orjson
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackRefused

Response = HttpResponse | None
Observe = Callable[[str, str, float], None]
"""Hears of each call: method, Slack's error code or the HTTP status, seconds."""
JSON = {"Content-Type": "application/json;charset=utf-8"}
CALL_TIMEOUT = 10.0
CONNECT_TIMEOUT = 4.0
MAX_WAIT = 15.0
"""The longest `Retry-After` (s) that is waited for while a person waits."""
MAX_CONCURRENT_ANSWERS = 10
"""A thousand people who waited for one API call must not starve the next acknowledgment when it returns."""
MAX_RETRIES = 2
PER_CHANNEL = frozenset({"chat.postMessage", "chat.postEphemeral"})
"""Methods that Slack limits for each channel on its own."""
PER_MINUTE = {"chat.update": 45}
"""Calls of a method that we make within a minute at most, slightly fewer than Slack allows."""
UNREACHABLE, NOT_SHARED = "unreachable", "not_shared"
"""Our own codes where Slack did not answer; the second: before a file was shared."""
TRANSIENT = {"ratelimited", UNREACHABLE, NOT_SHARED, "not_json", "internal_error", "fatal_error", "request_timeout"}
TRANSIENT |= {"service_unavailable"}
_UNINSTALLED = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "missing_scope"}
_UNPOSTABLE = "channel_not_found", "is_archived", "not_in_channel", "restricted_action", "no_permission", "messages_tab"
_MESSAGE_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}


class SlackFailed(Exception):
    """A call that Slack refused or did not answer.

    Attributes:
        code: Slack's own, such as `not_in_channel`; or `unreachable`.
        retry_after: seconds until a `ratelimited` ends.
    """

    def __init__(self, code: str, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.retry_after = code, retry_after

    @property
    def is_transient(self) -> bool:
        """Whether the same may work in a moment; otherwise someone must fix something."""
        return self.code in TRANSIENT

    @property
    def is_lost(self) -> bool:
        """Whether Slack did not answer, so that it may have done what it was asked for."""
        return self.code == UNREACHABLE

    @property
    def refusal(self) -> SlackRefused:
        """The same for the person who asked."""
        return SlackRefused(self.code, self.is_uninstalled, self.is_transient, may_have_happened=self.is_lost)

    @property
    def is_uninstalled(self) -> bool:
        """Whether whoever runs Usher must install it again, or with more scopes."""
        return self.code in _UNINSTALLED

    @property
    def is_unpostable(self) -> bool:
        """Whether the bot cannot post in that channel, now and later."""
        return self.code.startswith(_UNPOSTABLE)

    @property
    def is_message_gone(self) -> bool:
        """Whether the message that was to be changed cannot be any more."""
        return self.code in _MESSAGE_GONE


class SocketRefused(Exception):
    """Slack does not let us connect by Socket Mode."""


def retry_after(headers: Mapping[str, str | Sequence[str]]) -> float:
    """The seconds in a `Retry-After` header; 1 if it is missing or no number."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
    try:
        return max(0.0, float(value if isinstance(value, str) else value[0]))
    except (ValueError, IndexError):
        return 1.0


class RateLimits:
    """What must wait: a limit belongs to one method, and for messages to one channel. `clock`: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}
        self._recent: dict[str, deque[float]] = {method: deque(maxlen=limit) for method, limit in PER_MINUTE.items()}

    @staticmethod
    def key(method: str, channel: object) -> str:
        """The limit that a call counts against."""
        return f"{method} {channel}" if method in PER_CHANNEL else method

    def hold(self, key: str, seconds: float) -> None:
        """Slack refuses this for so many seconds."""
        now = self._clock()
        self._until = {other: until for other, until in self._until.items() if until > now} | {key: now + seconds}

    def count(self, key: str) -> None:
        """One call is made."""
        if (recent := self._recent.get(key)) is not None:
            recent.append(self._clock())

    def wait(self, key: str) -> float:
        """Seconds until Slack accepts this again; 0 if it does now."""
        now, recent = self._clock(), self._recent.get(key)
        full = recent[0] + 60 if recent and len(recent) == recent.maxlen else 0.0
        return max(0.0, self._until.get(key, 0.0) - now, full - now)


class RetryHandler(AsyncRetryHandler):
    """Sends a call again if that is safe: after a rate limit, and where repeating does no harm after a failure.

    Args:
        key: the limit that the call counts against.
        max_wait: the longest wait (s) for a limit.
        idempotent: doing it twice does no harm, so a lost connection or a 5xx is retried once.
        slots: given back while the call waits for its limit.
    """

    def __init__(
        self, limits: RateLimits, key: str, *, max_wait: float, idempotent: bool, slots: asyncio.Semaphore | None = None
    ) -> None:
        super().__init__(max_retry_count=MAX_RETRIES)
        self._limits, self._key, self._slots = limits, key, slots
        self._max_wait, self._idempotent = max_wait, idempotent

    async def _can_retry_async(  # slack_sdk's signature, and the next
        self, *, state: RetryState, request: HttpRequest, response: Response = None, error: Exception | None = None
    ) -> bool:
        if response is not None and response.status_code == 429:
            self._limits.hold(self._key, retry_after(response.headers))
            return self._limits.wait(self._key) <= self._max_wait
        if isinstance(error, TimeoutError) or not self._idempotent or state.current_attempt:
            return False
        return error is not None or (response is not None and response.status_code >= 500)

    async def prepare_for_next_attempt_async(
        self, *, state: RetryState, request: HttpRequest, response: Response = None, error: Exception | None = None
    ) -> None:
        """Wait until the limit is over."""
        state.next_attempt_requested = True
        if self._slots:
            self._slots.release()
        try:
            await asyncio.sleep(self._limits.wait(self._key))
        finally:
            if self._slots:
                await self._slots.acquire()
        state.increment_current_attempt()


class SlackClient:
    """The Web API and the `response_url`s of one workspace."""

    def __init__(self, token: SecretStr, api_url: str, observe: Observe = lambda *_: None) -> None:
        self._observe = observe  # a client with a session of its own has no timeout but the session's
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=50),
            timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT, sock_connect=CONNECT_TIMEOUT),
        )
        self._web = AsyncWebClient(
            token=token.get_secret_value(), base_url=api_url, session=self._session, retry_handlers=[]
        )
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_ANSWERS)
        self.limits = RateLimits()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def call(
        self,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        form: bool = False,
        idempotent: bool = False,
        max_wait: float = MAX_WAIT,
        slots: asyncio.Semaphore | None = None,
    ) -> Mapping[str, Any]:
        """Call a Web API method; the response's body.

        Args:
            form: the method accepts no JSON.
            idempotent: doing it twice does no harm.
            max_wait: the longest wait (s) for a rate limit.
            slots: one is taken for the call, but not while it waits.

        Raises:
            SlackFailed: Slack refused, limits us for longer than that, or did not answer.
        """
        given = dict(arguments or {})
        key = self.limits.key(method, given.get("channel"))
        await self._wait_for(key, max_wait)
        web = copy.copy(self._web)  # much cheaper than a new one, and calls do not share what they retry
        web.retry_handlers = [RetryHandler(self.limits, key, max_wait=max_wait, idempotent=idempotent, slots=slots)]
        data, body = (given, None) if form else (None, given)
        began, status = time.perf_counter(), "ok"
        try:
            async with slots or contextlib.nullcontext():
                response = (await web.api_call(method, data=data, json=body)).data
        except SlackApiError as error:
            status = error_code(error)
            wait = self.limits.wait(key) if status == "ratelimited" else 0.0
            raise SlackFailed(status, wait) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            status = type(error).__name__
            raise SlackFailed(UNREACHABLE) from None
        finally:
            self._observe(method, status, time.perf_counter() - began)
        return response if isinstance(response, dict) else {}

    async def post(
        self, method: str, message: Mapping[str, Any], *, max_wait: float = MAX_WAIT, **where: str | None
    ) -> Mapping[str, Any]:
        """Post or change a message, `{text, blocks}`; not more than a few at a time. Raises `SlackFailed`."""
        arguments = {key: value for key, value in where.items() if value} | dict(message)
        if method == "chat.postMessage":  # to make a preview, Slack would open links, which may be personal
            arguments |= {"unfurl_links": False, "unfurl_media": False}
        return await self.call(method, arguments, max_wait=max_wait, slots=self._slots)

    async def respond(self, url: str, message: Mapping[str, Any]) -> int:
        """Post to a `response_url`.

        Returns:
            The HTTP status; 0 if there was none, 429 if waiting would take too long.
        """
        # Not slack_sdk's `AsyncWebhookClient`: around a POST it does as much work again (`python -m bench`).
        body, began, status, attempts = orjson.dumps(message), time.perf_counter(), 0, 0
        try:
            while status in (0, 429) and attempts <= MAX_RETRIES:
                attempts += 1
                await self._wait_for(url, MAX_WAIT)
                async with self._slots, self._session.post(url, data=body, headers=JSON) as response:
                    await response.read()
                    status = response.status
                if status == 429:
                    self.limits.hold(url, retry_after(response.headers))
        except SlackFailed:
            status = 429
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            status = 0
        self._observe("response_url", str(status or "unreachable"), time.perf_counter() - began)
        return status

    async def upload(self, url: str, content: bytes) -> None:
        """Send a file's content to the address that `files.getUploadURLExternal` gave. Raises `SlackFailed`."""
        try:
            async with self._session.post(url, data=content) as response:
                await response.read()
                if response.status != 200:
                    raise SlackFailed(f"upload_{response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise SlackFailed(UNREACHABLE) from None

    async def _wait_for(self, key: str, max_wait: float) -> None:
        """Wait until a limit is over. Raises `SlackFailed` if that takes too long."""
        wait = self.limits.wait(key)
        if wait > max_wait:
            raise SlackFailed("ratelimited", wait)
        if wait > 0:
            await asyncio.sleep(wait)
        self.limits.count(key)


def error_code(error: SlackApiError) -> str:
    """Slack's own code for a refusal; `not_json` for a response that is no JSON object."""
    # If the response is broken JSON, slack_sdk attaches aiohttp's own response to the error.
    response = error.response if isinstance(error.response, AsyncSlackResponse) else None
    if response is None or not isinstance(response.data, dict):
        return "not_json"
    if response.status_code == 429:
        return "ratelimited"
    return str(response.data.get("error", "unknown"))
