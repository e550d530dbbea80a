"""How a call to Slack is made: one kept connection pool, limits honoured, failures of one kind.

Bolt's own `respond` opens a connection for each answer and does not raise on 404, 429 or 500, and slack_sdk's client
opens one for each call unless it is given a session: hence this room. https://docs.slack.dev/reference/methods
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

SECONDS = 10.0
"""For one call."""
PATIENCE = 15.0
"""The longest `Retry-After` (s) that is waited for while a person waits."""
A_MINUTE = {"chat.update": 45}
"""Calls of a method that we make in a minute at the most, a little less than Slack allows."""


class SlackFailed(Exception):
    """A call that Slack refused or did not answer.

    Attributes:
        code: Slack's own, such as `not_in_channel`, or `unreachable`.
        retry_after: seconds after which `ratelimited` ends.
    """

    def __init__(self, code: str, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.retry_after = code, retry_after


class SlackWeb:
    """The connections to one workspace.

    Args:
        observe: hears of each call: method, Slack's code or the HTTP status, seconds.
    """

    def __init__(self, token: SecretStr, api_url: str, observe: Callable[[str, str, float], None]) -> None:
        self._observe = observe
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=50),
            timeout=aiohttp.ClientTimeout(total=SECONDS, sock_connect=4.0),
        )
        self._web = AsyncWebClient(
            token=token.get_secret_value(), base_url=api_url, session=self._http, retry_handlers=[]
        )
        self._not_before: dict[str, float] = {}
        self._recent: dict[str, deque[float]] = {method: deque(maxlen=most) for method, most in A_MINUTE.items()}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def call(
        self,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        form: bool = False,
        repeatable: bool = False,
        patience: float = PATIENCE,
    ) -> Mapping[str, Any]:
        """The answer's body. A 429 is waited for; a lost connection is tried again only where that does no harm.

        Args:
            form: the method takes no JSON.
            repeatable: twice does no harm.
            patience: the longest wait (s) for a limit.

        Raises:
            SlackFailed: Slack refused, limits us for longer than that, or did not answer.
        """
        given = dict(arguments or {})
        data, body = (given, None) if form else (None, given)
        code = "ratelimited"
        for attempt in range(3):
            await self._wait_for(method, patience)
            began, status = time.perf_counter(), "ok"
            try:
                said = (await self._web.api_call(method, data=data, json=body)).data
                return said if isinstance(said, dict) else {}
            except SlackApiError as error:
                # Where the answer is broken JSON, slack_sdk puts aiohttp's own response into the error.
                answer = error.response if isinstance(error.response, AsyncSlackResponse) else None
                if answer is not None and answer.status_code == 429:
                    status = "429"
                    self._hold(method, answer.headers)
                    continue
                refusal = answer.data if answer is not None else None
                code = str(refusal.get("error", "unknown")) if isinstance(refusal, dict) else "not_json"
                status = code
                failing = answer is None or answer.status_code >= 500
                if not (repeatable and failing and attempt == 0):
                    raise SlackFailed(code) from None
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                status = type(error).__name__
                if isinstance(error, TimeoutError) or not repeatable or attempt:
                    raise SlackFailed("unreachable") from None
            finally:
                self._observe(method, status, time.perf_counter() - began)
        raise SlackFailed(code, self._wait(method))

    async def answer(self, url: str, payload: Mapping[str, Any]) -> int:
        """Post to a `response_url`.

        Returns:
            The HTTP status; 0 where there was none, 429 where waiting would take too long.
        """
        body = json.dumps(payload).encode()
        for _ in range(3):
            began, status = time.perf_counter(), "unreachable"
            try:
                await self._wait_for("response_url", PATIENCE)
                began = time.perf_counter()
                async with self._http.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                    await response.read()
                    status = str(response.status)
                    if response.status != 429:
                        return response.status
                    self._hold("response_url", response.headers)
            except SlackFailed:
                return 429
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                return 0
            finally:
                self._observe("response_url", status, time.perf_counter() - began)
        return 429

    async def send_file(self, url: str, content: bytes) -> None:
        """Send a file's content to where `files.getUploadURLExternal` said. Raises `SlackFailed`."""
        try:
            async with self._http.post(url, data=content) as response:
                await response.read()
                if response.status != 200:
                    raise SlackFailed(f"upload_{response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise SlackFailed("unreachable") from None

    def _hold(self, method: str, headers: Mapping[str, str]) -> None:
        lowered = {key.lower(): value for key, value in headers.items()}
        try:
            seconds = float(lowered.get("retry-after", 1))
        except ValueError:
            seconds = 1.0
        self._not_before[method] = asyncio.get_running_loop().time() + seconds

    def _wait(self, method: str) -> float:
        """Seconds until Slack takes this method again."""
        now, recent = asyncio.get_running_loop().time(), self._recent.get(method)
        full = recent[0] + 60 if recent and len(recent) == recent.maxlen else 0.0
        return max(0.0, self._not_before.get(method, 0.0) - now, full - now)

    async def _wait_for(self, method: str, patience: float) -> None:
        """Wait until Slack takes this method again. Raises `SlackFailed` where that is too far off."""
        wait = self._wait(method)
        if wait > patience:
            raise SlackFailed("ratelimited", wait)
        if wait > 0:
            await asyncio.sleep(wait)
        if (recent := self._recent.get(method)) is not None:
            recent.append(asyncio.get_running_loop().time())
